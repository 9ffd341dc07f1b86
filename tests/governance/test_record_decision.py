"""What a decision was decided on is kept once, in the statement that writes the decision."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from governance.models import Decision, PolicyInput
from governance.resource import Resource
from governance.services.authorize import authorize, authorize_all
from governance.services.record_decision import LARGEST_INPUT, known
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.errors import PurposeRequired
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

START = "execution.start"


def workflow(tenant: Tenant, name: str = "w1", **attributes: object) -> Resource:
    facts = {"scope": "tenant", "risk": "low", "approvals": 0, "state": "active", **attributes}
    return Resource("workflow", name, tenant.pk, facts)


def kept(tenant: Tenant) -> dict[str, bytes]:
    with tenant_scope(tenant.pk):
        rows = PolicyInput.objects.for_tenant(tenant.pk).values_list("digest", "content")
        return {digest: bytes(content) for digest, content in rows}


def inserts(actor: Actor, resource: Resource) -> list[str]:
    with tenant_scope(resource.tenant_id or UUID(int=0)), CaptureQueriesContext(connection) as made:
        authorize(actor=actor, action=START, resource=resource)
    return [query["sql"] for query in made if "INSERT" in query["sql"]]


def test_it_is_written_with_the_decision_and_only_once(acme: Tenant, operator: Actor) -> None:
    (first,) = inserts(operator, workflow(acme))
    assert "governance_policyinput" in first
    assert "governance_decision" in first
    (second,) = inserts(operator, workflow(acme))
    assert "governance_policyinput" not in second
    known.forget()  # as a new process begins
    inserts(operator, workflow(acme))
    with tenant_scope(acme.pk):
        digests = Decision.objects.for_tenant(acme.pk).values_list("input_digest", flat=True)
        assert len(digests) == 3
    ((digest, content),) = kept(acme).items()
    assert set(digests) == {digest} == {digest_bytes(content)}
    assert json.loads(content)["action"] == START


def test_what_was_rolled_back_is_written_again(acme: Tenant, operator: Actor) -> None:
    with suppress(ZeroDivisionError), tenant_scope(acme.pk):
        authorize(actor=operator, action=START, resource=workflow(acme))
        raise ZeroDivisionError
    assert kept(acme) == {}
    inserts(operator, workflow(acme))
    assert len(kept(acme)) == 1


def test_a_refusal_of_nonsense_is_kept_byte_for_byte(acme: Tenant, operator: Actor) -> None:
    with pytest.raises(PurposeRequired), tenant_scope(acme.pk):
        authorize(actor=replace(operator, purpose="fun\x00"), action=START, resource=workflow(acme))
    (content,) = kept(acme).values()
    assert json.loads(content)["context"]["purpose"] == "fun\x00"


@pytest.mark.parametrize("number", [2, 60])
def test_many_decisions_keep_theirs_too(acme: Tenant, operator: Actor, number: int) -> None:
    asked = [workflow(acme, f"w{place}") for place in range(number)] + [workflow(acme, "w0")]
    with tenant_scope(acme.pk):
        made = authorize_all(actor=operator, action=START, resources=asked)
    assert len(made) == number + 1
    assert set(kept(acme)) == {one.input_digest for one in made}
    assert len(kept(acme)) == number


def test_a_huge_one_is_not_kept(acme: Tenant, operator: Actor) -> None:
    inserts(operator, workflow(acme, note="x" * LARGEST_INPUT))
    assert kept(acme) == {}


@pytest.mark.parametrize("alias", ["default", "owner"])
@pytest.mark.parametrize(
    "change",
    ["UPDATE governance_policyinput SET digest = ''", "DELETE FROM governance_policyinput"],
)
def test_nobody_changes_one(acme: Tenant, operator: Actor, alias: str, change: str) -> None:
    inserts(operator, workflow(acme))
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT set_config('maestro.tenant', %s, true)", [str(acme.pk)])
        with pytest.raises(DatabaseError), transaction.atomic(using=alias):
            cursor.execute(change)
