"""The page of the audit trail: for admins, of their tenant alone, to be filtered, paged, verified."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.services.delete_secret import delete_secret
from governance.services.link_audit import link_audit
from governance.services.set_secret import set_secret
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied
from maestro.tenancy.models import Tenant
from maestro.tenancy.views.audit import PAGE_SIZE
from tests.factories import actor_of, make_member, make_user
from tests.governance.chains import chain_of, tampering
from tests.pages.browser import faults, parse
from tests.tenancy.settings_forms import reads_at_most, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
COMMITTED = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "owner", "platform"]
)


def url() -> str:
    return reverse("tenancy:audit")


def store(tenant: Tenant, name: str, person: str = "", purpose: str = "practice") -> None:
    user = make_member(tenant, "admin", user=make_user(name=person)) if person else None
    actor = actor_of(tenant, "admin", user=user, purpose=purpose)
    set_secret(actor=actor, tenant_id=tenant.pk, name=name, value="a-long-value")


def shown(client: Client, **query: Any) -> list[str]:
    """What the rows are about, in order."""
    text = client.get(url(), query).content.decode()
    return re.findall(r'<span class="sub">(secret [\w-]+)</span>', text)


@pytest.fixture
def admin(acme: Tenant) -> Client:
    return signed_in_as(acme, "admin")[0]


def test_the_newest_comes_first_and_another_tenant_s_never(
    acme: Tenant, globex: Tenant, admin: Client
) -> None:
    for name in ("first", "second"):
        store(acme, name)
    store(globex, "theirs")
    # Each was allowed, and was done.
    assert shown(admin) == ["secret second", "secret second", "secret first", "secret first"]
    assert shown(admin, outcome="done") == ["secret second", "secret first"]
    assert faults(parse(admin.get(url()).content.decode())) == []


def test_the_filters_are_in_the_address_and_can_be_taken_away(acme: Tenant, admin: Client) -> None:
    store(acme, "annas", "Anna Berg")
    store(acme, "bens", "Ben Ohm", purpose="audit.evidence")
    done = {"outcome": "done"}
    assert shown(admin, person="anna", **done) == ["secret annas"]
    assert shown(admin, verb="secret.write", outcome="allowed") == ["secret bens", "secret annas"]
    assert shown(admin, verb="secret.delete") == []
    assert shown(admin, verb="approval.approve") == []
    assert shown(admin, purpose="audit.evidence", **done) == ["secret bens"]
    assert shown(admin, subject="annas", **done) == ["secret annas"]
    assert shown(admin, subject="secret", **done) == ["secret bens", "secret annas"]
    assert shown(admin, subject="secret bens", **done) == ["secret bens"]
    assert shown(admin, subject="workflow bens") == []
    assert shown(admin, verb="secret.write", outcome="refused") == []
    text = admin.get(url(), {"person": "anna", "verb": "secret.write"}).content.decode()
    assert 'href="?verb=secret.write"' in text
    text = admin.get(url(), {"person": "nobody\x00%_"}).content.decode()
    assert "Nothing matches these filters" in text


def test_days_are_the_viewer_s(acme: Tenant, admin: Client) -> None:
    store(acme, "today")
    day = now()
    assert shown(admin, **{"from": day.date().isoformat(), "to": day.date().isoformat()})
    tomorrow = (day + timedelta(days=1)).date().isoformat()
    yesterday = (day - timedelta(days=1)).date().isoformat()
    assert shown(admin, **{"from": tomorrow}) == []
    assert shown(admin, to=yesterday) == []
    for nonsense in ("nonsense", "0001-01-01", "9999-12-31"):
        assert shown(admin, **{"from": nonsense, "to": nonsense})


def test_a_refusal_says_why(acme: Tenant, admin: Client) -> None:
    with pytest.raises(Denied):
        set_secret(
            actor=actor_of(acme, "viewer"), tenant_id=acme.pk, name="no", value="a-long-value"
        )
    text = admin.get(url(), {"outcome": "refused"}).content.decode()
    assert "Refused" in text
    assert "role_missing" in text
    assert shown(admin, outcome="refused") == ["secret no"]


def test_a_change_shows_the_digests_of_before_and_after(acme: Tenant, admin: Client) -> None:
    store(acme, "turned")
    text = admin.get(url(), {"verb": "secret.write", "outcome": "done"}).content.decode()
    assert ("before <code>" in text, "after <code>" in text) == (False, True)
    store(acme, "turned")
    text = admin.get(url(), {"verb": "secret.write", "outcome": "done"}).content.decode()
    assert (text.count("before <code>"), text.count("after <code>")) == (1, 2)
    delete_secret(actor=actor_of(acme, "admin"), tenant_id=acme.pk, name="turned")
    text = admin.get(url(), {"verb": "secret.delete", "outcome": "done"}).content.decode()
    assert ("before <code>" in text, "after <code>" in text) == (True, False)


def test_pages_go_on_where_the_last_one_ended_though_new_ones_come(
    acme: Tenant, admin: Client
) -> None:
    names = [f"s-{number:03}" for number in range(PAGE_SIZE + 3)]
    for name in names:
        store(acme, name)
    query = {"verb": "secret.write", "outcome": "done"}
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
    for query in ({}, {"verify": "1"}):
        answer = author.get(url(), query)
        assert answer.status_code == 403
        assert "role_missing" in answer.content.decode()
    admin.get(url())
    text = admin.get(url(), {"verb": "decision.read", "outcome": "allowed"}).content.decode()
    assert text.count("<code>decision.read</code>") == 2


def test_it_costs_the_same_however_much_there_is(acme: Tenant, admin: Client) -> None:
    for number in range(10):
        store(acme, f"s-{number}")
    with reads_at_most(7, "governance_"):
        admin.get(url())


@COMMITTED
def test_an_entry_shows_its_place_once_it_is_linked(acme: Tenant, admin: Client) -> None:
    store(acme, "placed")
    query = {"subject": "secret placed"}
    assert admin.get(url(), query).content.decode().count("not yet linked") == 2
    link_audit()
    assert "not yet linked" not in admin.get(url(), query).content.decode()


@COMMITTED
def test_the_newest_are_verified_on_a_click(acme: Tenant, admin: Client) -> None:
    store(acme, "kept")
    link_audit()
    text = admin.get(url(), {"verify": "1"}).content.decode()
    assert "2 entries verified, up to entry 2" in text
    assert chain_of(acme)[-1].hash in text
    assert faults(parse(text)) == []
    with tampering() as cursor:
        cursor.execute("UPDATE governance_receipt SET actor_name = 'Eve'")
    text = admin.get(url(), {"verify": "1"}).content.decode()
    assert "The audit trail is not as it was linked" in text
    assert "was changed" in text
