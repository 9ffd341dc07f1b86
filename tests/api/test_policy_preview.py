"""`POST /api/policy/preview/`: what policy would say, of what one may see, and nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from governance.models import Decision
from governance.policy.bundle import load_bundle
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.api.calling import NO_SUCH_ID, Caller, caller_in, codes_of, is_problem
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner", "jobs"])

STEP = "- {id: a, task: core.set@1, with: {values: {}}}"
URL = "policy/preview/"


@pytest.fixture
def author_calls(acme: Tenant) -> Caller:
    calls = caller_in(acme, "author")
    calls.freeze(document(STEP))
    return calls


def asked(
    calls: Caller, action: str, kind: str, name: str = "", context: dict[str, str] | None = None
) -> dict[str, Any]:
    body = {"action": action, "resource": {"type": kind, "id": name}, "context": context or {}}
    answer = calls.post(URL, body)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def reasons(told: dict[str, Any]) -> list[str]:
    return [one["code"] for one in told["reasons"]]


def test_it_says_what_policy_would_say_and_by_which_revision(author_calls: Caller) -> None:
    told = asked(author_calls, "execution.start", "workflow", "tried")
    assert told == {
        "allow": True,
        "reasons": [],
        "obligations": [],
        "revision": load_bundle().revision,
    }


def test_the_circumstances_count(author_calls: Caller) -> None:
    start = ("execution.start", "workflow", "tried")
    assert reasons(asked(author_calls, *start, {"environment": "production"})) == [
        "purpose_not_for_production"
    ]
    there = {"environment": "production", "purpose": "hr.offboarding"}
    assert asked(author_calls, *start, there)["allow"] is True
    assert reasons(asked(author_calls, *start, {"purpose": "fun"})) == ["unknown_purpose"]


def test_every_reason_has_its_code_sentence_and_control(author_calls: Caller) -> None:
    (reason,) = asked(author_calls, "secret.write", "secret", "key")["reasons"]
    assert reason["code"] == "role_missing"
    assert "admin" in reason["message"]
    assert "SOC2" in reason["control"]


def test_an_execution_and_one_s_own_token_can_be_asked_about(author_calls: Caller) -> None:
    execution = author_calls.start().json()["id"]
    assert asked(author_calls, "execution.cancel", "execution", execution)["allow"] is True
    assert asked(author_calls, "token.create", "token")["allow"] is True
    assert asked(author_calls, "tenant.update", "tenant")["allow"] is False


def test_an_action_that_is_none_is_one_that_is_refused(author_calls: Caller) -> None:
    told = asked(author_calls, "workflow.destroy", "workflow", "tried")
    assert "unknown_action" in reasons(told)


def test_nothing_is_recorded(author_calls: Caller, acme: Tenant) -> None:
    with tenant_scope(acme.pk):
        before = Decision.objects.count()
        for action in ("execution.start", "workflow.archive", "secret.write"):
            asked(author_calls, action, "workflow", "tried")
        assert Decision.objects.count() == before


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("workflow", "other"),
        ("execution", NO_SUCH_ID),
        ("execution", "x"),
        ("approval", NO_SUCH_ID),
    ],
)
def test_what_is_not_there_is_not_found(author_calls: Caller, kind: str, name: str) -> None:
    body = {"action": "workflow.read", "resource": {"type": kind, "id": name}}
    is_problem(author_calls.post(URL, body), 404, "not_found")


def test_another_tenant_s_things_are_not_found(author_calls: Caller, globex: Tenant) -> None:
    elsewhere = caller_in(globex, "admin")
    execution = author_calls.start().json()["id"]
    for kind, name in (("execution", execution), ("workflow", "tried"), ("workflow", "acme/tried")):
        body = {"action": "execution.start", "resource": {"type": kind, "id": name}}
        is_problem(elsewhere.post(URL, body), 404, "not_found")


def test_a_token_must_be_allowed_to_ask(acme: Tenant) -> None:
    narrow = caller_in(acme, "author", scopes=["workflow.*"])
    body = {"action": "workflow.read", "resource": {"type": "tenant"}}
    problem = is_problem(narrow.post(URL, body), 403, "denied")
    assert [one["code"] for one in problem["reasons"]] == ["out_of_scope"]


def test_all_that_is_wrong_with_the_question_is_said(author_calls: Caller) -> None:
    answer = author_calls.post(URL, {"resource": {"kind": "x"}, "context": {"risk": "low"}})
    assert {path for path, _ in codes_of(answer)} >= {"/action", "/resource/type"}
    body = {"action": "workflow.read", "resource": {"type": "planet"}}
    assert codes_of(author_calls.post(URL, body)) == {("/resource/type", "not_a_choice")}
