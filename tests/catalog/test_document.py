"""What a right document becomes: frozen, digested, typed; and the parameters of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from catalog.document import (
    DOCUMENT_SCHEMA,
    Document,
    ParametersInvalid,
    Retry,
    load_frozen,
    resolve_parameters,
)
from catalog.durations import format_duration, parse_duration
from maestro.kernel.canonical import canonical_bytes, digest
from tests.catalog.documents import RIGHT, changed, parse, problems_of, value

# The example of the format's own page.
EXAMPLE = (Path(__file__).parent / "offboard_employee.yaml").read_text(encoding="utf-8")


def test_the_example_of_the_format_is_right() -> None:
    document = parse(EXAMPLE)
    assert document.warnings == ()
    assert document.name == "offboard-employee"
    assert document.title == "Offboard an employee"
    assert document.version == "3.2.0"
    assert document.category == "HR"
    assert document.risk == "high"
    assert document.owner_team == "People Ops"
    assert document.tags == ("leaver", "access-review")
    assert document.source == EXAMPLE
    assert [step.id for step in document.steps] == [
        "find_accounts",
        "approve",
        "suspend",
        "tell_payroll",
    ]
    assert document.step_by_id["suspend"].max_parallel == 4
    assert document.step_by_id["suspend"].on_error == "collect"
    assert document.endpoints["directory"].default == "https://directory.example"
    assert document.secrets["directory_admin"].description.startswith("Token")
    assert document.examples[0].parameters["last_day"] == "2026-12-18"
    assert document.templates["payroll_notice"]["subject"] == "Last day of {{ who }}"


def test_what_is_left_out_is_filled_in_when_frozen() -> None:
    document = parse(RIGHT)
    find, close, tell = document.steps
    assert find.needs == ()
    assert find.retry == Retry(
        1, 1.0, 30.0, frozenset({"unavailable", "rate_limited", "timed_out", "worker_lost"})
    )
    assert (find.timeout, find.max_parallel, find.on_error) == (30.0, 10, "fail")
    assert close.for_each == "${{ steps.find.output.body }}"
    assert tell.when == "${{ params.count > 0 }}"
    assert tell.items is None
    assert document.parameters["additionalProperties"] is False
    assert (document.category, document.risk, document.changelog) == ("", "medium", "")


def test_retry_and_time_out_are_read_in_seconds() -> None:
    more = "    task: email.send@1\n    timeout: 90s\n"
    more += "    retry: {initial: 250ms, max: 2m, on: [conflict]}"
    tell = parse(changed("    task: email.send@1", more)).steps[2]
    assert tell.timeout == 90.0
    assert tell.retry == Retry(3, 0.25, 120.0, frozenset({"conflict"}))
    same = parse(changed("    task: email.send@1", more.replace("90s", "90000ms")))
    assert same.frozen["steps"][2]["timeout"] == "90s"


def test_a_control_task_has_no_time_out_unless_it_is_written() -> None:
    wait = "  - {id: pause, task: core.wait@1, with: {duration: 5m}%s}\ntemplates:"
    assert parse(changed("templates:", wait % "")).steps[3].timeout is None
    assert parse(changed("templates:", wait % ", timeout: 1h")).steps[3].timeout == 3600


def test_a_step_knows_its_templates_and_its_secrets() -> None:
    find, close, tell = parse(RIGHT).steps
    assert find.secrets == {"token"}
    assert close.secrets == frozenset()
    scope = {"params": {"who": "a@b.c", "count": 2}, "endpoints": {"directory": "https://d"}}
    inputs = find.inputs.evaluate({**scope, "secrets": {"token": "••"}})
    assert inputs == {"url": "https://d/a@b.c", "auth": {"bearer": "••"}}
    assert tell.condition is not None
    assert tell.condition.evaluate(scope) is True
    assert close.items is not None


def test_a_step_says_whose_failure_its_condition_judges() -> None:
    when = "${{ steps.close.status == 'failed' && steps.find.output.status == 200 }}"
    assert parse(changed("${{ params.count > 0 }}", when)).steps[2].judges == {"close"}


def test_the_digest_is_over_the_canonical_bytes() -> None:
    document = parse(RIGHT)
    assert document.canonical == canonical_bytes(document.frozen)
    assert document.digest == digest(document.frozen)


@pytest.mark.parametrize(
    "odd", ["{type: number, default: 1.50}", "{title: \U0001f600, enum: [\U0001f600, \uff00, é]}"]
)
def test_fractions_and_letters_beyond_the_first_plane_are_canonical_too(odd: str) -> None:
    document = parse(changed("{type: integer, default: 1}", odd))
    assert document.canonical == canonical_bytes(document.frozen)
    assert json.loads(document.canonical) == document.frozen


def test_keys_beyond_the_first_plane_sort_as_utf_16() -> None:
    text = changed("json: {n:", "json: {\U0001f600: 1, \uff00: 2, n:")
    canonical = parse(text).canonical.decode()
    assert canonical.index("\U0001f600") < canonical.index("\uff00")


def test_a_whole_number_with_a_point_is_the_same_document() -> None:
    first = parse(changed("default: 1}", "default: 2}"))
    assert parse(changed("default: 1}", "default: 2.0}")).digest == first.digest


def test_a_frozen_document_is_a_document_with_the_same_digest() -> None:
    document = parse(EXAMPLE)
    again = parse(document.canonical, media_type="application/json")
    assert again.digest == document.digest
    assert again == document


def test_key_order_comments_and_format_do_not_change_the_digest() -> None:
    def backwards(part: object) -> object:
        if isinstance(part, dict):
            return {key: backwards(part[key]) for key in reversed(part)}
        return [backwards(item) for item in part] if isinstance(part, list) else part

    digests = {
        parse(RIGHT).digest,
        parse("# a comment\n" + RIGHT).digest,
        parse(json.dumps(value())).digest,
        parse(json.dumps(backwards(value()))).digest,
        parse(yaml.safe_dump(value())).digest,
    }
    assert len(digests) == 1


def test_the_order_in_which_error_classes_are_listed_does_not_change_the_digest() -> None:
    task = "    task: email.send@1\n    retry: {on: [%s]}"
    digests = {
        parse(changed("    task: email.send@1", task % classes)).digest
        for classes in ("conflict, failed", "failed, conflict")
    }
    assert len(digests) == 1


def test_a_frozen_document_is_read_back_without_validation() -> None:
    document = parse(RIGHT)
    loaded = load_frozen(json.loads(document.canonical))
    assert loaded == document
    assert loaded.digest == document.digest
    assert loaded.steps == document.steps
    assert loaded.source == ""


def test_the_schema_for_editors_accepts_what_is_accepted_here() -> None:
    jsonschema.Draft202012Validator.check_schema(DOCUMENT_SCHEMA)
    validator = jsonschema.Draft202012Validator(DOCUMENT_SCHEMA)
    validator.validate(value())
    validator.validate(dict(parse(EXAMPLE).frozen))
    wrong = {**value(), "stpes": []}
    assert not validator.is_valid(wrong)


CALL = """
  - id: pay
    task: workflow.call@1
    with: {workflow: pay-out%s, parameters: {}}
