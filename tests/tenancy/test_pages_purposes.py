"""The page of the purposes: read by everybody with a place here, changed by admins."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from governance.policy.rules import SHIPPED
from governance.services.read_purposes import read_purposes
from maestro.tenancy.models import Tenant
from tests.factories import actor_of
from tests.pages.browser import faults, parse
from tests.tenancy.settings_forms import reads_at_most, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
HOLD = {
    "name": "legal.hold",
    "title": "Legal hold",
    "description": "Keep what a court asks for.",
    "allowed_actions": "execution.*\r\nsecret.read",
    "in_production": "yes",
    "purpose": "audit.evidence",
}


def url(name: str = "") -> str:
    return reverse("tenancy:purposes") + (f"?edit={name}" if name else "")


@pytest.fixture
def admin(acme: Tenant) -> Client:
    return signed_in_as(acme, "admin")[0]


def own(tenant: Tenant) -> list[tuple[str, tuple[str, ...], bool]]:
    found = read_purposes(actor=actor_of(tenant, "viewer"))
    return [
        (each.purpose.name, each.purpose.allowed_actions, each.retired)
        for each in found
        if each.purpose.own
    ]


def test_a_viewer_sees_them_and_no_form(acme: Tenant) -> None:
    text = signed_in_as(acme, "viewer")[0].get(url()).content.decode()
    assert all(name in text for name in SHIPPED)
    assert "Add a purpose" not in text
    assert faults(parse(text)) == []


def test_an_admin_adds_changes_and_retires_one(acme: Tenant, admin: Client) -> None:
    assert admin.post(url(), HOLD).status_code == 302
    assert own(acme) == [("legal.hold", ("execution.*", "secret.read"), False)]
    text = admin.get(url("legal.hold")).content.decode()
    assert "Keep what a court asks for." in text
    assert faults(parse(text)) == []
    changed = {**HOLD, "name": "other", "allowed_actions": ""}
    assert admin.post(url("legal.hold"), changed).status_code == 302
    assert own(acme) == [("legal.hold", (), False)]
    assert admin.post(url("legal.hold"), {**changed, "retire": "yes"}).status_code == 302
    assert own(acme) == [("legal.hold", (), True)]
    assert "retired" in admin.get(url()).content.decode()
    assert admin.post(url("legal.hold"), changed).status_code == 302
    assert own(acme) == [("legal.hold", (), False)]


def test_everything_that_is_wrong_is_said_at_once(acme: Tenant, admin: Client) -> None:
    wrong = {**HOLD, "name": "Legal", "title": "", "allowed_actions": "fly", "purpose": ""}
    answer = admin.post(url(), wrong)
    text = answer.content.decode()
    assert answer.status_code == 400
    for part in ("s-name-e", "s-title-e", "s-allowed_actions-e", "s-purpose-e"):
        assert f'id="{part}"' in text
    assert own(acme) == []
    taken = admin.post(url(), {**HOLD, "name": "practice"})
    assert (taken.status_code, b"The platform has a purpose" in taken.content) == (409, True)


def test_one_of_the_platform_s_or_of_another_tenant_is_not_changed_here(
    acme: Tenant, globex: Tenant, admin: Client
) -> None:
    admin.post(url(), HOLD)
    assert admin.get(url("practice")).status_code == 404
    assert signed_in_as(globex, "admin")[0].get(url("legal.hold")).status_code == 404
    author = signed_in_as(acme, "author")[0]
    assert author.post(url(), {**HOLD, "name": "mine"}).status_code == 403


def test_it_takes_as_many_reads_however_many_there_are(acme: Tenant, admin: Client) -> None:
    for index in range(3):
        admin.post(url(), {**HOLD, "name": f"legal.hold{index}"})
    with reads_at_most(1, "governance_purposeentry"):
        admin.get(url())
