from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from governance.actions import DECISION_READ, RECEIPT_READ, governed_resource
from governance.models import Decision, Receipt
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import TenantRequired


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is looked for; an empty part asks for all.

    `person` is a part of a name, `allowed` is None for both. `before` is the id that the last page
    ended with.
    """

    person: str = ""
    action: str = ""
    allowed: bool | None = None
    before: UUID | None = None


def read_decisions(*, actor: Actor, asked: AuditFilter, most: int) -> list[Decision]:
    """At most `most` policy decisions of the actor's tenant, the newest first.

    That somebody read them is recorded as well. Raises `Denied`, `TenantRequired`.
    """
    tenant_id = _tenant(actor)
    authorize(actor=actor, action=DECISION_READ, resource=governed_resource("decision", tenant_id))
    rows = Decision.objects.for_tenant(tenant_id).newest_first()
    if asked.person:
        rows = rows.filter(actor_name__icontains=asked.person)
    if asked.action:
        rows = rows.filter(action=asked.action)
    if asked.allowed is not None:
        rows = rows.filter(allow=asked.allowed)
    if asked.before:
        rows = rows.filter(id__lt=asked.before)
    return list(rows.defer("obligations")[:most])


def read_receipts(*, actor: Actor, asked: AuditFilter, most: int) -> list[Receipt]:
    """At most `most` receipts of the actor's tenant, the newest first; `action` is their kind.

    Raises `Denied`, `TenantRequired`.
    """
    tenant_id = _tenant(actor)
    authorize(actor=actor, action=DECISION_READ, resource=governed_resource("decision", tenant_id))
    authorize(actor=actor, action=RECEIPT_READ, resource=governed_resource("receipt", tenant_id))
    rows = Receipt.objects.for_tenant(tenant_id).newest_first()
    if asked.person:
        rows = rows.filter(actor_name__icontains=asked.person)
    if asked.action:
        rows = rows.filter(kind=asked.action)
    if asked.before:
        rows = rows.filter(id__lt=asked.before)
    return list(rows.defer("statement", "signatures")[:most])


def _tenant(actor: Actor) -> UUID:
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    return actor.tenant_id
