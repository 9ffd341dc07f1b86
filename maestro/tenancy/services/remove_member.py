from __future__ import annotations

from uuid import UUID

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.policies import MEMBER_WRITE, tenant_resource
from maestro.tenancy.services.last_admin import hold_member, keep_an_admin


def remove_member(*, actor: Actor, tenant_id: UUID, membership_id: UUID) -> None:
    """Take away somebody's place in a tenant; their tokens there open nothing from now on.

    Raises `NotFound`, `Denied`, and `LastAdmin` when the tenant would be left without one.
    """
    with tenant_scope(tenant_id):
        member = hold_member(tenant_id, pk=membership_id)
        if member is None:
            raise NotFound("There is no such member.")
        decision = authorize(actor=actor, action=MEMBER_WRITE, resource=tenant_resource(tenant_id))
        keep_an_admin(member)
        before = {"roles": member.roles, "teams": member.teams}
        member.delete()
        issue_receipt(
            kind="member.remove",
            actor=actor,
            tenant_id=tenant_id,
            subject_type="user",
            subject_id=str(member.user_id),
            subject_digest=digest(before),
            predicate={"before": before},
            decision=decision,
        )
