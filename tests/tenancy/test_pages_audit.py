"""The page of the audit trail: for admins, of their tenant alone, to be filtered and paged."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.services.set_secret import set_secret
from maestro.kernel.errors import Denied
from maestro.tenancy.models import Tenant
from maestro.tenancy.views.audit import PAGE_SIZE
from tests.factories import actor_of, make_member, make_user
from tests.pages.browser import faults, parse
from tests.tenancy.settings_forms import reads_at_most, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def url() -> str:
    return reverse("tenancy:audit")


def store(tenant: Tenant, name: str, person: str = "") -> None:
    user = make_member(tenant, "admin", user=make_user(name=person)) if person else None
    actor = actor_of(tenant, "admin", user=user)
    set_secret(actor=actor, tenant_id=tenant.pk, name=name, value="a-long-value")


def shown(client: Client, **query: Any) -> list[str]:
    """What the rows are about, in order."""
    text = client.get(url(), query).content.decode()
    return re.findall(r'<span class="sub">(secret [\w-]+)</span>', text)


@pytest.fixture
def admin(acme: Tenant) -> Client:
    return signed_in_as(acme, "admin")[0]


@pytest.mark.parametrize("of", ["", "receipts"])
def test_the_newest_comes_first_and_another_tenant_s_never(
    acme: Tenant, globex: Tenant, admin: Client, of: str
) -> None:
    for name in ("first", "second"):
        store(acme, name)
    store(globex, "theirs")
    assert shown(admin, of=of) == ["secret second", "secret first"]
    assert faults(parse(admin.get(url(), {"of": of}).content.decode())) == []


def test_the_filters_are_in_the_address_and_can_be_taken_away(acme: Tenant, admin: Client) -> None:
    store(acme, "annas", "Anna Berg")
    store(acme, "bens", "Ben Ohm")
    assert shown(admin, person="anna") == ["secret annas"]
    assert shown(admin, person="anna", of="receipts") == ["secret annas"]
    assert shown(admin, action="secret.write", answer="allowed") == ["secret bens", "secret annas"]
    assert shown(admin, action="secret.delete") == []
    assert shown(admin, action="secret.write", answer="refused") == []
    text = admin.get(url(), {"person": "anna", "action": "secret.write"}).content.decode()
    assert 'href="?action=secret.write"' in text
    text = admin.get(url(), {"person": "nobody\x00%_"}).content.decode()
    assert "Nothing matches these filters" in text


def test_a_refusal_says_why(acme: Tenant, admin: Client) -> None:
    with pytest.raises(Denied):
        set_secret(
            actor=actor_of(acme, "viewer"), tenant_id=acme.pk, name="no", value="a-long-value"
        )
    text = admin.get(url(), {"answer": "refused"}).content.decode()
    assert "Refused" in text
    assert "role_missing" in text
    assert shown(admin, answer="refused") == ["secret no"]


@pytest.mark.parametrize("of", ["", "receipts"])
def test_pages_go_on_where_the_last_one_ended_though_new_ones_come(
    acme: Tenant, admin: Client, of: str
) -> None:
    names = [f"s-{number:03}" for number in range(PAGE_SIZE + 3)]
    for name in names:
        store(acme, name)
    query = {"of": of, "action": "secret.write"}
    text = admin.get(url(), query).content.decode()
    assert shown(admin, **query)[-1] == "secret s-003"
    cursor = re.search(r'cursor=([0-9a-f-]{36})" rel="next"', text)
    assert cursor
    store(acme, "newer")
    assert shown(admin, **query, cursor=cursor[1]) == [
        "secret s-002",
        "secret s-001",
        "secret s-000",
    ]
    assert shown(admin, **query, cursor="nonsense")[0] == "secret newer"


def test_it_is_for_admins_and_that_they_read_it_is_recorded(acme: Tenant, admin: Client) -> None:
    author, _ = signed_in_as(acme, "author")
    for of in ("", "receipts"):
        answer = author.get(url(), {"of": of})
        assert answer.status_code == 403
        assert "role_missing" in answer.content.decode()
    admin.get(url())
    text = admin.get(url(), {"action": "decision.read", "answer": "allowed"}).content.decode()
    assert "decision.read" in text


@pytest.mark.parametrize("of", ["", "receipts"])
def test_it_costs_the_same_however_much_there_is(acme: Tenant, admin: Client, of: str) -> None:
    for number in range(10):
        store(acme, f"s-{number}")
    with reads_at_most(3, "governance_"):
        admin.get(url(), {"of": of})
