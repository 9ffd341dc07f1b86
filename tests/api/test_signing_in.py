"""Who calls: tokens, sessions, tenants."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.clock import now
from maestro.kernel.models import ClockOffset
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import ApiToken, Membership, Tenant
from maestro.tenancy.services.revoke_token import revoke_token
from tests.api.calling import Caller, caller_in, is_problem
from tests.factories import actor_of, make_member, make_user
from tests.runtime.driving import ALIASES, document

HERE = pytest.mark.django_db(databases=["default", "owner"])
COMMITTED = pytest.mark.django_db(transaction=True, databases=ALIASES)
BACKEND = "django.contrib.auth.backends.ModelBackend"

STEP = "- {id: a, task: core.set@1, with: {values: {}}}"
FACTS = {"slug": "made", "title": "Made", "category": "HR", "owner_team": "T"}


@HERE
def test_without_a_token_the_answer_asks_for_one(author_calls: Caller) -> None:
    answer = author_calls.get("workflows/", headers={"Authorization": None})
    is_problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="maestro"'


@HERE
def test_unknown_expired_and_revoked_tokens_and_those_of_who_left_get_the_same_answer(
    acme: Tenant,
) -> None:
    unknown, expired, revoked, left, inactive = (caller_in(acme, "admin") for _ in range(5))
    unknown.headers["Authorization"] = "Bearer mst_" + "x" * 43
    with tenant_scope(acme.pk):
        ApiToken.objects.filter(pk=expired.token.pk).update(expires_at=now() - timedelta(seconds=1))
        Membership.objects.filter(user=left.user).delete()
    revoke_token(actor=actor_of(acme, "admin"), tenant_id=acme.pk, token_id=revoked.token.pk)
    inactive.user.is_active = False
    inactive.user.save()
    answers = [calls.get("workflows/") for calls in (unknown, expired, revoked, left, inactive)]
    for answer in answers:
        is_problem(answer, 401, "not_authenticated")
        assert answer["WWW-Authenticate"] == 'Bearer realm="maestro"'
    assert len({answer.content for answer in answers}) == 1


@HERE
@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "mst_x", "Bearer  "])
def test_another_kind_of_credentials_is_not_understood(author_calls: Caller, header: str) -> None:
    answer = author_calls.get("workflows/", headers={"Authorization": header})
    is_problem(answer, 401, "not_authenticated")


@HERE
def test_a_token_does_nothing_outside_its_scopes(acme: Tenant, author_calls: Caller) -> None:
    author_calls.freeze(document(STEP))
    reader = caller_in(acme, "author", scopes=["workflow.read"])
    assert reader.get("workflows/").status_code == 200
    for denied in (
        reader.get("executions/"),
        reader.start(),
        reader.patch("workflows/tried/", {"title": "Mine"}),
        reader.post("tokens/", {"name": "same", "scopes": ["workflow.read"]}),
    ):
        document_ = is_problem(denied, 403, "denied")
        assert {reason["code"] for reason in document_["reasons"]} == {"out_of_scope"}
    runner = caller_in(acme, "author", scopes=["execution.*"])
    assert runner.start().status_code == 201
    is_problem(runner.get("workflows/"), 403, "denied")


@HERE
def test_a_token_belongs_to_one_tenant(author_calls: Caller, globex: Tenant) -> None:
    make_member(globex, "admin", user=author_calls.user)
    for slug in ("globex", "nowhere"):
        answer = author_calls.get("workflows/", headers={"X-Maestro-Tenant": slug})
        is_problem(answer, 404, "not_found")
    own = author_calls.get("workflows/", headers={"X-Maestro-Tenant": "acme"})
    assert own.status_code == 200


@COMMITTED
def test_the_last_use_of_a_token_is_noted_once_a_minute(author_calls: Caller, acme: Tenant) -> None:
    def last_used() -> object:
        with tenant_scope(acme.pk):
            return ApiToken.objects.get(pk=author_calls.token.pk).last_used_at

    assert last_used() is None
    author_calls.get("workflows/")
    first = last_used()
    assert first is not None
    author_calls.get("workflows/")
    assert last_used() == first
    ClockOffset.objects.using("owner").create(id=1, seconds=61)
    author_calls.get("workflows/")
    assert last_used() != first


@HERE
def test_a_session_writes_only_with_its_csrf_token(acme: Tenant) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("tenancy:login"))
    token = client.cookies["csrftoken"].value
    client.force_login(make_member(acme, "author"), BACKEND)
    assert client.get("/api/workflows/").status_code == 200
    headers = {"X-Purpose": "practice"}
    refused = client.post("/api/workflows/", FACTS, "application/json", headers=headers)
    problem = is_problem(refused, 403, "csrf_failed")
    assert problem["hint"]
    made = client.post(
        "/api/workflows/", FACTS, "application/json", headers={**headers, "X-CSRFToken": token}
    )
    assert made.status_code == 201, made.content


@HERE
def test_a_bearer_token_needs_no_csrf_token_even_beside_a_session(author_calls: Caller) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(author_calls.user, BACKEND)
    made = client.post("/api/workflows/", FACTS, "application/json", headers=author_calls.headers)
    assert made.status_code == 201


@HERE
def test_a_session_chooses_among_its_own_tenants(acme: Tenant, globex: Tenant) -> None:
    person = make_member(acme, "author")
    make_member(globex, "viewer", user=person)
    caller_in(globex, "author").freeze(document(STEP, name="theirs"), "theirs")
    client = Client()
    client.force_login(person, BACKEND)

    def found(tenant: str) -> list[str]:
        answer = client.get("/api/workflows/", headers={"X-Maestro-Tenant": tenant})
        return [one["slug"] for one in answer.json()["results"]]

    assert (found("acme"), found("globex")) == ([], ["theirs"])
    foreign = client.get("/api/workflows/", headers={"X-Maestro-Tenant": "initech"})
    is_problem(foreign, 404, "not_found")
    stranger = Client()
    stranger.force_login(make_member(acme, "admin"), BACKEND)
    same = stranger.get("/api/workflows/", headers={"X-Maestro-Tenant": "globex"})
    assert is_problem(same, 404, "not_found")["hint"] == foreign.json()["hint"]


@HERE
def test_somebody_without_any_tenant_is_refused(db: None) -> None:
    client = Client()
    client.force_login(make_user(), BACKEND)
    is_problem(client.get("/api/workflows/"), 403, "denied")


@HERE
def test_nobody_signed_in_gets_a_challenge_for_writes_as_well(db: None) -> None:
    answer = Client().post("/api/executions/", {}, "application/json")
    is_problem(answer, 401, "not_authenticated")
