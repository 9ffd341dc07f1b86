from __future__ import annotations

from collections.abc import Iterable, Mapping

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Membership, Role, Tenant, User
from maestro.tenancy.policies import MEMBER_WRITE, tenant_resource


def add_member(
    *,
    actor: Actor,
    tenant: Tenant,
    user: User,
    roles: Iterable[str],
    teams: Iterable[str] = (),
    attributes: Mapping[str, str] | None = None,
) -> Membership:
    """Give `user` a place in `tenant`, or change theirs. Raises `InvalidInput`, `Denied`."""
    wanted = sorted(set(roles))
    unknown = [role for role in wanted if role not in Role.values]
    if unknown or not wanted:
        raise InvalidInput(
            "The roles are not valid.",
            problems=[
                Problem(
                    "/roles",
                    f"Choose from {', '.join(Role.values)}.",
                    "unknown_role" if unknown else "required",
                )
            ],
        )
    with tenant_scope(tenant.pk):
        authorize(actor=actor, action=MEMBER_WRITE, resource=tenant_resource(tenant.pk))
        membership, _ = Membership.objects.update_or_create(
            tenant_id=tenant.pk,
            user=user,
            defaults={
                "roles": wanted,
                "teams": sorted(set(teams)),
                "attributes": dict(attributes or {}),
            },
        )
    return membership
