from __future__ import annotations

from uuid import UUID

from governance.resource import Resource
from governance.services.authorize import refuse_out_of_scope
from maestro.kernel.actor import Actor, Channel
from maestro.kernel.errors import NotFound, TenantRequired
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from marketplace.models import Submission
from marketplace.policies import named_submission

PLATFORM = "platform"
DECIDERS = frozenset(
    {"security_reviewer", "performance_reviewer", "docs_reviewer", "approver", "publisher"}
)


def tenant_of_submission(
    *, actor: Actor, submission_id: UUID, action: str = "", kind: str = ""
) -> UUID:
    """The tenant whose row it is: the actor's own, or for who decides on them anybody's.

    A token whose scopes leave `action` out is refused before anything is looked for. Raises
    `NotFound`, `TenantRequired`, `Denied`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    if action:
        named: Resource = named_submission(actor.tenant_id, submission_id, kind)
        refuse_out_of_scope(actor=actor, action=action, resource=named)
    if actor.tenant_id != PLATFORM_TENANT:
        with tenant_scope(actor.tenant_id):
            if Submission.objects.for_tenant(actor.tenant_id).filter(pk=submission_id).exists():
                return actor.tenant_id
    if may_look_elsewhere(actor):
        found = (
            Submission.objects.using(PLATFORM)
            .filter(pk=submission_id)
            .values_list("tenant_id", flat=True)
            .first()
        )
        if found is not None:
            return found
    raise no_submission()


def may_look_elsewhere(actor: Actor) -> bool:
    """Whether the actor's work is with all publishers: in the console, or as one who decides."""
    if actor.channel is Channel.ADMIN:
        return bool(actor.platform_roles)
    return bool(actor.platform_roles & DECIDERS)


def locked_submission(tenant_id: UUID, submission_id: UUID) -> Submission:
    """The row, held until the transaction ends: those who decide come one after the other.

    Needs the tenant's scope. Raises `NotFound`.
    """
    found = (
        Submission.objects.for_tenant(tenant_id)
        .select_for_update()
        .filter(pk=submission_id)
        .first()
    )
    if found is None:
        raise no_submission()
    return found


def no_submission() -> NotFound:
    """There is none, or the one who asks may not know of it."""
    return NotFound("There is no such submission.", hint="Look for it under Submissions.")
