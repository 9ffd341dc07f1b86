"""A question of the run form that has cases, of which one is chosen first."""

from __future__ import annotations

from typing import Any

from maestro.runtime.pages.editing import edit
from maestro.runtime.pages.reading import read
from tests.pages.questions import field, schema


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
