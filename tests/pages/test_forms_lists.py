"""Lists in the run form: rows that are added, moved and removed, of one answer or of a group."""

from __future__ import annotations

from typing import Any

import pytest

from maestro.runtime.pages.editing import edit
from maestro.runtime.pages.forms import describe
from maestro.runtime.pages.reading import read
from tests.pages.questions import field, schema


def test_boxes_in_another_order_become_rows_and_keep_it() -> None:
    made = schema(a={"type": "array", "items": {"enum": ["x", "y"]}})
    assert field(made, values={"a": ["x", "y"]}).control == "checkboxes"
    shown = field(made, values={"a": ["y", "x"]})
    assert (shown.control, [each.path for each in shown.items]) == ("items", ["/a/0", "/a/1"])


def test_unticking_every_box_does_not_bring_the_default_back() -> None:
    made = schema(a={"type": "array", "items": {"enum": ["x", "y"]}, "default": ["x"]})
    assert read(made, {})[0] == {"a": []}


def test_blank_rows_are_left_out_and_a_problem_names_the_row_that_stays() -> None:
    made = schema(a={"type": "array", "items": {"type": "integer"}})
    values, problems = read(made, {"p/a": ["", "1", " ", "x"]})
    assert values == {"a": [1, "x"]}
    assert [each.path for each in problems] == ["/a/1"]
    shown = field(made, values=values, problems=problems)
    assert [bool(each.error) for each in shown.items] == [False, True]
    assert shown.target == "p-a-1"


def test_a_row_is_added_blank_and_removed_where_it_stood() -> None:
    made = schema(a={"type": "array", "items": {"type": "string"}})
    posted = {"p/a": ["x", "", "y"]}
    assert edit(made, {**posted, "add": ["p/a"]})["a"] == ["x", "", "y", ""]
    assert edit(made, {**posted, "drop": ["p/a/1"]})["a"] == ["x", "y"]
    assert "a" not in edit(made, {"p/a": ["x"], "drop": ["p/a/0"]})
    assert len(field(made, values=edit(made, {"add": ["p/a"]})).items) == 1
    assert len(field(made, values=edit(made, {"p/a": [""], "add": ["p/a"]})).items) == 2


@pytest.mark.parametrize(
    "button", ["p/b", "p/a/9", "p/a/x", "p/a/-1", "p", "", "p/g/a", "j/a", "p/n"]
)
def test_a_button_that_names_no_row_changes_nothing(button: str) -> None:
    made = schema(
        a={"type": "array", "items": {"type": "string"}},
        n={"type": "string"},
        g={"type": "object", "properties": {"b": {"type": "string"}}},
    )
    for name in ("add", "drop", "up", "down"):
        assert edit(made, {"p/a": ["x"], name: [button]}) == {"a": ["x"]}


def test_a_row_of_a_list_in_a_group_that_was_empty_can_be_added() -> None:
    made = schema(
        g={"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}}
    )
    assert edit(made, {"p/g/a": [""], "add": ["p/g/a"]}) == {"g": {"a": ["", ""]}}
    assert edit(made, {"add": ["p/g/a"]}) == {"g": {"a": [""]}}


def doors(**more: Any) -> dict[str, Any]:
    row = {
        "type": "object",
        "title": "Door",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "open": {"type": "boolean", "default": False},
            "keys": {"type": "array", "items": {"type": "string"}},
        },
    }
    return schema(a={"type": "array", "items": row, **more})


def test_rows_of_a_list_move_up_and_down_and_stop_at_the_ends() -> None:
    made = schema(a={"type": "array", "items": {"type": "string"}})
    posted = {"p/a": ["x", "y", "z"]}
    assert edit(made, {**posted, "up": ["p/a/1"]})["a"] == ["y", "x", "z"]
    assert edit(made, {**posted, "down": ["p/a/1"]})["a"] == ["x", "z", "y"]
    assert edit(made, {**posted, "up": ["p/a/0"]})["a"] == ["x", "y", "z"]
    assert edit(made, {**posted, "down": ["p/a/2"]})["a"] == ["x", "y", "z"]


def test_a_group_in_a_list_is_added_moved_and_removed_with_what_is_in_it() -> None:
    made = doors()
    assert [each.label for each in field(made).fields] == []
    assert edit(made, {"add": ["p/a"]}) == {"a": [{}]}
    posted = {
        "p/a": ["0", "1"],
        "p/a/0/name": ["front"],
        "p/a/0/open": ["true"],
        "p/a/1/name": ["back"],
        "p/a/1/keys": ["k1", ""],
    }
    front = {"name": "front", "open": True}
    back = {"name": "back", "open": False, "keys": ["k1"]}
    assert read(made, posted) == ({"a": [front, back]}, ())
    blank = {**back, "keys": ["k1", ""]}
    assert edit(made, {**posted, "add": ["p/a"]})["a"] == [front, blank, {}]
    assert edit(made, {**posted, "up": ["p/a/1"]})["a"] == [blank, front]
    assert edit(made, {**posted, "drop": ["p/a/0"]})["a"] == [blank]
    assert edit(made, {**posted, "drop": ["p/a/1/keys/0"]})["a"][1]["keys"] == [""]
    assert edit(made, {**posted, "add": ["p/a/0/keys"]})["a"][0]["keys"] == [""]
    assert "a" not in edit(made, {"p/a": ["0"], "drop": ["p/a/0"]})


def test_what_is_missing_in_a_row_stands_in_that_row() -> None:
    made = doors()
    values, problems = read(made, {"p/a": ["0", "1"], "p/a/0/name": ["front"]})
    assert [each.path for each in problems] == ["/a/1/name"]
    form = describe(made, values, problems)
    assert [each.target for each in form.summary] == ["p-a-1-name"]
    assert [each.label for each in form.fields[0].fields] == ["Door 1", "Door 2"]


def test_a_row_that_the_schema_does_not_know_makes_the_list_json() -> None:
    assert field(doors(), values={"a": [{"name": "x", "other": 1}]}).control == "json"
    assert field(doors(), values={"a": ["x"]}).control == "json"
