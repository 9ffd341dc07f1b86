"""What makes a well-formed document a sound one: tasks, order, references, parameters, hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from catalog.document_findings import Findings
from catalog.document_graph import Order, find_cycles
from catalog.document_migrations import check_migrations
from catalog.document_references import References, Sight
from catalog.document_schema import DOCUMENT_SCHEMA
from catalog.durations import parse_duration
from catalog.expressions import Placed
from catalog.parameters import check_schema, complete_schema, fill_defaults, problems_of
from catalog.shape import compile_shape, did_you_mean
from catalog.source_problems import Path
from catalog.task_inputs import Inputs, takes_secret
from catalog.version_ranges import VersionRange
from connectors.contract import Manifest

CALL = "workflow.call@"

_SHAPE = compile_shape(DOCUMENT_SCHEMA)


def check_document(findings: Findings) -> None:
    """Find everything that is wrong with the document, and what deserves a warning."""
    _SHAPE(findings.value, (), findings.report)
    if not isinstance(findings.value, Mapping):
        return
    schema, sound = _check_parameters(findings)
    _check_examples(findings, schema if sound else None)
    _check_endpoints(findings)
    steps = dict(_steps(findings))
    by_id = _check_ids(findings, steps)
    order = _check_order(findings, steps, by_id)
    references = References(findings, by_id, order, schema)
    for index, step in steps.items():
        _check_step(findings, references, ("steps", index), step)
    for placed in references.placed(findings.part("outputs"), ("outputs",)):
        references.check(placed, Sight())
    check_migrations(findings, schema)
    _warn_unused(findings, references, steps)


def _check_parameters(findings: Findings) -> tuple[Mapping[str, Any], bool]:
    schema = complete_schema(findings.part("parameters"))
    before = len(findings.problems)
    sound = check_schema(findings.part("parameters"), ("parameters",), findings.report)
    if not isinstance(schema.get("properties"), Mapping):
        schema["properties"] = {}
    return schema, sound and len(findings.problems) == before


def _check_examples(findings: Findings, schema: Mapping[str, Any] | None) -> None:
    examples = findings.value.get("examples")
    if schema is None or not isinstance(examples, list):
        return
    for index, example in enumerate(examples):
        if not isinstance(example, Mapping) or not isinstance(example.get("parameters"), Mapping):
            continue
        at: Path = ("examples", index, "parameters")
        for problem in problems_of(schema, fill_defaults(schema, example["parameters"])):
            inner = tuple(
                part.replace("~1", "/").replace("~0", "~") for part in problem.path.split("/")[1:]
            )
            place = _typed_path(example["parameters"], inner)
            message = f"The example does not validate: {problem.message}"
            findings.report((*at, *place), "example_invalid", message, problem.hint)


def _typed_path(value: Any, parts: tuple[str, ...]) -> Path:
    """The path with list positions as numbers, as `value` has them."""
    path: list[str | int] = []
    for part in parts:
        key: str | int = int(part) if isinstance(value, list) and part.isdecimal() else part
        path.append(key)
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            value = None
    return tuple(path)


def _check_endpoints(findings: Findings) -> None:
    for name, endpoint in findings.part("endpoints").items():
        url = endpoint.get("default") if isinstance(endpoint, Mapping) else None
        if not isinstance(url, str):
            continue
        why = _why_no_endpoint(url)
        if why:
            findings.report(
                ("endpoints", name, "default"),
                "endpoint_invalid",
                why,
                "Write an http or https URL with a host: https://directory.example.",
            )


def _why_no_endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return f"{url!r} is not a URL."
    if parts.scheme not in ("http", "https"):
        return f"{url!r} is not an http or https URL."
    if not parts.hostname or any(c.isspace() or ord(c) < 32 for c in url) or port == 0:
        return f"{url!r} names no host."
    if parts.username is not None or parts.password is not None:
        return "An endpoint can't hold credentials; they belong in secrets."
    return "An endpoint has no query and no fragment." if parts.query or parts.fragment else ""


def _steps(findings: Findings) -> Iterator[tuple[int, Mapping[str, Any]]]:
    steps = findings.value.get("steps")
    if isinstance(steps, list):
        for index, step in enumerate(steps):
            if isinstance(step, Mapping):
                yield index, step


def _check_ids(
    findings: Findings, steps: Mapping[int, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    by_id: dict[str, Mapping[str, Any]] = {}
    for index, step in steps.items():
        name = step.get("id")
        if not isinstance(name, str):
            continue
        if name in by_id:
            findings.report(
                ("steps", index, "id"),
                "duplicate_step",
                f"There are two steps {name!r}.",
                "Give each step an id of its own.",
            )
        else:
            by_id[name] = step
    return by_id


def _needs(step: Mapping[str, Any]) -> list[str]:
    needs = step.get("needs")
    return [one for one in needs if isinstance(one, str)] if isinstance(needs, list) else []


def _check_order(
    findings: Findings,
    steps: Mapping[int, Mapping[str, Any]],
    by_id: Mapping[str, Mapping[str, Any]],
) -> Order:
    """Report unknown needs and cycles."""
    index_of: dict[str, int] = {}
    for index, step in steps.items():
        if isinstance(step.get("id"), str):
            index_of.setdefault(step["id"], index)
    for index, step in steps.items():
        needs = step.get("needs")
        for position, name in enumerate(needs if isinstance(needs, list) else []):
            if isinstance(name, str) and name not in by_id:
                findings.report(
                    ("steps", index, "needs", position),
                    "unknown_need",
                    f"There is no step {name!r}.",
                    did_you_mean(name, [other for other in by_id if other != step.get("id")]),
                )
    needs_of = {name: _needs(step) for name, step in by_id.items()}
    for cycle in find_cycles(needs_of):
        way = " → ".join([*cycle, cycle[0]])
        findings.report(
            ("steps", index_of[cycle[0]], "needs"),
            "cycle",
            f"These steps wait for each other: {way}.",
            "Remove one of these needs.",
        )
    return Order(needs_of)


def _check_step(
    findings: Findings,
    references: References,
    at: Path,
    step: Mapping[str, Any],
) -> None:
    # A step without an id is reported already; under this name it waits for nobody.
    name = str(step.get("id", "?"))
    _check_durations(findings, at, step)
    has_items = "for_each" in step
    if "max_parallel" in step and not has_items and step["max_parallel"] != 10:
        findings.warn(
            (*at, "max_parallel"),
            "no_effect",
            "max_parallel has no effect without for_each.",
            "Remove it, or add for_each.",
        )
    for key, wanted in (("when", "boolean"), ("for_each", "array")):
        _check_whole(findings, references, (*at, key), step.get(key), wanted, Sight(name))
    inputs = step.get("with", {})
    sight = Sight(name, items=has_items, secrets=True)
    placed = list(references.placed(inputs, (*at, "with")))
    for one in placed:
        references.check(one, sight)
    task = step.get("task")
    manifest = _check_task(findings, (*at, "task"), task)
    if manifest is None or not isinstance(inputs, Mapping):
        return
    _check_inputs(findings, references, (*at, "with"), inputs, placed, manifest)
    _check_template(findings, (*at, "with", "template"), inputs, manifest)
    if manifest.ref.startswith(CALL):
        _check_call(findings, (*at, "with"), inputs)


def _check_durations(findings: Findings, at: Path, step: Mapping[str, Any]) -> None:
    places: list[tuple[Path, Any]] = [((*at, "timeout"), step.get("timeout"))]
    retry = step.get("retry")
    if isinstance(retry, Mapping):
        places += [((*at, "retry", key), retry.get(key)) for key in ("initial", "max")]
    for path, text in places:
        if not isinstance(text, str) or findings.has_problem_at(path):
            continue
        try:
            seconds = parse_duration(text)
        except ValueError as error:
            findings.report(path, "out_of_range", str(error), "For example: 250ms, 20s, 5m, 72h.")
            continue
        if not seconds and path[-1] == "timeout":
            message = "A time-out of nothing lets no attempt end."
            findings.report(path, "out_of_range", message, "Give at least 1ms.")


def _check_whole(
    findings: Findings,
    references: References,
    path: Path,
    value: Any,
    wanted: str,
    sight: Sight,
) -> None:
    """`when` and `for_each`: a value of the type, or one whole expression that gives it."""
    placed = list(references.placed(value, path))
    for one in placed:
        references.check(one, sight)
        if one.path == path and one.whole:
            references.check_type(one, wanted, findings.manifests)
    whole = any(one.path == path and one.whole for one in placed)
    if isinstance(value, str) and not whole and not findings.has_problem_at(path):
        findings.report(
            path,
            "not_an_expression",
            f"`{path[-1]}` must be one expression.",
            f"Write ${{{{ {value.strip()[:60] or 'true'} }}}}.",
        )


def _check_task(findings: Findings, path: Path, task: Any) -> Manifest | None:
    if not isinstance(task, str) or "@" not in task:
        return None
    manifest = findings.manifests.get(task)
    if manifest is not None:
        if manifest.deprecated:
            message = f"{task} is deprecated."
            findings.warn(path, "deprecated_task", message, manifest.deprecated)
        return manifest
    if findings.has_problem_at(path):
        return None
    name, _at, _major = task.partition("@")
    majors = sorted(one.major for one in findings.manifests.values() if one.task == name)
    if majors:
        there = ", ".join(f"{name}@{major}" for major in majors)
        message = f"{name} has no version {_major}."
        findings.report(path, "unknown_task_major", message, f"There is {there}.")
    else:
        hint = did_you_mean(task, findings.manifests, "Tasks are")
        findings.report(path, "unknown_task", f"There is no task {task!r}.", hint)
    return None


def _check_inputs(
    findings: Findings,
    references: References,
    at: Path,
    inputs: Mapping[str, Any],
    placed: list[Placed],
    manifest: Manifest,
) -> None:
    kinds: dict[Path, str] = {}
    sources: dict[Path, str] = {}
    for one in placed:
        inner = one.path[len(at) :]
        kinds[inner] = references.type_of(one, findings.manifests)
        sources[inner] = f"${{{{ {one.expression.source} }}}}" if one.whole else "this text"
        secret = one.whole and one.expression.path[:1] == ("secrets",)
        if secret and not takes_secret(manifest.input_schema, inner):
            findings.report(
                one.path,
                "secret_outside",
                "A secret is used outside of a secret field.",
                f"{manifest.ref} takes no secret at {'.'.join(map(str, inner))}.",
            )
    Inputs(inputs, kinds, sources).check(manifest.input_schema, at, findings.report)


def _check_template(
    findings: Findings, path: Path, inputs: Mapping[str, Any], manifest: Manifest
) -> None:
    name = inputs.get("template")
    templates = findings.part("templates")
    if "mail" not in manifest.capabilities or not isinstance(name, str) or "${{" in name:
        return
    if name not in templates:
        hint = did_you_mean(name, templates) or "Add it under templates."
        findings.report(path, "unknown_template", f"There is no template {name!r}.", hint)


def _check_call(findings: Findings, at: Path, inputs: Mapping[str, Any]) -> None:
    for key in ("workflow", "version"):
        if "${{" in str(inputs.get(key, "")):
            findings.report(
                (*at, key),
                "call_not_fixed",
                f"`{key}` can't be an expression: what is called is fixed when this is frozen.",
                "Write it out; choose between workflows with `when`.",
            )
            return
    slug, text = inputs.get("workflow"), inputs.get("version", "*")
    if not isinstance(slug, str) or not isinstance(text, str):
        return
    try:
        wanted = VersionRange.parse(text)
    except ValueError as error:
        findings.report((*at, "version"), "version_range", str(error), "For example: ^1.2.0.")
        return
    if findings.known_workflows is None:
        return
    versions = findings.known_workflows(slug)
    if versions is None:
        message = f"There is no workflow {slug!r}."
        findings.report((*at, "workflow"), "unknown_workflow", message, "Check its name.")
    elif wanted.best(versions) is None:
        there = ", ".join(list(versions)[-5:]) or "none yet"
        message = f"No version of {slug!r} is in {text}."
        findings.report((*at, "version"), "version_range", message, f"Versions are: {there}.")


def _warn_unused(
    findings: Findings, references: References, steps: Mapping[int, Mapping[str, Any]]
) -> None:
    for kind in ("secret", "endpoint"):
        for name in findings.part(f"{kind}s"):
            if (kind, name) not in references.used:
                findings.warn(
                    (f"{kind}s", name),
                    f"unused_{kind}",
                    f"The {kind} {name!r} is not used.",
                    "Remove it: what is declared is asked for at installation.",
                )
    inputs = [step["with"] for step in steps.values() if isinstance(step.get("with"), Mapping)]
    named = [one["template"] for one in inputs if isinstance(one.get("template"), str)]
    if any("${{" in name for name in named):
        return
    for name in findings.part("templates"):
        if name not in named:
            message = f"The template {name!r} is not used."
            findings.warn(("templates", name), "unused_template", message, "Remove it, or use it.")
