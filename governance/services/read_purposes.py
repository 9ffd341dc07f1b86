"""The registry of purposes, and the tenant's policy data, as they are kept: for who may read them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from governance.actions import (
    POLICY_DATA_READ,
    POLICY_DATA_WRITE,
    PURPOSE_READ,
    PURPOSE_WRITE,
    policy_data_resource,
    purpose_resource,
)
from governance.models import PolicyData, PurposeEntry
from governance.policy.rules import SHIPPED, Purpose, TenantData, tenant_data
from governance.scope import in_tenant
from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, TenantRequired
from maestro.kernel.tenant import PLATFORM_TENANT


@dataclass(frozen=True, slots=True)
class Registered:
    """A purpose of the registry, and whether it is retired."""

    purpose: Purpose
    retired: bool = False


def read_purposes(*, actor: Actor) -> list[Registered]:
    """Those of the platform, then the tenant's own, retired ones of the tenant's too.

    One statement. Raises `Denied`, `TenantRequired`.
    """
    tenant_id = _tenant(actor)
    with in_tenant(tenant_id):
        authorize(actor=actor, action=PURPOSE_READ, resource=purpose_resource(tenant_id))
        rows = PurposeEntry.objects.filter(tenant_id__in={PLATFORM_TENANT, tenant_id})
        found = [
            registered(row, tenant_id)
            for row in rows.order_by("tenant_id", "id")
            if row.tenant_id == tenant_id or row.retired_at is None
        ]
    if all(each.purpose.own for each in found) and tenant_id != PLATFORM_TENANT:
        return [*(Registered(purpose) for purpose in SHIPPED.values()), *found]
    return found


def read_purpose(*, actor: Actor, name: str) -> Registered:
    """One of the tenant's own. Raises `NotFound`, `Denied`, `TenantRequired`."""
    tenant_id = _tenant(actor)
    with in_tenant(tenant_id):
        authorize(actor=actor, action=PURPOSE_READ, resource=purpose_resource(tenant_id, name))
        row = PurposeEntry.objects.for_tenant(tenant_id).filter(name=name).first()
    if row is None:
        raise NotFound(f"There is no purpose called {name} of this tenant's own.")
    return registered(row, tenant_id)


def may_write_purposes(*, actor: Actor) -> bool:
    """Whether policy would let them, for a purpose that allows it."""
    tenant_id = _tenant(actor)
    answer = preview(
        actor=actor.for_purpose("platform.operations"),
        action=PURPOSE_WRITE,
        resource=purpose_resource(tenant_id),
    )
    return answer.allow


def read_policy_data(*, actor: Actor) -> TenantData:
    """What the tenant lets its work reach. Raises `Denied`, `TenantRequired`."""
    tenant_id = _tenant(actor)
    with in_tenant(tenant_id):
        authorize(actor=actor, action=POLICY_DATA_READ, resource=policy_data_resource(tenant_id))
        row = PolicyData.objects.for_tenant(tenant_id).first()
    return tenant_data(row.content, row.revision) if row else TenantData()


def may_write_policy_data(*, actor: Actor) -> bool:
    """Whether policy would let them, for a purpose that allows it."""
    tenant_id = _tenant(actor)
    answer = preview(
        actor=actor.for_purpose("platform.operations"),
        action=POLICY_DATA_WRITE,
        resource=policy_data_resource(tenant_id),
    )
    return answer.allow


def registered(row: PurposeEntry, tenant_id: UUID) -> Registered:
    """A row as a value."""
    purpose = Purpose(
        row.name,
        row.title,
        row.description,
        row.in_production,
        tuple(row.allowed_actions),
        own=row.tenant_id == tenant_id,
    )
    return Registered(purpose, row.retired_at is not None)


def _tenant(actor: Actor) -> UUID:
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    return actor.tenant_id
