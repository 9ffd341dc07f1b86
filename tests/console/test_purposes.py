"""The platform's purposes are added, changed and retired in the console, by the service that tenants
have for theirs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.models import PurposeEntry, Receipt
from governance.policy.rules import SHIPPED
from governance.services.set_purpose import retire_purpose, set_purpose
from maestro.kernel.actor import system_actor
from maestro.kernel.tenant import PLATFORM_TENANT
from maestro.tenancy.models import Tenant, User
from tests.console.conftest import signed_in
from tests.console.test_actions import act, url
from tests.factories import actor_of
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

FACTS = {
    "name": "legal.hold", "title": "Legal hold", "description": "Keep what a court asks for.",
    "allowed_actions": "execution.*\nreceipt.read", "in_production": "on",
    "purpose": "platform.operations",
}  # fmt: skip


def add(client: Client, **facts: str) -> Any:
    return client.post(reverse("admin:governance_purposeentry_add"), {**FACTS, **facts})


def kept(name: str = "legal.hold") -> PurposeEntry:
    return PurposeEntry.objects.using("owner").get(name=name, tenant_id=PLATFORM_TENANT)


def receipts() -> list[dict[str, Any]]:
    rows = Receipt.objects.using("owner").filter(kind="purpose.write").order_by("id")
    return [row.statement["predicate"]["what"] for row in rows]


def change(client: Client, row: PurposeEntry, **facts: str) -> Any:
    given = {name: text for name, text in FACTS.items() if name != "name"}
    return client.post(url(row), {**given, **facts})


def test_a_purpose_is_added_beside_those_that_came_with_the_code(platform_admin: User) -> None:
    answer = add(signed_in(platform_admin))
    assert answer.status_code == 302, answer.content
    row = kept()
    assert (row.title, row.description) == ("Legal hold", "Keep what a court asks for.")
    assert (row.allowed_actions, row.in_production) == (["execution.*", "receipt.read"], True)
    assert row.updated_by_name == platform_admin.name
    (made,) = receipts()
    assert (made["before"], made["after"]["name"]) == (None, "legal.hold")
    rows = PurposeEntry.objects.using("owner").filter(tenant_id=PLATFORM_TENANT)
    assert set(rows.values_list("name", flat=True)) == {*SHIPPED, "legal.hold"}


def test_one_is_changed_and_keeps_its_name(platform_admin: User) -> None:
    client = signed_in(platform_admin)
    add(client)
    page = client.get(url(kept())).content.decode()
    assert "execution.*\nreceipt.read</textarea>" in page
    assert 'name="name"' not in page
    answer = change(
        client, kept(), name="other", description="For a court.", allowed_actions="execution.read",
        in_production="",
    )  # fmt: skip
    assert answer.status_code == 302, answer.content
    row = kept()
    assert (row.description, row.allowed_actions) == ("For a court.", ["execution.read"])
    assert not row.in_production
    assert receipts()[1]["before"]["description"] == "Keep what a court asks for."


def test_what_the_service_refuses_is_said_beside_its_field(platform_admin: User) -> None:
    client = signed_in(platform_admin)
    answer = add(client, name="Legal hold", allowed_actions="execution.*\nfly")
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    assert set(form.errors) == {"name", "allowed_actions"}
    assert "There is no action fly." in answer.content.decode()
    answer = add(client, name=next(iter(SHIPPED)))
    assert "There is a purpose called" in answer.content.decode()
    assert receipts() == []


def test_one_is_retired_and_taken_into_use_again_as_it_was(platform_admin: User) -> None:
    client = signed_in(platform_admin)
    add(client)
    assert "Nothing more is done" in act(client, kept(), "retire")[-1]
    assert change(client, kept(), title="Other").status_code == 403
    assert "is in use within two seconds" in act(client, kept(), "restore")[0]
    row = kept()
    assert (row.retired_at, row.title) == (None, "Legal hold")
    assert row.allowed_actions == ["execution.*", "receipt.read"]


def test_a_tenants_own_is_its_admins_to_change(acme: Tenant, platform_admin: User) -> None:
    row = set_purpose(
        actor=actor_of(acme, "admin"), tenant_id=acme.pk, name="own.audit", title="Audit",
        description="Ours.",
    )  # fmt: skip
    client = signed_in(platform_admin)
    assert 'name="title"' not in client.get(url(row)).content.decode()
    assert change(client, row, title="Theirs").status_code == 403
    row.refresh_from_db(using="owner")
    assert row.title == "Audit"


def test_nobody_else_of_the_platform_changes_one(auditor: User) -> None:
    retire_purpose(
        actor=system_actor("tests"), tenant_id=PLATFORM_TENANT, name="finops.review"
    )  # so that they are written down
    client = signed_in(auditor)
    assert add(client).status_code == 403
    assert change(client, kept("practice"), title="Other").status_code == 403
    assert 'name="title"' not in client.get(url(kept("practice"))).content.decode()
