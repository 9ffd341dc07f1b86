"""Chains to verify, and hands that tamper with them as the database's owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connections

from governance.models import AuditLink, Decision
from governance.resource import Resource
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from governance.services.link_audit import link_audit
from governance.services.verify_audit import Checked, verify_audit
from maestro.kernel.canonical import digest
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of

TABLES = (
    "governance_auditlink", "governance_auditdue", "governance_decision", "governance_receipt",
    "governance_approvaldecision",
)  # fmt: skip


def decide(tenant: Tenant, number: int = 1) -> None:
    """Leave that many decisions, each in a transaction of its own."""
    actor = actor_of(tenant, "author")
    for _ in range(number):
        authorize(
            actor=actor, action="workflow.freeze", resource=Resource("workflow", "w1", tenant.pk)
        )


def prove(tenant: Tenant) -> None:
    """Leave a decision and a receipt, with a name beyond ASCII and numbers of each kind in it."""
    actor = actor_of(tenant, "author")
    with tenant_scope(tenant.pk):
        decision = authorize(
            actor=actor, action="workflow.freeze", resource=Resource("workflow", "w1", tenant.pk)
        )
        issue_receipt(
            kind="workflow.freeze",
            actor=actor,
            tenant_id=tenant.pk,
            subject_type="workflow",
            subject_id="w1",
            subject_digest=digest({}),
            predicate={"Ünïcödé 😀": "ﬀ", "share": 0.1, "count": 12, "none": None},
            decision=decision,
        )


def linked(tenant: Tenant, number: int = 6) -> list[AuditLink]:
    """A chain of that many decisions."""
    decide(tenant, number)
    link_audit()
    return chain_of(tenant)


def chain_of(tenant: Tenant) -> list[AuditLink]:
    """A tenant's links, in order."""
    with tenant_scope(tenant.pk):
        return list(AuditLink.objects.for_tenant(tenant.pk).order_by("seq"))


def check(tenant: Tenant, **asked: Any) -> Checked:
    """Verify a tenant's chain."""
    return verify_audit(tenant_id=tenant.pk, using="platform", **asked)


def decisions_of(tenant: Tenant) -> list[UUID]:
    """The ids of a tenant's decisions, the oldest first."""
    with tenant_scope(tenant.pk):
        return list(Decision.objects.order_by("id").values_list("id", flat=True))


@contextmanager
def tampering() -> Iterator[Any]:
    """A cursor of the tables' owner, with every trigger off."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield cursor
        finally:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
