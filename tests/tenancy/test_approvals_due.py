"""How many approvals wait for the viewer, in the menu: one bounded read a page, and none for a part."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.models import ApprovalDecision, ApprovalRequest
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant, User
from maestro.tenancy.services.count_approvals_due import count_approvals_due
from tests.factories import actor_of, make_member

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def ask(tenant: Tenant, number: int = 1, **fields: object) -> list[ApprovalRequest]:
    with tenant_scope(tenant.pk):
        return ApprovalRequest.objects.bulk_create(
            ApprovalRequest(
                tenant_id=tenant.pk,
                subject_type=fields.get("subject_type", "step"),
                subject_id=str(new_id()),
                count=1,
                started_by=fields.get("started_by", new_id()),
                requested_by=fields.get("requested_by"),
                teams=fields.get("teams", []),
                status=fields.get("status", "pending"),
            )
            for _ in range(number)
        )


def shown(person: User) -> str:
    """What the menu says to them."""
    client = Client()
    client.force_login(person)
    text = client.get(reverse("runtime:list")).content.decode()
    found = re.search(r'class="count due">([^<]*)<', text)
    return found[1] if found else ""


def test_what_one_may_decide_is_counted_and_nothing_else(acme: Tenant, globex: Tenant) -> None:
    person = make_member(acme, "operator", teams=["Legal"])
    ask(acme)
    ask(acme, teams=["Legal", "Payroll"])
    ask(acme, teams=["Payroll"])
    ask(acme, started_by=person.pk)
    ask(acme, requested_by=person.pk)
    ask(acme, started_by=None)
    ask(acme, status="approved")
    ask(acme, subject_type="review")  # decided in the console
    (decided,) = ask(acme)
    ask(globex, 5)
    with tenant_scope(acme.pk):
        ApprovalDecision.objects.create(
            tenant_id=acme.pk, request=decided, decided_by=person.pk, vote="approve"
        )
    assert shown(person) == "3"
    assert shown(make_member(acme, "viewer")) == ""
    assert shown(make_member(globex, "operator")) == "5"


@pytest.mark.parametrize(("number", "said"), [(0, ""), (99, "99"), (130, "99+")])
def test_it_stops_at_ninety_nine(acme: Tenant, number: int, said: str) -> None:
    ask(acme, number)
    assert shown(make_member(acme, "operator")) == said


def reads(client: Client, url: str, **headers: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(url, headers=headers)
    return sum('FROM "governance_approvalrequest"' in one["sql"] for one in captured)


def test_a_page_reads_it_once_and_a_part_of_a_page_does_not(acme: Tenant) -> None:
    client = Client()
    client.force_login(make_member(acme, "operator"))
    ask(acme)
    page = reverse("runtime:list")
    assert reads(client, page) == 1
    assert reads(client, page, **{"HX-Request": "true"}) == 0
    assert reads(client, reverse("runtime:latest")) == 0


def test_where_nothing_can_be_read_nothing_is_said(acme: Tenant) -> None:
    actor = actor_of(acme, "operator")
    ask(acme)
    assert count_approvals_due(actor) == ""
    with tenant_scope(acme.pk):
        assert count_approvals_due(actor) == "1"
        transaction.set_rollback(True)
        assert count_approvals_due(actor) == ""
        transaction.set_rollback(False)
