"""The page of the policy data: everybody with a place here reads it, admins change it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.policy.rules import TenantData, WorkingHours
from governance.services.read_purposes import read_policy_data
from governance.services.set_policy_data import set_policy_data
from maestro.tenancy.models import Tenant
from tests.factories import actor_of
from tests.pages.browser import faults, parse
from tests.tenancy.settings_forms import refusals, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ASKED: dict[str, Any] = {
    "limited": ["hours", "regions"],
    "allowed_hosts": "a.example\r\nb.example:5432",
    "quota_limits": "executions_per_day 1000",
    "days": ["1", "5"],
    "begins": "08:00",
    "ends": "18:00",
    "timezone": "Europe/Berlin",
    "revision": "0",
    "purpose": "audit.evidence",
}
MEANT = TenantData(
    revision=1,
    allowed_hosts=("a.example", "b.example:5432"),
    regions=(),
    hours=WorkingHours("Europe/Berlin", (1, 5), "08:00", "18:00"),
    quota_limits={"executions_per_day": 1000},
)


def url() -> str:
    return reverse("tenancy:policy_data")


def kept(tenant: Tenant) -> TenantData:
    return read_policy_data(actor=actor_of(tenant, "viewer"))


def set_regions(tenant: Tenant, *regions: str) -> None:
    actor = actor_of(tenant, "admin")
    set_policy_data(actor=actor, tenant_id=tenant.pk, data=TenantData(regions=regions))


@pytest.fixture
def admin(acme: Tenant) -> Client:
    return signed_in_as(acme, "admin")[0]


def test_a_viewer_sees_what_is_in_force_and_no_form(acme: Tenant) -> None:
    viewer = signed_in_as(acme, "viewer")[0]
    assert "at any time" in viewer.get(url()).content.decode()
    set_regions(acme, "eu", "us")
    text = viewer.get(url()).content.decode()
    assert "eu, us" in text
    assert "revision 1" in text
    assert "Save policy data" not in text
    assert faults(parse(text)) == []
    assert viewer.post(url(), ASKED).status_code == 403
    assert [row.action for row in refusals(acme, "policy_data.write")] == ["policy_data.write"]


def test_an_admin_says_what_is_limited(acme: Tenant, admin: Client) -> None:
    assert admin.post(url(), ASKED).status_code == 302
    assert kept(acme) == MEANT
    text = admin.get(url()).content.decode()
    assert "Monday, Friday, 08:00–18:00 (Europe/Berlin)" in text
    assert "a.example, b.example:5432" in text
    assert faults(parse(text)) == []


def test_the_form_says_what_is_kept_and_sent_again_keeps_it(acme: Tenant, admin: Client) -> None:
    admin.post(url(), ASKED)
    page = parse(admin.get(url()).content.decode())
    assert page is not None
    again = {
        **ASKED,
        "limited": ["allowed_hosts", "hours", "quota_limits", "regions"],
        "revision": "1",
    }
    assert admin.post(url(), again).status_code == 302
    assert kept(acme).as_dict() == MEANT.as_dict()
    nothing = {"limited": [], "purpose": "practice", "revision": "2"}
    assert admin.post(url(), nothing).status_code == 302
    assert kept(acme).as_dict() == TenantData().as_dict()


def test_what_somebody_changed_meanwhile_is_shown_and_not_lost(acme: Tenant, admin: Client) -> None:
    set_regions(acme, "eu")
    answer = admin.post(url(), ASKED)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "revision 1 is in force" in text
    assert "b.example:5432" in text
    assert 'name="revision" value="1"' in text
    assert kept(acme).regions == ("eu",)
    assert admin.post(url(), {**ASKED, "revision": "1"}).status_code == 302
    assert kept(acme).regions == ()


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"allowed_hosts": "*.example"}, {"allowed_hosts"}),
        ({"regions": "EU", "environments": "Pro duction"}, {"regions", "environments"}),
        ({"quota_limits": "many"}, {"quota_limits"}),
        ({"quota_limits": "Runs 5"}, {"quota_limits"}),
        ({"begins": "25:00", "days": [], "timezone": "Mars"}, {"begins", "days", "timezone"}),
        ({"ends": "07:00"}, {"ends"}),
        ({"purpose": ""}, {"purpose"}),
    ],
)
def test_what_is_wrong_stands_beside_its_question(
    acme: Tenant, admin: Client, change: dict[str, Any], places: set[str]
) -> None:
    answer = admin.post(url(), ASKED | change)
    text = answer.content.decode()
    assert answer.status_code == 400
    assert {place for place in places if f'id="s-{place}-e"' in text} == places
    assert faults(parse(text)) == []
    assert kept(acme).revision == 0


def test_a_revision_that_is_none_is_a_conflict(acme: Tenant, admin: Client) -> None:
    assert admin.post(url(), {**ASKED, "revision": "x"}).status_code == 409
    assert kept(acme).revision == 0
