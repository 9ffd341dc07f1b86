"""What a version changes, and which number it asks for. The schemas are tried by values, too."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given

from catalog.changes import CODES, Klass, VersionDiff, change
from catalog.diff import compare, smallest, understated
from catalog.document import Document, load_frozen
from catalog.parameter_changes import parameter_changes
from catalog.version_ranges import VersionRange
from connectors.contract import Manifest
from tests.catalog.documents import RIGHT, manifests, parse
from tests.catalog.test_document_properties import SLOW, documents

Edit = Callable[[dict[str, Any]], Any]
TABLE = Manifest(
    task="rows.read",
    version="1.0.0",
    major=1,
    title="Read rows",
    description="Reads a table.",
    input_schema={
        "type": "object",
        "properties": {"from": {"anyOf": [{"x-reach": "table"}, {"type": "null"}]}},
    },
    output_schema={},
    capabilities=frozenset({"database"}),
)
KNOWN = {
    **manifests(),
    TABLE.ref: TABLE,
    "http.request@2": Manifest(
        "http.request", "2.0.0", 2, "HTTP", "Calls.", {}, {}, frozenset({"network"})
    ),
}
CALL = {"id": "call", "task": "workflow.call@1", "with": {"workflow": "acme/other"}}
ASK = {"id": "ask", "task": "core.approval@1", "with": {"count": 2}}


def base() -> dict[str, Any]:
    """What a document that uses everything froze."""
    value = yaml.safe_load(RIGHT)
    value["steps"] += [copy.deepcopy(CALL), copy.deepcopy(ASK)]
    frozen = copy.deepcopy(dict(parse(yaml.safe_dump(value)).frozen))
    frozen["steps"][3]["with"]["version"] = "^1.2.0"
    frozen["steps"].append(
        {**frozen["steps"][2], "id": "rows", "task": "rows.read@1", "with": {"from": "costs"}}
    )
    return frozen


def changes_of(edit: Edit) -> set[str]:
    before = base()
    after = copy.deepcopy(before)
    edit(after)
    found = compare(load_frozen(before), load_frozen(after), KNOWN)
    assert all(one.message.endswith(".") for one in found.changes)
    return {one.code for one in found.changes}


def put(path: str, value: Any) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        part: Any = document
        for name in parents:
            part = part[int(name)] if isinstance(part, list) else part[name]
        part[int(last) if isinstance(part, list) else last] = value

    return edit


def drop(path: str) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        part: Any = document
        for name in parents:
            part = part[int(name)] if isinstance(part, list) else part[name]
        del part[int(last) if isinstance(part, list) else last]

    return edit


def more_steps(*steps: dict[str, Any]) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        like = document["steps"][0]
        document["steps"] += [{**like, "with": {}, "needs": [], **step} for step in steps]

    return edit


P = "parameters/properties"
CASES: list[tuple[Edit, set[str]]] = [
    (lambda document: document["parameters"]["required"].append("deep"), {"parameter_became_required"}),
    (drop(f"{P}/count/default"), {"parameter_default"}),
    (drop(f"{P}/count"), {"parameter_removed"}),
    (put(f"{P}/new", {"type": "string"}), {"parameter_added"}),
    (put(f"{P}/count/type", "number"), {"parameter_widened"}),
    (put(f"{P}/count/type", "string"), {"parameter_narrowed"}),
    (put(f"{P}/count/minimum", 0), {"parameter_narrowed"}),
    (put(f"{P}/count/default", 2), {"parameter_default"}),
    (put(f"{P}/count/title", "How many"), {"parameter_described"}),
    (drop(f"{P}/who/format"), {"parameter_widened"}),
    (put(f"{P}/deep/properties/b", {}), {"parameter_added"}),
    # The object was open: whoever gave another `b` can't any more.
    (put(f"{P}/deep/properties/b", {"type": "integer"}), {"parameter_added", "parameter_narrowed"}),
    (drop(f"{P}/deep/properties/a"), {"parameter_removed"}),
    (put("parameters/required", []), {"parameter_optional"}),
    (put("parameters/minProperties", 2), {"parameter_narrowed"}),
    (put("parameters/additionalProperties", True), {"parameter_widened"}),
    (drop("outputs/closed"), {"output_removed"}),
    (put("outputs/more", 1), {"output_added"}),
    (put("outputs/closed", 1), {"output_changed"}),
    (put("steps/1/id", "shut"), {"output_step_removed", "step_added"}),
    (put("steps/2/id", "mail"), {"step_removed", "step_added"}),
    (put("secrets/other", {"description": ""}), {"secret_added"}),
    (drop("secrets/token"), {"secret_removed"}),
    (put("secrets/token/description", "Else"), {"described"}),
    (put("steps/2/with/vars", {"k": "${{ secrets.token }}"}), {"secret_reach", "step_changed"}),
    (put("endpoints/more", {"description": ""}), {"endpoint_must_be_bound"}),
    (put("endpoints/more", {"description": "", "default": "https://x.example"}), {"endpoint_added"}),
    (drop("endpoints/directory/default"), {"endpoint_must_be_bound"}),
    (put("endpoints/directory/default", "https://other.example"), {"endpoint_host"}),
    (put("endpoints/directory/default", "http://directory.example"), {"endpoint_host"}),
    (put("endpoints/directory/default", "https://directory.example/v2"), {"endpoint_default"}),
    (drop("endpoints/directory"), {"endpoint_removed"}),
    (put("steps/1/task", "http.request@2"), {"task_major", "step_changed"}),
    (more_steps({"id": "set", "task": "core.set@1"}), {"task_added", "step_added"}),
    (
        more_steps({"id": "x", "task": "old.thing@1"}, {"id": "y", "task": "old.thing@1"}),
        {"task_added", "step_added"},
    ),
    (put("steps/3/with/workflow", "acme/third"), {"workflow_called", "step_changed"}),
    (put("steps/3/with/version", "^2.0.0"), {"workflow_range", "step_changed"}),
    (put("steps/3/with/version", "^1.3.0"), {"step_changed"}),
    (put("steps/5/with/from", "wages"), {"table_reached", "step_changed"}),
    (put("metadata/risk", "high"), {"risk_raised"}),
    (put("metadata/risk", "low"), {"risk_lowered"}),
    (put("metadata/title", "Else"), {"described"}),
    (put("steps/4/with/count", 1), {"approval_weakened", "step_changed"}),
    (put("steps/4/with/count", 3), {"step_changed"}),
    (put("steps/4/when", "${{ params.count > 1 }}"), {"approval_weakened", "step_changed"}),
    (drop("steps/4"), {"approval_weakened", "step_removed"}),
    (put("steps/0/timeout", "5s"), {"step_changed"}),
    (lambda document: document["steps"].reverse(), {"step_order"}),
    (put("templates/done/text", "Else"), {"template_changed"}),
    (put("examples", []), {"example_changed"}),
    (put("migrations", [{"from": "<1.2.0", "drop": ["old"]}]), {"migration_changed"}),
    (put("metadata/version", "9.9.9"), set()),
    (put("metadata/changelog", "Else."), set()),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "codes"), CASES)
def test_each_change_is_told_by_its_code(edit: Edit, codes: set[str]) -> None:
    assert changes_of(edit) == codes


def test_a_task_that_is_able_to_do_more_is_told() -> None:
    before = base()
    before["steps"] = [step for step in before["steps"] if "mail" not in step["task"]]
    after = base()
    found = compare(load_frozen(before), load_frozen(after), KNOWN)
    assert "Its tasks are able to do more: mail, by email.send@1." in {
        one.message for one in found.changes
    }


def test_a_new_parameter_that_must_be_given_is_told_with_its_name_and_place() -> None:
    after = base()
    after["parameters"]["properties"]["deep"]["properties"]["b"] = {"type": "integer"}
    after["parameters"]["properties"]["deep"]["required"] = ["b"]
    found = compare(load_frozen(base()), load_frozen(after), KNOWN)
    assert [(one.code, one.path, one.message) for one in found.changes] == [
        (
            "parameter_required",
            "/parameters/properties/deep/properties/b",
            "The new parameter `deep.b` must be given.",
        )
    ]


def test_what_narrows_a_parameter_is_named() -> None:
    before = {"type": "object", "properties": {"n": {"enum": ["a", "b"]}}}
    after = {"type": "object", "properties": {"n": {"enum": ["b", "c"]}}}
    (found,) = parameter_changes(before, after)
    assert found.message == "The parameter `n` does not take a any more."
    assert found.path == "/parameters/properties/n/enum"


def test_every_code_is_given_by_some_change() -> None:
    told = {code for _edit, codes in CASES for code in codes}
    rare = {"parameter_required", "task_capability", "project_reached", "channel_reached"}
    assert told | rare == set(CODES)


def test_the_page_of_versions_has_the_same_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "versions.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(code, klass.value, when) for code, (klass, when) in CODES.items()]


def test_the_gravest_changes_come_first() -> None:
    after = base()
    for edit in (put("metadata/title", "Else"), put("metadata/risk", "high"), drop(f"{P}/who")):
        edit(after)
    found = compare(load_frozen(base()), load_frozen(after), KNOWN)
    assert [one.klass for one in found.changes] == list(Klass)
    assert found.klass is Klass.BREAKING
    assert [one.code for one in found.of(Klass.CAPABILITY)] == ["risk_raised"]


BREAKING = VersionDiff((change("secret_added", (), "."),))
CAPABILITY = VersionDiff((change("task_added", (), "."),))
COMPATIBLE = VersionDiff((change("described", (), "."),))
NOTHING = VersionDiff()


@pytest.mark.parametrize(
    ("before", "diff", "wanted"),
    [
        ("1.2.3", BREAKING, "2.0.0"),
        ("1.2.3", CAPABILITY, "1.3.0"),
        ("1.2.3", COMPATIBLE, "1.2.4"),
        ("1.2.3", NOTHING, "1.2.4"),
        ("0.2.3", BREAKING, "0.3.0"),
        ("0.2.3", CAPABILITY, "0.3.0"),
        ("0.2.3", COMPATIBLE, "0.2.4"),
        ("2.0.0-rc.1", BREAKING, "2.0.0"),
        ("2.1.0-rc.1", BREAKING, "3.0.0"),
        ("2.1.0-rc.1", CAPABILITY, "2.1.0"),
        ("2.1.1-rc.1", CAPABILITY, "2.2.0"),
        ("2.1.1-rc.1", COMPATIBLE, "2.1.1"),
        ("0.2.0-rc.1", BREAKING, "0.2.0"),
        ("1.2.3+build", COMPATIBLE, "1.2.4"),
    ],
)
def test_the_smallest_number_that_would_do(before: str, diff: VersionDiff, wanted: str) -> None:
    assert smallest(before, diff) == wanted
    assert understated(before, wanted, diff) is None
    assert understated(before, f"{wanted}-rc.1", diff) is None


def test_a_number_that_says_less_than_the_change_is_told_the_smallest_that_would_do() -> None:
    assert understated("1.2.3", "1.3.0", BREAKING) == "2.0.0"
    assert understated("1.2.3", "1.2.4", CAPABILITY) == "1.3.0"
    assert understated("0.2.3", "0.2.4", BREAKING) == "0.3.0"
    assert understated("1.2.3", "1.2.4", COMPATIBLE) is None
    assert understated("1.2.3", "7.0.0", BREAKING) is None


def frozen(value: dict[str, Any]) -> Document:
    return load_frozen(parse(json.dumps(value)).frozen)


@SLOW
@given(documents(), documents())
def test_there_are_changes_exactly_where_more_than_the_number_differs(one: Any, other: Any) -> None:
    before, after = frozen(one), frozen(other)
    assert compare(before, before, KNOWN).changes == ()
    assert bool(compare(before, after, KNOWN).changes) == (before.digest != after.digest)


@pytest.mark.parametrize(
    ("inner", "outer", "is_within"),
    [
        ("^1.3.0", "^1.2.0", True),
        ("1.2.3", "^1.2.0", True),
        ("^1.2.0", "*", True),
        ("*", "^1.2.0", False),
        ("^1.1.0", "^1.2.0", False),
        ("^2.0.0", "^1.2.0", False),
        (">1.2.0 <1.9.0", ">=1.2.0 <2.0.0", True),
        (">=1.2.0 <2.0.0", ">1.2.0 <2.0.0", False),
        ("<=2.0.0", "<2.0.0", False),
        ("^1.3.0-rc.1", "^1.2.0", False),
    ],
)
def test_a_range_within_another_allows_no_other_version(
    inner: str, outer: str, is_within: bool
) -> None:
    assert VersionRange.parse(inner).is_within(VersionRange.parse(outer)) is is_within
