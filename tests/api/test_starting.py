"""`POST /api/executions/`: what is answered, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connections

from governance.models import Decision
from maestro.kernel.tenant import tenant_scope
from maestro.router.admission import Admission, use_policy
from maestro.runtime.models import Execution
from maestro.tenancy.models import Tenant
from tests.api.calling import Answer, Caller, caller_in, codes_of, is_problem, store_secret
from tests.runtime.driving import ALIASES, document

HERE = pytest.mark.django_db(databases=["default", "owner"])
COMMITTED = pytest.mark.django_db(transaction=True, databases=ALIASES)

STEP = "- {id: a, task: core.set@1, with: {values: {n: '${{ params.n }}'}}}"
NUMBER = """
parameters:
  type: object
  required: [n, day]
  additionalProperties: false
  properties: {n: {type: integer, minimum: 1}, day: {type: string, format: date}, on: {type: boolean, default: true}}
"""
GOOD = {"n": 1, "day": "2026-12-18"}


def numbered(**more: str) -> bytes:
    return document(STEP, parameters=NUMBER, **more)


@HERE
def test_a_start_is_answered_with_the_execution(author_calls: Caller, acme: Tenant) -> None:
    digest = author_calls.freeze(numbered()).json()["digest"]
    started = author_calls.start(parameters=GOOD)
    assert started.status_code == 201
    body = started.json()
    assert started["Location"] == f"/api/executions/{body['id']}/"
    assert {
        name: body[name] for name in ("status", "workflow", "version", "digest", "purpose")
    } == {
        "status": "queued",
        "workflow": "acme/tried",
        "version": "1.0.0",
        "digest": digest,
        "purpose": "practice",
    }
    assert body["parameters"] == {**GOOD, "on": True}
    assert body["trigger"] == "api"
    assert body["started_by"] == str(author_calls.user.pk)
    with tenant_scope(acme.pk):
        assert Execution.objects.get().pk == UUID(body["id"])


@HERE
def test_a_version_may_be_named(author_calls: Caller) -> None:
    author_calls.freeze(numbered())
    author_calls.freeze(numbered(version="1.1.0"))
    assert author_calls.start(parameters=GOOD).json()["version"] == "1.1.0"
    older = author_calls.start(parameters=GOOD, version="1.0.0")
    assert older.json()["version"] == "1.0.0"
    is_problem(author_calls.start(parameters=GOOD, version="9.0.0"), 404, "not_found")


@HERE
def test_what_is_not_there_is_not_found(author_calls: Caller, stranger_calls: Caller) -> None:
    author_calls.freeze(numbered())
    is_problem(author_calls.start("nothing"), 404, "not_found")
    is_problem(stranger_calls.start("tried"), 404, "not_found")
    is_problem(stranger_calls.start("acme/tried"), 404, "not_found")


@HERE
def test_every_problem_with_parameters_comes_at_once(author_calls: Caller) -> None:
    author_calls.freeze(numbered())
    refused = author_calls.start(parameters={"n": 0, "day": "soon", "colour": "red"})
    is_problem(refused, 400, "inputs_invalid")
    assert {path for path, _ in codes_of(refused)} == {
        "/parameters/n",
        "/parameters/day",
        "/parameters/colour",
    }
    missing = author_calls.start()
    assert {path for path, _ in codes_of(missing)} == {"/parameters/n", "/parameters/day"}


@HERE
def test_every_problem_with_the_body_comes_at_once(author_calls: Caller) -> None:
    refused = author_calls.post(
        "executions/", {"params": {}, "parameters": [], "version": {}, "secrets": {"a": {}}}
    )
    document = is_problem(refused, 400, "invalid_input")
    problems = {one["path"]: one for one in document["problems"]}
    assert set(problems) == {"/workflow", "/params", "/parameters", "/version", "/secrets/a"}
    assert problems["/params"]["message"] == "There is no key params here. Do you mean parameters?"


@HERE
@pytest.mark.parametrize("value", [2**53, 10**400, -(2**60)])
def test_an_integer_that_programs_read_differently_is_refused(
    author_calls: Caller, value: int
) -> None:
    author_calls.freeze(numbered())
    refused = author_calls.start(parameters={"n": value, "day": "2026-12-18"})
    is_problem(refused, 400, "invalid_input")
    assert codes_of(refused) == {("/parameters/n", "number_too_large")}


@HERE
def test_a_secret_that_is_not_stored_is_named(author_calls: Caller, acme: Tenant) -> None:
    step = """
    - id: a
      task: http.request@1
      with: {url: "${{ endpoints.there }}", auth: {bearer: "${{ secrets.key }}"}}
    """
    rest = (
        'secrets: {key: {description: A key}}\nendpoints: {there: {default: "https://a.example"}}'
    )
    author_calls.freeze(document(step, rest=rest))
    missing = author_calls.start()
    assert codes_of(missing) == {("/secrets/key", "secret_missing")}
    other = author_calls.start(secrets={"key": "elsewhere", "lock": "key"})
    assert codes_of(other) == {
        ("/secrets/key", "unknown_secret"),
        ("/secrets/lock", "not_a_secret"),
    }
    store_secret(acme, "elsewhere")
    assert author_calls.start(secrets={"key": "elsewhere"}).json()["secrets"] == {
        "key": "elsewhere"
    }


@HERE
def test_who_only_looks_starts_nothing(author_calls: Caller, viewer_calls: Caller) -> None:
    author_calls.freeze(numbered())
    denied = is_problem(viewer_calls.start(parameters=GOOD), 403, "denied")
    assert [reason["code"] for reason in denied["reasons"]] == ["role_missing"]
    assert denied["reasons"][0]["control"]
    assert UUID(denied["decision"])


@HERE
def test_a_workflow_without_a_version_can_not_be_started(author_calls: Caller) -> None:
    facts = {"slug": "empty", "title": "E", "category": "HR", "owner_team": "T"}
    author_calls.post("workflows/", facts)
    is_problem(author_calls.start("empty"), 409, "no_version")


@HERE
def test_the_same_key_and_request_give_the_same_execution(author_calls: Caller) -> None:
    author_calls.freeze(numbered())
    key = {"Idempotency-Key": "once"}
    body = {"workflow": "tried", "parameters": GOOD}
    first = author_calls.post("executions/", body, headers=key)
    again = author_calls.post("executions/", body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert author_calls.start(parameters=GOOD).json()["id"] != first.json()["id"]


@HERE
def test_the_same_key_with_another_request_is_a_conflict(author_calls: Caller) -> None:
    author_calls.freeze(numbered())
    key = {"Idempotency-Key": "once"}
    first = author_calls.post("executions/", {"workflow": "tried", "parameters": GOOD}, headers=key)
    other = author_calls.post(
        "executions/", {"workflow": "tried", "parameters": {**GOOD, "n": 2}}, headers=key
    )
    conflict = is_problem(other, 409, "idempotency_key_reused")
    assert conflict["execution"] == first.json()["id"]
    purpose = {**key, "X-Purpose": "finops.review"}
    for_more = author_calls.post(
        "executions/", {"workflow": "tried", "parameters": GOOD}, headers=purpose
    )
    is_problem(for_more, 409, "idempotency_key_reused")


@HERE
def test_a_key_is_of_its_tenant(acme: Tenant, globex: Tenant) -> None:
    ids = set()
    for tenant in (acme, globex):
        calls = caller_in(tenant, "author")
        calls.freeze(numbered())
        started = calls.post(
            "executions/",
            {"workflow": "tried", "parameters": GOOD},
            headers={"Idempotency-Key": "shared"},
        )
        ids.add(started.json()["id"])
    assert len(ids) == 2


@HERE
@pytest.mark.parametrize("key", ["k" * 256, "a\x00b", "a\tb"])
def test_a_key_that_can_not_be_kept_is_refused(author_calls: Caller, key: str) -> None:
    author_calls.freeze(numbered())
    refused = author_calls.post(
        "executions/",
        {"workflow": "tried", "parameters": GOOD},
        headers={"Idempotency-Key": key},
    )
    is_problem(refused, 400, "invalid_input")
    assert codes_of(refused) == {("/Idempotency-Key", "invalid")}
    longest = author_calls.post(
        "executions/",
        {"workflow": "tried", "parameters": GOOD},
        headers={"Idempotency-Key": "k" * 255},
    )
    assert longest.status_code == 201


@COMMITTED
def test_fifty_equal_posts_at_the_same_time_make_one_execution(
    author_calls: Caller, acme: Tenant
) -> None:
    author_calls.freeze(numbered())
    body = {"workflow": "tried", "parameters": GOOD}
    together = Barrier(50)

    def post(_: int) -> Answer:
        try:
            together.wait(30)
            return author_calls.post("executions/", body, headers={"Idempotency-Key": "storm"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(post, range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers) == 1
    with tenant_scope(acme.pk):
        assert Execution.objects.count() == 1


@HERE
def test_a_start_over_budget_is_told_when_to_ask_again_and_leaves_nothing(
    author_calls: Caller, acme: Tenant
) -> None:
    author_calls.freeze(numbered())
    before = use_policy(lambda tenant_id, work_class: Admission(admitted=False, retry_after=7.4))
    try:
        refused = author_calls.start(parameters=GOOD)
    finally:
        use_policy(before)
    is_problem(refused, 429, "rate_limited")
    assert refused["Retry-After"] == "7"
    with tenant_scope(acme.pk):
        assert not Execution.objects.exists()
        assert not Decision.objects.filter(action="execution.start").exists()
