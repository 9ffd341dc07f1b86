"""What is recorded when it is read is read for a purpose, which pages ask for once."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from governance.models import Decision
from governance.policy.engine import use_book
from governance.policy.rules import SHIPPED, Purpose, TenantRules
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant, User
from tests.factories import reads_for
from tests.pages.browser import faults, parse
from tests.tenancy.settings_forms import refusals, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

SECRETS = "/settings/secrets/"


class Book:
    """Rules with one purpose more."""

    def __init__(self, more: Purpose) -> None:
        self.rules = TenantRules(purposes={**SHIPPED, more.name: more})

    def of(self, _tenant_id: UUID) -> TenantRules:
        return self.rules


@pytest.fixture
def admin(acme: Tenant) -> tuple[Client, User]:
    return signed_in_as(acme, "admin")


def test_it_is_asked_first_and_then_the_page_that_was_asked_for_comes(
    acme: Tenant, admin: tuple[Client, User]
) -> None:
    client = Client()
    client.force_login(admin[1])
    asked = client.get(SECRETS + "?x=1")
    choice = f"{reverse('tenancy:purpose')}?next={SECRETS}%3Fx%3D1"
    assert (asked.status_code, asked["Location"]) == (302, choice)
    assert refusals(acme, "secret.read") == []
    page = client.get(choice).content.decode()
    assert faults(parse(page)) == []
    answer = client.post(
        reverse("tenancy:purpose"), {"purpose": "audit.evidence", "next": SECRETS + "?x=1"}
    )
    assert (answer.status_code, answer["Location"]) == (302, SECRETS + "?x=1")
    shown = " ".join(client.get(SECRETS).content.decode().split())
    assert '<option value="audit.evidence" selected>' in shown
    with tenant_scope(acme.pk):
        read = Decision.objects.for_tenant(acme.pk).get(action="secret.read")
    assert (read.purpose, read.allow) == ("audit.evidence", True)


@pytest.mark.parametrize("chosen", ["", "fun", "x" * 900])
def test_it_is_one_of_the_registry(admin: tuple[Client, User], chosen: str) -> None:
    client = Client()
    client.force_login(admin[1])
    answer = client.post(reverse("tenancy:purpose"), {"purpose": chosen, "next": SECRETS})
    assert answer.status_code == 400
    assert "Choose one of these." in answer.content.decode()
    assert client.get(SECRETS).status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "\\\\evil"])
def test_it_goes_on_to_pages_of_ours_alone(admin: tuple[Client, User], target: str) -> None:
    answer = admin[0].post(reverse("tenancy:purpose"), {"purpose": "practice", "next": target})
    assert answer["Location"] == reverse("catalog:list")


def test_it_is_asked_again_where_it_does_not_allow_the_reading(
    acme: Tenant, admin: tuple[Client, User]
) -> None:
    runs = Purpose("runs.only", "Runs", "Run things.", allowed_actions=("execution.*",))
    reads_for(admin[0], "runs.only")
    before = use_book(Book(runs))
    try:
        asked = admin[0].get(SECRETS)
        assert asked["Location"].startswith(reverse("tenancy:purpose"))
        assert "This purpose" in admin[0].get(asked["Location"]).content.decode()
    finally:
        use_book(before)
    (refused,) = refusals(acme, "secret.read")
    assert [reason.code for reason in refused.why] == ["purpose_not_allowed"]


def test_the_api_is_told_in_a_header_and_not_by_the_session(admin: tuple[Client, User]) -> None:
    refused = admin[0].get("/api/audit/")
    assert (refused.status_code, refused.json()["code"]) == (400, "purpose_required")
    assert admin[0].get("/api/audit/", headers={"X-Purpose": "practice"}).status_code == 200
