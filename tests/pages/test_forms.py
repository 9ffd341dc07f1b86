"""The run form, question by question."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from maestro.kernel.errors import Problem
from maestro.runtime.pages.editing import edit
from maestro.runtime.pages.fields import Field, Raw, walk
from maestro.runtime.pages.forms import describe, pick
from maestro.runtime.pages.reading import read

LISBON = ZoneInfo("Europe/Lisbon")


def schema(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required or []}


def field(made: dict[str, Any], name: str = "a", **more: Any) -> Field:
    return next(each for each in walk(describe(made, **more).fields) if each.path == f"/{name}")


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


def test_an_empty_optional_answer_is_absent_and_a_needed_one_is_a_problem() -> None:
    made = schema(["b"], a={"type": "integer"}, b={"type": "string"}, c={"enum": ["x"]})
    values, problems = read(made, {"p/a": [" "], "p/b": [""], "p/c": [""]})
    assert values == {}
    assert [(each.path, each.code) for each in problems] == [("/b", "required")]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", " 12 ", 12),
        ("integer", "1e3", 1000),
        ("integer", "-0", 0),
        ("integer", "9" * 40, int("9" * 40)),
        ("number", "2.50", 2.5),
        ("number", ".5", 0.5),
        ("number", "3", 3),
    ],
)
def test_a_number_is_read_as_a_number(kind: str, text: str, value: float) -> None:
    read_values, problems = read(schema(a={"type": kind}), {"p/a": [text]})
    assert (read_values, problems) == ({"a": value}, ())


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("integer", "a dozen", "not_a_number"),
        ("integer", "2.5", "not_an_integer"),
        ("integer", "٣", "not_a_number"),
        ("integer", "9" * 5000, "not_a_number"),
        ("number", "1e999", "not_a_number"),
        ("number", "nan", "not_a_number"),
        ("number", "3,5", "not_a_number"),
    ],
)
def test_what_is_no_number_is_said_and_shown_again(kind: str, text: str, code: str) -> None:
    made = schema(a={"type": kind})
    values, problems = read(made, {"p/a": [text]})
    assert [each.code for each in problems] == [code]
    assert isinstance(values["a"], Raw)
    again = field(made, values=values, problems=problems)
    assert (again.control, again.value) == ("text", text)
    assert again.error


def test_a_newline_is_one_newline_whatever_the_browser_sends() -> None:
    made = schema(a={"type": "string", "x-multiline": True})
    assert read(made, {"p/a": ["one\r\ntwo"]})[0] == {"a": "one\ntwo"}


def test_a_date_and_time_is_in_the_zone_of_the_viewer() -> None:
    made = schema(a={"type": "string", "format": "date-time"})
    assert read(made, {"p/a": ["2026-07-01T09:30"]}, zone=LISBON)[0] == {
        "a": "2026-07-01T09:30:00+01:00"
    }
    assert read(made, {"p/a": ["2026-12-01T09:30"]}, zone=LISBON)[0] == {
        "a": "2026-12-01T09:30:00Z"
    }
    shown = field(made, values={"a": "2026-07-01T09:30:00+01:00"}, zone=LISBON)
    assert (shown.control, shown.value) == ("datetime-local", "2026-07-01T09:30:00")
    other = field(made, values={"a": "2026-07-01T09:30:00+09:00"}, zone=LISBON)
    assert (other.control, other.value) == ("text", "2026-07-01T09:30:00+09:00")


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


def notices() -> dict[str, Any]:
    def case(kind: str, **properties: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "title": kind.title(),
            "required": ["kind", *properties],
            "properties": {"kind": {"const": kind}, **properties},
        }

    mail = case("mail", to={"type": "string"}, days={"type": "integer"})
    chat = case("chat", room={"type": "string"}, days={"type": "integer"})
    return schema(["a"], a={"oneOf": [mail, chat]})


def test_a_case_is_chosen_first_and_only_its_questions_are_asked() -> None:
    made = notices()
    assert [each.path for each in field(made).fields] == ["/a/kind"]
    shown = field(made, values={"a": {"kind": "chat", "room": "ops", "days": 3}})
    assert [each.path for each in shown.fields] == ["/a/kind", "/a/room", "/a/days"]
    assert [each.switches for each in shown.fields] == [True, False, False]
    assert [(each.label, each.selected) for each in shown.fields[0].options] == [
        ("Mail", False),
        ("Chat", True),
    ]


def test_another_case_asks_its_own_questions_and_keeps_the_answers_they_share() -> None:
    made = notices()
    posted = {"p/a/kind": ["mail"], "p/a/room": ["ops"], "p/a/days": ["3"], "change": ["p/a/kind"]}
    assert edit(made, posted) == {"a": {"kind": "mail", "days": 3}}
    values, problems = read(made, posted)
    assert [(each.path, each.code) for each in problems] == [("/a/to", "required")]
    assert values == {"a": {"kind": "mail", "days": 3}}


def test_a_case_that_is_none_is_said() -> None:
    _, problems = read(notices(), {"p/a/kind": ["fax"]})
    assert [each.code for each in problems] == ["not_a_choice"]


def test_cases_that_nothing_tells_apart_are_asked_for_as_json() -> None:
    made = notices()
    made["properties"]["a"]["oneOf"][1]["properties"]["kind"]["const"] = "mail"
    assert field(made).control == "json"
    assert field(schema(a={"oneOf": [{"type": "string"}, {"type": "integer"}]})).control == "json"


def test_a_row_that_the_schema_does_not_know_makes_the_list_json() -> None:
    assert field(doors(), values={"a": [{"name": "x", "other": 1}]}).control == "json"
    assert field(doors(), values={"a": ["x"]}).control == "json"


def test_a_group_that_may_be_left_out_asks_for_nothing_until_it_is_begun() -> None:
    made = schema(
        g={
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "string"}, "b": {"type": "boolean"}},
        }
    )
    assert read(made, {"p/g/a": [""], "p/g/b": [""]}) == ({}, ())
    values, problems = read(made, {"p/g/a": [""], "p/g/b": ["true"]})
    assert values == {"g": {"b": True}}
    assert [each.path for each in problems] == ["/g/a"]


def test_what_the_form_does_not_know_is_asked_for_as_json_and_kept() -> None:
    made = schema(a={"type": "string"})
    form = describe(made, {"a": "x", "other": [1]})
    assert form.fields[-1].control == "json"
    assert read(made, {"p/a": ["x"], "j": [form.fields[-1].value]}) == (
        {"a": "x", "other": [1]},
        (),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "not_json"),
        ("NaN", "not_json"),
        ('{"b": 1, "b": 2}', "not_json"),
        ("[" * 100_000, "too_deep"),
        ("[" + "9" * 5000 + "]", "not_json"),
    ],
)
def test_json_that_can_not_be_read_is_said_and_kept(text: str, code: str) -> None:
    made = schema(a={})
    values, problems = read(made, {"j/a": [text]})
    assert [each.code for each in problems] == [code]
    assert field(made, values=values, problems=problems).value == text


@pytest.mark.parametrize(("text", "code"), [("[1]", "not_an_object"), ('{"a": 1}', "asked_twice")])
def test_other_parameters_are_an_object_of_other_names(text: str, code: str) -> None:
    made = {**schema(a={"type": "string"}), "additionalProperties": True}
    values, problems = read(made, {"j": [text]})
    assert (values, [each.code for each in problems]) == ({}, [code])
    assert describe(made, values, problems).summary[0].target == "p.extra"


def test_a_problem_stands_at_its_field_and_the_summary_leads_there() -> None:
    made = schema(["last_day"], last_day={"type": "string", "format": "date", "title": "Last day"})
    late = Problem("/last_day", "It is over.", "too_early", "Choose a later one.")
    form = describe(made, {"last_day": "2026-01-01"}, [late, late, Problem("", "Not today.", "no")])
    assert form.fields[0].error == "It is over. Choose a later one."
    assert form.fields[0].described_by == "p-last_day-e"
    assert [(each.text, each.target) for each in form.summary] == [
        ("Not today.", ""),
        ("Last day: It is over. Choose a later one.", "p-last_day"),
    ]


def test_a_problem_deep_inside_goes_to_the_nearest_control() -> None:
    made = schema(a={}, g={"type": "object", "properties": {"b": {"type": "string"}}})
    form = describe(
        made, {"a": {"x": 1}, "g": {}}, [Problem("/a/x/0", "deep", "c"), Problem("/g/c", "in", "c")]
    )
    assert [each.error for each in form.fields] == ["deep", "in"]


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


def test_the_summary_names_the_row_that_is_wrong() -> None:
    person = {
        "type": "object",
        "title": "Person",
        "properties": {"mail": {"type": "string", "title": "Mail"}},
    }
    made = schema(
        people={"type": "array", "title": "People", "items": person},
        days={"type": "array", "title": "Days", "items": {"type": "integer"}},
    )
    form = describe(
        made,
        {"people": [{"mail": "a"}, {"mail": "b"}], "days": [1, 2, 3]},
        [
            Problem("/people/1/mail", "No.", "no"),
            Problem("/days/0", "Too early.", "no"),
            Problem("/days/2", "Too late.", "no"),
        ],
    )
    assert [(each.text, each.target) for each in form.summary] == [
        ("Person 2, Mail: No.", "p-people-1-mail"),
        ("Days 1: Too early.", "p-days-0"),
        ("Days 3: Too late.", "p-days-2"),
    ]
