from __future__ import annotations

from typing import TYPE_CHECKING

from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import TenantRequired
from maestro.tenancy.models import Membership
from maestro.tenancy.policies import MEMBER_READ, MEMBER_WRITE, tenant_resource

if TYPE_CHECKING:
    from maestro.kernel.models import TenantQuerySet


def read_members(*, actor: Actor) -> TenantQuerySet[Membership]:
    """Who has a place in the actor's tenant, by name. Raises `Denied`, `TenantRequired`."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    authorize(actor=actor, action=MEMBER_READ, resource=tenant_resource(actor.tenant_id))
    found = Membership.objects.for_tenant(actor.tenant_id).select_related("user")
    return found.order_by("user__name", "user__email")


def may_change_members(*, actor: Actor) -> bool:
    """Whether policy would let the actor, with a purpose, change who has a place."""
    if actor.tenant_id is None:
        return False
    answer = preview(
        actor=actor.for_purpose("platform.operations"),
        action=MEMBER_WRITE,
        resource=tenant_resource(actor.tenant_id),
    )
    return answer.allow
