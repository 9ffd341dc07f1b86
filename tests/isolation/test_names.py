"""A name that another tenant has is free: taking it succeeds, and says nothing of the other."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maestro.tenancy.models import Tenant
from tests.api.calling import Caller, caller_in, store_secret
from tests.console.conftest import signed_in
from tests.factories import make_member, make_user
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STEPS = "- {id: a, task: core.set@1, with: {values: {}}}"
FACTS = {"slug": "taken", "title": "Taken", "category": "HR", "owner_team": "People"}
KEY = {"Idempotency-Key": "the-same-key"}


def calls_in(tenant: Tenant) -> Caller:
    return caller_in(tenant, "admin", "author", "operator")


@pytest.fixture
def theirs(acme: Tenant) -> Caller:
    """Acme has taken every name."""
    calls = calls_in(acme)
    calls.post("workflows/", FACTS)
    calls.freeze(document(STEPS), "tried")
    assert calls.start("tried").status_code == 201
    assert calls.post("executions/", {"workflow": "tried"}, headers=KEY).status_code == 201
    assert calls.post("tokens/", {"name": "taken"}).status_code == 201
    store_secret(acme, "taken")
    return calls


@pytest.mark.usefixtures("theirs")
def test_the_same_names_and_keys_are_taken_as_if_nobody_had_them(globex: Tenant) -> None:
    ours = calls_in(globex)
    answers: list[Any] = [
        ours.post("workflows/", FACTS),
        ours.post("workflows/tried/versions/", document(STEPS), media_type="application/yaml"),
        ours.post("executions/", {"workflow": "tried"}, headers=KEY),
        ours.post("tokens/", {"name": "taken"}),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 201]
    assert all("Idempotency-Replayed" not in answer for answer in answers)
    assert all(b"acme" not in answer.content for answer in answers)
    page = signed_in(ours.user).post(
        reverse("secrets:list"),
        {"name": "taken", "value": "ours", "description": "", "purpose": "practice"},
    )
    assert page.status_code == 302, page.content.decode()


def test_an_address_is_the_platforms_and_says_nothing_of_a_tenant(
    acme: Tenant, globex: Tenant
) -> None:
    """Accounts are the platform's: who adds people learns that there is one, and not where else.

    That takes the whole address and the right to add members, and leaves a decision and a receipt.
    """
    admin = signed_in(make_member(globex, "admin"))
    elsewhere = make_member(acme, "admin", user=make_user("ana@people.test", name="Ana"))
    nowhere = make_user("bob@people.test", name="Bob")
    said = [_added(admin, person.email) for person in (elsewhere, nowhere)]
    assert said[0].replace("ana", "bob").replace("Ana", "Bob") == said[1]
    assert "Bob" in said[1]
    assert "acme" not in said[0].lower()
    operator = signed_in(make_member(globex, "operator"))
    refused = [_added(operator, email) for email in ("eve@people.test", "zoe@people.test")]
    make_member(acme, "viewer", user=make_user("eve@people.test"))
    known = _added(operator, "eve@people.test")
    assert "role_missing" in known
    assert known == refused[0] == refused[1].replace("zoe@", "eve@")


def _added(client: Client, email: str) -> str:
    """What a page says when somebody is added to the tenant, without what is new on every page."""
    answer = client.post(
        reverse("tenancy:members"),
        {"email": email, "roles": "viewer", "teams": "", "purpose": "platform.operations"},
    )
    text: str = answer.content.decode()
    if answer.status_code == 302:
        page = client.get(answer["Location"]).content.decode()
        text = next(line.strip() for line in page.splitlines() if "has a place here now" in line)
    lines = (line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)
    return "\n".join(line for line in lines if "<time" not in line)
