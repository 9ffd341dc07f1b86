"""The run form, question by question."""

from __future__ import annotations

from typing import Any

import pytest

from maestro.kernel.errors import Problem
from maestro.runtime.pages.fields import walk
from maestro.runtime.pages.forms import describe, pick
from maestro.runtime.pages.reading import read
from tests.pages.questions import field, schema


@pytest.mark.parametrize(
    ("part", "control"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "format": "email"}, "email"),
        ({"type": "string", "format": "uri"}, "url"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "format": "date-time"}, "datetime-local"),
        ({"type": "string", "format": "duration"}, "text"),
        ({"type": "string", "maxLength": 201}, "textarea"),
        ({"type": "string", "maxLength": 200}, "text"),
        ({"type": "string", "x-multiline": True}, "textarea"),
        ({"type": "integer"}, "number"),
        ({"type": "number"}, "number"),
        ({"type": "boolean", "default": False}, "checkbox"),
        ({"type": "boolean"}, "radio"),
        ({"enum": [1, 2, 3, 4, 5]}, "radio"),
        ({"enum": [1, 2, 3, 4, 5, 6]}, "select"),
        ({"enum": list(range(20))}, "select"),
        ({"enum": list(range(21))}, "search"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "checkboxes"),
        ({"type": "array", "items": {"type": "string"}}, "items"),
        ({"type": "array", "items": {"type": "object", "properties": {"b": {}}}}, "rows"),
        ({"type": "array", "items": {"type": "object"}}, "json"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}, "json"),
        ({"type": "object", "properties": {"b": {"type": "string"}}}, "group"),
        ({"type": "object"}, "json"),
        ({"const": 3}, "radio"),
        (True, "json"),
        ({}, "json"),
    ],
)
def test_each_kind_of_answer_has_its_control(part: Any, control: str) -> None:
    assert field(schema(a=part)).control == control


def test_a_required_yes_or_no_is_one_checkbox() -> None:
    made = schema(["a"], a={"type": "boolean"})
    assert field(made).control == "checkbox"
    assert read(made, {}) == ({"a": False}, ())


def test_a_required_constant_is_shown_and_not_asked() -> None:
    made = schema(["a"], a={"const": 3})
    assert (field(made).control, field(made).value) == ("const", "3")
    assert read(made, {}) == ({"a": 3}, ())


def test_a_new_form_has_the_example_else_defaults_and_first_examples() -> None:
    made = schema(
        a={"type": "string", "default": "d"},
        b={"type": "string", "examples": ["e"]},
        c={"type": "object", "properties": {"d": {"type": "string", "default": "in"}}},
    )
    values = [each.value for each in describe(made).fields]
    assert values == ["d", "e", ""]
    shown = describe(made, example={"b": "given"}).fields
    assert [each.value for each in shown] == ["d", "given", ""]
    assert [each.value for each in describe({**made, "examples": [{"a": "x"}]}).fields][:2] == [
        "x",
        "",
    ]


def test_what_is_needed_comes_first_in_the_order_it_is_named() -> None:
    made = schema(["c", "b"], a={"type": "string"}, b={"type": "string"}, c={"type": "string"})
    assert [each.path for each in describe(made).fields] == ["/c", "/b", "/a"]
    made["properties"]["a"]["x-order"] = -1
    assert [each.path for each in describe(made).fields] == ["/a", "/c", "/b"]


def test_a_day_that_does_not_exist_is_shown_again_as_it_was_typed() -> None:
    made = schema(a={"type": "string", "format": "date"})
    shown = field(made, values={"a": "2026-02-31"})
    assert (shown.control, shown.value) == ("text", "2026-02-31")


def test_a_choice_that_is_none_any_more_stays_visible() -> None:
    made = schema(a={"enum": ["x", "y"]})
    shown = field(made, values={"a": "old"})
    assert [each.value for each in shown.options if each.selected] == ["old"]
    values, problems = read(made, {"p/a": ["old"]})
    assert values == {"a": "old"}
    assert [each.code for each in problems] == ["not_a_choice"]


def test_a_long_choice_is_typed_with_suggestions_and_held_to_them() -> None:
    cases = [{"const": f"c{at}", "title": f"Country {at}"} for at in range(30)]
    made = schema(["a"], a={"oneOf": cases})
    shown = field(made, values={"a": "c3"})
    assert (shown.control, shown.value, shown.attrs["list"]) == ("search", "c3", "p-a-l")
    assert (shown.options[3].value, shown.options[3].label) == ("c3", "Country 3")
    assert read(made, {"p/a": ["c4"]}) == ({"a": "c4"}, ())
    assert read(made, {"p/a": ["Country 5 "]}) == ({"a": "c5"}, ())
    values, problems = read(made, {"p/a": ["Atlantis"]})
    assert [each.code for each in problems] == ["not_a_choice"]
    assert field(made, values=values, problems=problems).value == "Atlantis"


def test_bounds_are_said_in_words_and_to_the_browser() -> None:
    made = schema(
        a={"type": "integer", "minimum": 4, "exclusiveMaximum": 20, "multipleOf": 5, "default": 5}
    )
    shown = field(made)
    assert shown.hint == "At least 4. Less than 20. In steps of 5. Left empty, it is 5."
    assert {name: shown.attrs[name] for name in ("min", "max", "step")} == {
        "min": "5",
        "max": "19",
        "step": "5",
    }
    listed = field(
        schema(
            a={
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "maxItems": 3,
                "uniqueItems": True,
            }
        )
    )
    assert listed.hint == "1 to 3 of them, each once."


def test_a_reference_into_the_schema_is_followed_and_a_circle_ends() -> None:
    made = schema(
        a={"$ref": "#/$defs/day", "title": "Day"}, b={"$ref": "#/$defs/loop"}, c={"$ref": "#/none"}
    )
    made["$defs"] = {"day": {"type": "string", "format": "date"}, "loop": {"$ref": "#/$defs/loop"}}
    assert (field(made).control, field(made).label) == ("date", "Day")
    assert field(made, "b").control == "json"
    made["$defs"]["tree"] = {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}}}
    made["properties"]["a"] = {"$ref": "#/$defs/tree"}
    assert "json" in {each.control for each in walk(describe(made).fields)}


def test_ids_and_names_are_safe_whatever_a_parameter_is_called() -> None:
    made = schema(**{"a b/c~d\n“": {"type": "string"}})
    shown = describe(made).fields[0]
    assert " " not in shown.id
    assert "\n" not in shown.name
    assert read(made, {shown.name: ["x"]})[0] == {"a b/c~d\n“": "x"}


def test_a_secret_is_picked_by_its_name() -> None:
    made = pick(
        "secret.admin", "Admin", [("one", "one"), ("two", "two")], value="two", error="Gone."
    )
    assert [each.value for each in made.options if each.selected] == ["two"]
    assert made.described_by == f"{made.id}-e"
    assert made.target == made.id


def test_no_member_of_a_group_has_the_id_of_the_group_s_hint_or_error() -> None:
    text = {"type": "string", "examples": ["a"], "description": "Said."}
    made = schema(
        g={"type": "object", "description": "About.", "properties": dict.fromkeys("hel", text)}
    )
    form = describe(made, {"g": {"h": "x"}}, [Problem("/g", "Not so.", "no")])
    ids = [
        part
        for each in walk(form.fields)
        for part in (each.id, *each.described_by.split(), each.options_id)
    ]
    assert len(set(ids)) == len(ids)
