"""How what an installation was given becomes what a newer version asks for."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from catalog.document import Document, DocumentInvalid, parse_document
from catalog.migration_rules import Done, Migrated, migrate
from connectors.registry import registry

SCHEMA = {
    "type": "object",
    "properties": {
        "employee_email": {"type": "string"},
        "systems": {"type": "array", "items": {"type": "string"}},
        "notify": {"type": "boolean"},
    },
}


def document(*rules: dict[str, Any], **more: Any) -> Document:
    value = {
        "apiVersion": "maestro/v1",
        "kind": "Workflow",
        "metadata": {"name": "offboard", "title": "Offboard", "version": "3.0.0"},
        "parameters": SCHEMA,
        "steps": [{"id": "keep", "task": "core.set@1", "with": {"values": {}}}],
        "migrations": list(rules),
        **more,
    }
    return parse_document(yaml.safe_dump(value).encode(), manifests=registry().manifests())


def problems(*rules: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(DocumentInvalid) as refused:
        document(*rules)
    return [(problem.path, problem.code) for problem in refused.value.problems]


def migrated(
    given: dict[str, Any], *rules: dict[str, Any], version: str = "2.4.0", **more: Any
) -> Migrated:
    return migrate(
        document(*rules, **more), version=version, parameters=given, secrets={}, endpoints={}
    )


def test_a_parameter_gets_its_new_name() -> None:
    now = migrated(
        {"employee": "ana@acme.test"}, {"from": "<3.0.0", "rename": {"employee": "employee_email"}}
    )
    assert now.parameters == {"employee_email": "ana@acme.test"}
    assert [(note.done, note.name, note.to) for note in now.notes] == [
        (Done.RENAMED, "employee", "employee_email")
    ]


def test_a_rule_is_for_the_versions_of_its_range_alone() -> None:
    rule = {"from": "<2.0.0", "set": {"notify": False}}
    assert migrated({"notify": True}, rule).parameters == {"notify": True}
    assert migrated({"notify": True}, rule, version="1.9.9").parameters == {"notify": False}


def test_a_value_is_computed_from_what_was_given() -> None:
    rule = {"from": "*", "set": {"systems": '${{ params.systems + ["chat"] }}'}}
    now = migrated({"systems": ["cloud"]}, rule)
    assert now.parameters == {"systems": ["cloud", "chat"]}
    assert (now.notes[0].before, now.notes[0].after) == (["cloud"], ["cloud", "chat"])


def test_a_default_fills_in_only_what_is_missing() -> None:
    rule = {"from": "*", "default": {"notify": True}}
    assert migrated({"notify": False}, rule).parameters == {"notify": False}
    assert migrated({}, rule).parameters == {"notify": True}


def test_rules_are_applied_one_after_the_other() -> None:
    now = migrated(
        {"mail": "ana@acme.test"},
        {"from": "<2.0.0", "rename": {"mail": "employee_email"}},
        {"from": "<3.0.0", "set": {"systems": "${{ [params.employee_email] }}"}},
        version="1.0.0",
    )
    assert now.parameters == {"employee_email": "ana@acme.test", "systems": ["ana@acme.test"]}


def test_two_names_may_change_places() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    rule = {"from": "*", "rename": {"a": "b", "b": "a"}}
    now = migrated({"a": "1", "b": "2"}, rule, parameters=schema)
    assert (now.parameters, now.problems) == ({"a": "2", "b": "1"}, [])


def test_a_new_name_that_is_taken_is_a_problem_and_takes_nothing() -> None:
    given = {"employee": "ana@acme.test", "employee_email": "eva@acme.test"}
    now = migrated(given, {"from": "*", "rename": {"employee": "employee_email"}})
    assert [(problem.path, problem.code) for problem in now.problems] == [
        ("/parameters/employee_email", "migration_conflict")
    ]
    assert now.parameters["employee_email"] == "eva@acme.test"


def test_a_rule_that_fails_is_told_with_the_parameter_it_was_for() -> None:
    now = migrated({}, {"from": "*", "set": {"systems": "${{ params.nothing }}"}})
    assert [(problem.path, problem.code) for problem in now.problems] == [
        ("/parameters/systems", "migration_failed")
    ]


def test_what_the_new_version_does_not_know_is_left_out_and_said() -> None:
    now = migrated({"employee_email": "ana@acme.test", "ticket": "T-1"})
    assert now.parameters == {"employee_email": "ana@acme.test"}
    assert [(note.done, note.name, note.before) for note in now.notes] == [
        (Done.LEFT_OUT, "ticket", "T-1")
    ]


def test_secrets_and_endpoints_keep_what_they_are_bound_to_under_their_new_name() -> None:
    rule = {"from": "*", "secrets": {"token": "admin"}, "endpoints": {"people": "directory"}}
    asked = document(
        rule,
        secrets={"admin": {}},
        endpoints={"directory": {"default": "https://directory.example"}},
    )
    now = migrate(
        asked,
        version="2.0.0",
        parameters={},
        secrets={"token": "stored-token", "unused": "x"},
        endpoints={"people": "https://people.example"},
    )
    assert now.secrets == {"admin": "stored-token"}
    assert now.endpoints == {"directory": "https://people.example"}
    assert [(note.done, note.part) for note in now.notes] == [
        (Done.RENAMED, "secrets"),
        (Done.RENAMED, "endpoints"),
        (Done.LEFT_OUT, "secrets"),
    ]


def test_a_document_without_migrations_keeps_its_digest() -> None:
    assert "migrations" not in document().frozen


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"from": "soon"}, ("/migrations/0/from", "range_invalid")),
        (
            {"from": "*", "rename": {"old": "new"}},
            ("/migrations/0/rename/old", "unknown_migration_target"),
        ),
        ({"from": "*", "set": {"notfy": 1}}, ("/migrations/0/set/notfy", "unknown_migration_target")),
        (
            {"from": "*", "default": {"notify": "${{ execution.tenant }}"}},
            ("/migrations/0/default/notify", "migration_sees_params"),
        ),
        (
            {"from": "*", "set": {"notify": "${{ secrets.token }}"}},
            ("/migrations/0/set/notify", "migration_sees_params"),
        ),
        (
            {"from": "*", "rename": {"a": "notify", "b": "notify"}},
            ("/migrations/0/rename", "migration_conflict"),
        ),
    ],
)  # fmt: skip
def test_a_rule_that_can_lead_nowhere_is_refused(
    rule: dict[str, Any], found: tuple[str, str]
) -> None:
    assert problems(rule) == [found]


@given(
    st.dictionaries(
        st.sampled_from(["employee_email", "systems", "notify", "old", "older"]), st.booleans()
    )
)
def test_nothing_is_lost_without_a_word(given: dict[str, Any]) -> None:
    now = migrated(given, {"from": "*", "rename": {"old": "notify"}})
    told = {note.name for note in now.notes}
    for name in given:
        assert name in now.parameters or name in told or now.problems
    assert set(now.parameters) <= {"employee_email", "systems", "notify"}