templates:"""


def call(text: str = "") -> str:
    return changed("\ntemplates:", CALL % text)


VERSIONS = {"pay-out": ["1.0.0", "1.4.2", "2.1.0-rc.1", "1.10.0"], "new": []}


def test_a_call_without_a_version_is_pinned_to_what_is_compatible_with_the_newest() -> None:
    document = parse(call(), known_workflows=VERSIONS.get)
    assert document.steps[3].with_["version"] == "^1.10.0"
    assert parse(call()).steps[3].with_["version"] == "*"
    assert parse(call(", version: ~1.4")).steps[3].with_["version"] == "~1.4"


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        (", version: ^3.0.0", "version_range", "/steps/3/with/version"),
        (", version: latest", "version_range", "/steps/3/with/version"),
        (", version: '${{ params.who }}'", "call_not_fixed", "/steps/3/with/version"),
        ("s", "unknown_workflow", "/steps/3/with/workflow"),
    ],
)
def test_a_call_that_can_not_be_met_is_refused(text: str, code: str, path: str) -> None:
    found = problems_of(call(text), known_workflows=VERSIONS.get)
    assert (code, path) in {(one.code, one.path) for one in found}


# --- parameters


def given(document: Document, **values: object) -> list[tuple[str, str]]:
    with pytest.raises(ParametersInvalid) as caught:
        resolve_parameters(document, values)
    return [(one.path, one.message) for one in caught.value.problems]


def test_defaults_are_filled_in_nested_ones_too() -> None:
    document = parse(RIGHT)
    asked = {"who": "a@b.c", "deep": {}}
    assert resolve_parameters(document, asked) == {
        "who": "a@b.c",
        "count": 1,
        "deep": {"a": 7},
    }
    assert asked == {"who": "a@b.c", "deep": {}}
    assert resolve_parameters(document, {"who": "a@b.c"}) == {"who": "a@b.c", "count": 1}


def test_every_problem_with_parameters_is_told_in_words_for_people() -> None:
    document = parse(EXAMPLE)
    assert given(document, employee_email="ana", systems=["cloud", "chta"], lastday=1) == [
        ("/last_day", "`last_day` is missing."),
        ("/employee_email", "`employee_email` is not an e-mail address."),
        ("/lastday", "`lastday` is not known here."),
        ("/systems/1", "`systems[1]` is 'chta', which is not allowed."),
    ]


@pytest.mark.parametrize(
    ("schema", "wrong", "message"),
    [
        ("{type: integer}", "x", "`count` must be a whole number, not text."),
        ("{type: [integer, 'null']}", [], "`count` must be a whole number or null, not a list."),
        ("{minimum: 3}", 1, "`count` must be at least 3."),
        ("{type: string, minLength: 2}", "a", "`count` needs at least 2 characters."),
        ("{pattern: '^a+$'}", "b", "`count` does not have the expected form (^a+$)."),
        ("{format: date}", "2026-02-30", "`count` is not a date (2026-12-18)."),
        ("{format: date-time}", "now", "`count` is not a date and time (2026-12-18T09:00:00Z)."),
        ("{format: uri}", "no url", "`count` is not a URL (https://…)."),
        ("{const: 4}", 5, "`count` must be 4."),
        ("{uniqueItems: true}", [1, 1], "`count` lists something twice."),
        ("{anyOf: [{type: string}, {type: array}]}", None, "`count` must be text or a list, not null."),
        ("{anyOf: [{required: [a]}, {required: [b]}]}", {}, "`count` needs a or b."),
        ("{properties: {a: {maxItems: 1}}}", {"a": [1, 2]}, "`count.a` takes at most 1 entries."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_explained(schema: str, wrong: object, message: str) -> None:
    text = changed("{type: integer, default: 1}", schema).replace("${{ params.count > 0 }}", "true")
    assert given(parse(text), who="a@b.c", count=wrong) == [
        ("/count/a" if isinstance(wrong, dict) and wrong else "/count", message)
    ]


def test_other_keys_are_allowed_where_the_schema_says_so() -> None:
    document = parse(changed("  type: object\n  req", "  additionalProperties: true\n  req"))
    assert resolve_parameters(document, {"who": "a@b.c", "more": 1})["more"] == 1


def test_parameters_must_be_a_map() -> None:
    with pytest.raises(ParametersInvalid, match="map of keys"):
        resolve_parameters(parse(RIGHT), [1])


def test_characters_that_no_row_can_hold_are_refused() -> None:
    text = changed("{type: integer, default: 1}", "{type: array}")
    document = parse(text.replace("${{ params.count > 0 }}", "true"))
    found = given(document, who="a@b.c", count=["a", "\0", "\ud800", {"\0": 1}])
    assert sorted(path for path, _message in found) == ["/count/1", "/count/2", "/count/3/\0"]


def test_a_workflow_without_parameters_takes_none() -> None:
    document = parse(
        "{apiVersion: maestro/v1, kind: Workflow, metadata: {name: a, title: A, version: 1.0.0},"
        " steps: [{id: a, task: core.set@1, with: {values: {}}}]}"
    )
    assert resolve_parameters(document, {}) == {}
    assert given(document, a=1) == [("/a", "`a` is not known here.")]


def test_a_catastrophic_pattern_takes_no_time() -> None:
    text = changed("{type: integer, default: 1}", "{type: string, pattern: '^(a+)+$'}")
    document = parse(text.replace("${{ params.count > 0 }}", "true"))
    assert given(document, who="a@b.c", count="a" * 50_000 + "b")


def test_a_schema_that_doubles_its_work_at_each_level_is_stopped() -> None:
    levels = ", ".join(
        f"a{n}: {{anyOf: [{{$ref: '#/$defs/a{n + 1}'}}, {{$ref: '#/$defs/a{n + 1}'}}]}}"
        for n in range(40)
    )
    text = changed(
        "  type: object\n  required: [who]",
        f"  type: object\n  $defs: {{{levels}, a40: {{type: string}}}}\n  required: [who]",
    )
    text = text.replace("{type: integer, default: 1}", "{$ref: '#/$defs/a0'}")
    document = parse(text.replace("${{ params.count > 0 }}", "true"))
    assert given(document, who="a@b.c", count=3)[0][1].startswith("The parameters nest too far")


# --- durations, and what this may import


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("20s", 20.0), ("5m", 300.0), ("72h", 259200.0), ("0s", 0)],
)
def test_a_duration_is_read_and_written(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "1d", "1.5s", "-1s", "05m", "1h30m", "5m\n", "9000h", "٣s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_the_format_imports_neither_django_nor_celery() -> None:
    code = (
        "import sys, catalog.document, catalog.expressions;"
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'celery')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
