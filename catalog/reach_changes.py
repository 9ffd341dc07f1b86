"""What changed in what a workflow reaches, and in whom it asks first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from catalog.capabilities import named_in, workflow_of
from catalog.changes import Change, change
from catalog.control_tasks import APPROVAL, CALL
from catalog.document_model import Document, Step
from catalog.source_problems import Path
from catalog.version_ranges import VersionRange
from connectors.contract import Manifest
from connectors.outbound.hosts import host_of


def reach_changes(
    before: Document, after: Document, manifests: Mapping[str, Manifest]
) -> Iterator[Change]:
    """Every change of secrets, endpoints, tasks, calls, named things and approvals."""
    yield from _secrets(before, after)
    yield from _endpoints(before, after)
    yield from _tasks(before, after, manifests)
    yield from _calls(before, after)
    yield from _named(before, after, manifests)
    yield from _approvals(before, after)


def _secrets(before: Document, after: Document) -> Iterator[Change]:
    for name in after.secrets:
        if name not in before.secrets:
            yield change("secret_added", ("secrets", name), f"The secret `{name}` is new.")
    for name in before.secrets:
        if name not in after.secrets:
            text = f"The secret `{name}` is not asked for any more."
            yield change("secret_removed", ("secrets", name), text)
    went, goes = _places_of_secrets(before), _places_of_secrets(after)
    for (name, place), at in goes.items():
        if name in before.secrets and (name, place) not in went:
            text = f"The secret `{name}` goes to {place}, where it did not go."
            yield change("secret_reach", at, text, after=place)


def _places_of_secrets(document: Document) -> dict[tuple[str, str], Path]:
    """Which secret goes where: to a task, and to the endpoints that its step names."""
    places: dict[tuple[str, str], Path] = {}
    if not document.secrets:
        return places
    for index, step in enumerate(document.steps):
        # Compiling every expression of a large document takes longer than all else.
        if "secrets" not in json.dumps(step.with_) or not step.secrets:
            continue
        reached = [f"the task {step.task}"] + [
            f"the endpoint `{one.path[0]}`" if one.path else "an endpoint"
            for one in step.inputs.references
            if one.root == "endpoints"
        ]
        for name in sorted(step.secrets):
            for place in reached:
                places.setdefault((name, place), ("steps", index, "with"))
    return places


def _endpoints(before: Document, after: Document) -> Iterator[Change]:
    for name, one in after.endpoints.items():
        at: Path = ("endpoints", name)
        old = before.endpoints.get(name)
        if old is None:
            if one.default:
                text = f"The endpoint `{name}` is new: {one.default}."
                yield change("endpoint_added", at, text, after=one.default)
            else:
                text = (
                    f"The endpoint `{name}` is new and has no default: its address must be given."
                )
                yield change("endpoint_must_be_bound", at, text)
        elif old.default != one.default:
            yield _default(name, old.default, one.default)
    for name, old in before.endpoints.items():
        if name not in after.endpoints:
            text = f"The endpoint `{name}` is not reached any more."
            yield change("endpoint_removed", ("endpoints", name), text, before=old.default)


def _default(name: str, before: str, after: str) -> Change:
    at = ("endpoints", name, "default")
    if not after:
        text = f"The endpoint `{name}` has no default any more: its address must be given."
        return change("endpoint_must_be_bound", at[:2], text, before=before)
    if not before:
        text = f"The endpoint `{name}` has a default: {after}."
        code = "endpoint_host"
    elif _site(before) == _site(after):
        text, code = f"The default of the endpoint `{name}` has another path.", "endpoint_default"
    else:
        text, code = f"The endpoint `{name}` leads to {after}, not to {before}.", "endpoint_host"
    return change(code, at, text, before, after)


def _site(address: str) -> tuple[str, str]:
    return urlsplit(address).scheme, host_of(address)


def _tasks(
    before: Document, after: Document, manifests: Mapping[str, Manifest]
) -> Iterator[Change]:
    old = {step.task for step in before.steps}
    kinds = {task.partition("@")[0] for task in old}
    could = _able(old, manifests)
    for index, step in enumerate(after.steps):
        at: Path = ("steps", index, "task")
        kind = step.task.partition("@")[0]
        if step.task in old:
            continue
        if kind in kinds:
            text = f"The task {step.task} is another major version than before."
            yield change("task_major", at, text, after=step.task)
        else:
            yield change("task_added", at, f"The task {step.task} is new.", after=step.task)
        for able in sorted(_able({step.task}, manifests) - could):
            text = f"Its tasks are able to do more: {able}, by {step.task}."
            yield change("task_capability", at, text, after=able)
        # One change a task, however many steps use it.
        old.add(step.task)


def _able(tasks: set[str], manifests: Mapping[str, Manifest]) -> set[str]:
    known = [manifests[task] for task in tasks if task in manifests]
    return {able for manifest in known for able in manifest.capabilities}


def _calls(before: Document, after: Document) -> Iterator[Change]:
    ranges: dict[str, list[str]] = {}
    for step in before.steps:
        if step.task == CALL:
            ranges.setdefault(workflow_of(step), []).append(str(step.with_.get("version", "*")))
    for index, step in enumerate(after.steps):
        if step.task != CALL:
            continue
        workflow, version = workflow_of(step), str(step.with_.get("version", "*"))
        at: Path = ("steps", index, "with")
        if workflow not in ranges:
            text = f"It runs the workflow {workflow}, which it did not run."
            yield change("workflow_called", (*at, "workflow"), text, after=workflow)
        elif not any(_within(version, one) for one in ranges[workflow]):
            text = f"It may run versions {version} of {workflow}."
            yield change("workflow_range", (*at, "version"), text, ranges[workflow][0], version)


def _within(inner: str, outer: str) -> bool:
    try:
        return VersionRange.parse(inner).is_within(VersionRange.parse(outer))
    except ValueError:
        return inner == outer


def _named(
    before: Document, after: Document, manifests: Mapping[str, Manifest]
) -> Iterator[Change]:
    old = {pair for step in before.steps for pair in named_in(step, manifests)}
    for index, step in enumerate(after.steps):
        for kind, name in named_in(step, manifests):
            if (kind, name) not in old:
                code = f"{kind}_reached"
                text = f"It reaches the {kind} `{name}`, which it did not reach."
                yield change(code, ("steps", index, "with"), text, after=name)


def _approvals(before: Document, after: Document) -> Iterator[Change]:
    for index, old in enumerate(before.steps):
        if old.task != APPROVAL:
            continue
        new = after.step_by_id.get(old.id)
        if new is None or new.task != APPROVAL:
            text = f"The step `{old.id}` does not ask for approval any more."
            yield change("approval_weakened", ("steps", index), text, before=dict(old.with_))
        elif said := _weakened(old, new):
            at = ("steps", after.steps.index(new))
            text = f"The approval in the step `{old.id}` {said}."
            yield change("approval_weakened", at, text, dict(old.with_), dict(new.with_))


def _weakened(before: Step, after: Step) -> str:
    old, new = before.with_.get("count", 1), after.with_.get("count", 1)
    if old != new and not (isinstance(old, int) and isinstance(new, int) and new > old):
        return f"takes {new} instead of {old}"
    if before.with_.get("teams", []) != after.with_.get("teams", []):
        return "asks other teams"
    if before.when != after.when and after.when is not None:
        return "has another condition"
    return "" if before.on_error == after.on_error else "does something else when it is refused"
