"""What is wrong with a form: at its fields, and in its summary."""

from __future__ import annotations

from maestro.kernel.errors import Problem
from maestro.runtime.pages.forms import describe
from tests.pages.questions import schema


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
