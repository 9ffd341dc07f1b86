"""From what a form posted back to values."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from maestro.runtime.pages.fields import Raw
from maestro.runtime.pages.forms import describe
from maestro.runtime.pages.reading import read
from tests.pages.questions import field, schema

LISBON = ZoneInfo("Europe/Lisbon")


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
