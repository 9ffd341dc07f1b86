"""Every write says what it is for, and every read that is audited."""

from __future__ import annotations

import pytest

from governance.purposes import purposes
from tests.api.calling import NO_SUCH_ID, Caller, is_problem
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STEP = "- {id: a, task: core.set@1, with: {values: {}}}"
WRITES = [
    ("POST", "workflows/"),
    ("PATCH", "workflows/tried/"),
    ("POST", "workflows/tried/versions/"),
    ("POST", "validate/"),
    ("POST", "simulate/"),
    ("POST", "executions/"),
    ("POST", f"executions/{NO_SUCH_ID}/cancel/"),
    ("POST", f"executions/{NO_SUCH_ID}/rerun/"),
    ("POST", f"executions/{NO_SUCH_ID}/steps/a/decide/"),
    ("PATCH", "me/"),
    ("POST", "tokens/"),
    ("DELETE", f"tokens/{NO_SUCH_ID}/"),
    ("PUT", "secrets/tried/link/"),
]
AUDITED = [
    ("GET", "access/"),
    ("GET", "access/export/"),
    ("GET", "audit/"),
    ("GET", "audit/export/"),
    ("GET", f"executions/{NO_SUCH_ID}/evidence/"),
]


@pytest.mark.parametrize(("method", "path"), [*WRITES, *AUDITED])
def test_what_is_asked_without_a_purpose_is_refused(
    author_calls: Caller, method: str, path: str
) -> None:
    refused = author_calls.call(method, path, {}, headers={"X-Purpose": None})
    document = is_problem(refused, 400, "purpose_required")
    assert document["purposes"] == [purpose.name for purpose in purposes()]
    assert document["hint"]


@pytest.mark.parametrize(("method", "path"), [*WRITES, *AUDITED])
def test_a_purpose_that_is_not_in_the_registry_is_refused(
    author_calls: Caller, method: str, path: str
) -> None:
    refused = author_calls.call(method, path, {}, headers={"X-Purpose": "fun"})
    is_problem(refused, 400, "unknown_purpose")


def test_another_read_needs_no_purpose(author_calls: Caller) -> None:
    assert author_calls.get("workflows/", headers={"X-Purpose": None}).status_code == 200
    assert author_calls.get("executions/", headers={"X-Purpose": None}).status_code == 200


def test_the_purpose_is_kept_with_the_execution_and_its_decision(author_calls: Caller) -> None:
    author_calls.freeze(document(STEP))
    started = author_calls.post(
        "executions/", {"workflow": "tried"}, headers={"X-Purpose": "audit.evidence"}
    ).json()
    assert started["purpose"] == "audit.evidence"
