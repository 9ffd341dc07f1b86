"""What differs between two documents, in words and by line."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.pages.line_diff import MOST_EDITS, all_lines, line_diff
from catalog.pages.version_diff import SHORT, Kind, by_section, changes, short
from maestro.kernel.canonical import canonical_bytes
from tests.catalog.test_document_properties import SLOW, documents

OLD: dict[str, Any] = {
    "metadata": {"title": "A"},
    "parameters": {"properties": {"x": {"type": "string"}}, "required": []},
    "steps": [{"id": "a", "with": {"n": 1}, "needs": []}, {"id": "b", "needs": ["a"]}],
}
few_lines = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12)


def test_each_changed_leaf_is_named() -> None:
    new = copy.deepcopy(OLD)
    new["parameters"]["properties"]["x"]["type"] = "integer"
    new["steps"][0]["with"]["n"] = "1"
    new["steps"][1] = {"id": "c", "needs": []}
    found = changes(OLD, new)
    assert [(one.kind, one.path) for one in found] == [
        (Kind.CHANGED, ("parameters", "properties", "x", "type")),
        (Kind.CHANGED, ("steps", "a", "with", "n")),
        (Kind.REMOVED, ("steps", "b")),
        (Kind.ADDED, ("steps", "c")),
    ]
    assert [one.subject for one in found][:3] == [
        ("Parameter", "x", "type"),
        ("Step", "a", "with.n"),
        ("Step", "b", ""),
    ]
    assert (found[0].before, found[0].after) == ("string", "integer")


def test_a_number_and_its_text_do_not_look_the_same() -> None:
    new = copy.deepcopy(OLD)
    new["steps"][0]["with"]["n"] = "1"
    (change,) = changes(OLD, new)
    assert (change.before, change.after) == ("1", '"1"')


def test_changes_are_grouped_by_the_part_of_the_document() -> None:
    new = copy.deepcopy(OLD)
    new["parameters"]["required"] = ["x"]
    new["secrets"] = {"token": {"description": "May read"}}
    new["metadata"]["title"] = "B"
    assert [
        (title, [one.subject for one in group]) for title, group in by_section(changes(OLD, new))
    ] == [
        ("About the workflow", [("Title", "", "")]),
        ("Parameters", [("Parameters that must be given", "", "")]),
        ("Secrets", [("Secrets", "", "")]),
    ]


def test_steps_in_another_order_are_a_change() -> None:
    (change,) = changes(OLD, {**OLD, "steps": OLD["steps"][::-1]})
    assert change.subject == ("Order of the steps", "", "")
    assert (change.before, change.after) == ("a, b", "b, a")


def test_a_text_of_several_lines_is_compared_by_line() -> None:
    one = {"templates": {"t": {"text": "Hello\nall\nof you"}}}
    other = {"templates": {"t": {"text": "Hello\nboth\nof you"}}}
    (change,) = changes(one, other)
    assert change.hunks is not None
    assert [line.sign for line in change.hunks[0]] == ["", "−", "+", ""]


def test_a_long_value_is_cut_for_the_eye() -> None:
    assert short("x" * SHORT) == "x" * SHORT
    assert len(short("x" * (SHORT + 1))) == SHORT
    assert short("x" * (SHORT + 1)).endswith("…")


def test_a_line_that_changed_is_taken_out_and_put_in() -> None:
    found = line_diff("a\nb\nc", "a\nB\nc")
    assert found is not None
    assert [(one.sign, one.text, one.old, one.new) for one in found[0]] == [
        ("", "a", 1, 1),
        ("−", "b", 2, None),
        ("+", "B", None, 2),
        ("", "c", 3, 3),
    ]
    assert line_diff("a\nb", "a\nb") == ()


def test_changes_far_from_each_other_are_two_hunks() -> None:
    old = [str(number) for number in range(30)]
    new = ["first", *old[1:-1], "last"]
    found = line_diff("\n".join(old), "\n".join(new))
    assert found is not None
    assert [(len(hunk), hunk[0].text) for hunk in found] == [(5, "0"), (5, "26")]


def test_texts_with_too_much_between_them_are_not_compared() -> None:
    old = "\n".join(f"a{number}" for number in range(MOST_EDITS))
    assert line_diff(old, "\n".join(f"b{number}" for number in range(MOST_EDITS))) is None
    assert line_diff("a\n" * 500_000 + "b", "b\n" * 500_000 + "c") is None


@given(few_lines, few_lines)
def test_the_lines_give_both_texts_back(old: list[str], new: list[str]) -> None:
    found = all_lines(old, new)
    assert found is not None
    assert [one.text for one in found if one.sign != "+"] == old
    assert [one.text for one in found if one.sign != "−"] == new
    assert [one.old for one in found if one.old] == list(range(1, len(old) + 1))
    assert [one.new for one in found if one.new] == list(range(1, len(new) + 1))
    assert any(one.sign for one in found) == (old != new)


@SLOW
@given(documents(), documents())
def test_there_are_changes_exactly_where_documents_differ(one: Any, other: Any) -> None:
    a, b = dict(one), dict(other)
    assert changes(a, copy.deepcopy(a)) == ()
    assert bool(changes(a, b)) == (canonical_bytes(a) != canonical_bytes(b))
