"""The automatic checks, each by itself, on documents alone: no database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from catalog.document import Document, parse_document
from connectors.registry import registry
from marketplace.checking import Found, Simulated, Start, Subject
from marketplace.checks import approvals, examples, facts, hosts, policy, secrets, tasks
from tests.runtime.driving import document

STEP = "- {id: a, task: core.set@1, with: {values: {said: hello}}}"


def subject(steps: str = STEP, **words: Any) -> Subject:
    """What is checked: a document around these steps."""
    manifests = registry().manifests()
    return Subject(parse_document(document(steps, **words), manifests=manifests), manifests)


def codes(found: Any) -> list[tuple[str, str, str]]:
    return [(one.level, one.code, one.path) for one in found]


def set_to(value: str) -> Subject:
    return subject(f"- {{id: a, task: core.set@1, with: {{values: {{said: {value!r}}}}}}}")


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "xoxb-" + "123456789012-abcdefGHIJ",
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "postgres://root:hunter22@db.example/x",
        "eyJhbGciOiJIUzI1." + "eyJzdWIiOiIxMjM0." + "SflKxwRJSMeKKF2QT4",
        "Bearer " + "aaaabbbbccccddddeeeeffff",
    ],
)
def test_a_well_known_secret_in_clear_is_an_error_and_is_not_repeated(secret: str) -> None:
    (found,) = secrets.check(set_to(secret))
    assert (found.level, found.code) == ("error", "secret_in_clear")
    assert found.path == "/steps/0/with/values/said"
    assert secret not in f"{found.message} {found.hint}"


@pytest.mark.parametrize(
    "harmless",
    [
        "hello world",
        "${{ params.token }}",
        "sha256:" + "ab" * 32,
        "0190a000-0000-7000-8000-000000000071",
        "rotate-credentials-every-month-or-so",
        "https://directory.example/people",
    ],
)
def test_what_is_no_secret_is_left_alone(harmless: str) -> None:
    rest = subject().document
    frozen = {**rest.frozen, "outputs": {"said": harmless}}
    assert not list(secrets.check(Subject(Document(frozen), {})))


def test_what_looks_random_is_a_warning() -> None:
    (found,) = secrets.check(set_to("q9Zk2LmX7vB4tR8wYp3NcD6f"))
    assert found.level == "warning"


def test_a_default_under_the_name_of_a_secret_is_an_error() -> None:
    block = (
        "parameters: {type: object, properties: {password: {type: string, default: hunter2222}}}"
    )
    (found,) = secrets.check(subject(parameters=block))
    assert found.path == "/parameters/properties/password/default"


ASK = "- {id: ask, task: core.approval@1, with: {count: %s}}"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (STEP, [("error", "no_approval", "/steps")]),
        (ASK % 1, [("warning", "few_approvals", "/steps/0/with/count")]),
        (ASK % 2, []),
    ],
)
def test_high_risk_asks_people(steps: str, expected: list[tuple[str, str, str]]) -> None:
    assert codes(approvals.check(subject(steps, risk="high"))) == expected


def test_low_risk_asks_nobody() -> None:
    assert codes(approvals.check(subject())) == []


def test_approvals_of_policy_make_up_for_missing_ones() -> None:
    asked = replace(subject(risk="high"), start=Start(approvals=2))
    assert [level for level, _, _ in codes(approvals.check(asked))] == ["warning"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://directory.example", []),
        ("http://directory.example", ["host_in_clear"]),
        ("https://10.0.0.7", ["host_is_address"]),
        ("https://[2001:db8::1]", ["host_is_address"]),
        ("https://localhost", ["host_too_wide"]),
        ("https://*.example", ["host_too_wide"]),
    ],
)
def test_hosts_are_told_by_name_and_narrowly(url: str, expected: list[str]) -> None:
    plain = subject().document
    endpoint = {"directory": {"description": "People", "default": url}}
    checked = Subject(Document({**plain.frozen, "endpoints": endpoint}), {})
    assert [one.code for one in hosts.check(checked)] == expected


def test_an_unknown_task_is_an_error_and_a_deprecated_one_a_warning() -> None:
    plain = subject()
    manifest = plain.manifests["core.set@1"]
    assert codes(tasks.check(replace(plain, manifests={}))) == [
        ("error", "unknown_task", "/steps/0/task")
    ]
    old = {"core.set@1": replace(manifest, deprecated="Use core.transform@1.")}
    (found,) = tasks.check(replace(plain, manifests=old))
    assert found == Found(
        "warning",
        "deprecated_task",
        "core.set@1 is deprecated.",
        "/steps/0/task",
        "Use core.transform@1.",
    )


def test_missing_facts_are_errors() -> None:
    plain = subject().document
    metadata = {**plain.frozen["metadata"], "description": "", "changelog": "", "owner_team": ""}
    checked = Subject(Document({**plain.frozen, "metadata": metadata}), {})
    assert {(one.level, one.code) for one in facts.check(checked)} == {
        ("error", "description_missing"),
        ("error", "changelog_missing"),
        ("error", "owner_team_missing"),
    }


def test_an_example_that_fails_is_an_error_and_none_is_a_warning() -> None:
    plain = subject()
    assert [one.code for one in examples.check(plain)] == ["no_example"]
    failed = replace(plain, simulated=(Simulated("A leaver", "failed", "No such step."),))
    assert [one.level for one in examples.check(failed)] == ["warning", "error"]
    waits = replace(plain, simulated=(Simulated("A leaver", "waiting"),))
    assert [one.code for one in examples.check(waits)] == ["no_example"]


def test_what_policy_would_say_is_told() -> None:
    asked = replace(subject(), start=Start(denied=(("role_missing", "You may not."),), approvals=2))
    assert [(one.level, one.code) for one in policy.check(asked)] == [
        ("warning", "policy_role_missing"),
        ("info", "policy_approvals"),
    ]
