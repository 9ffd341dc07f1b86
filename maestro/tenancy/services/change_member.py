from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Membership, Tenant
from maestro.tenancy.services.add_member import add_member


def change_member(
    *,
    actor: Actor,
    tenant_id: UUID,
    membership_id: UUID,
    roles: Iterable[str],
    teams: Iterable[str],
) -> Membership:
    """Change what somebody is in a tenant; their attributes stay.

    Raises `NotFound`, `InvalidInput`, `Denied`, `LastAdmin`.
    """
    with tenant_scope(tenant_id):
        members = Membership.objects.for_tenant(tenant_id).select_related("user")
        member = members.filter(pk=membership_id).first()
        if member is None:
            raise NotFound("There is no such member.")
        return add_member(
            actor=actor,
            tenant=Tenant.objects.get(pk=tenant_id),
            user=member.user,
            roles=roles,
            teams=teams,
            attributes=member.attributes,
        )
