from __future__ import annotations

from uuid import UUID

from governance.models import ApprovalDecision, ApprovalRequest, ApprovalStatus, Decision, Vote
from governance.scope import in_tenant
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, NotFound
from maestro.kernel.transitions import advance


def settle_approval(
    *,
    tenant_id: UUID,
    request_id: UUID,
    actor: Actor,
    approve: bool,
    rationale: str,
    decision: Decision,
) -> ApprovalRequest:
    """Answer the request of a review, as `actor` decided the review by `decision`.

    For the service that keeps the review, which has authorized it. Whoever waits for the answer is
    woken by the caller. Raises `NotFound`, and `Conflict` for a request that people decide
    themselves or that is settled already.
    """
    with in_tenant(tenant_id):
        request = (
            ApprovalRequest.objects.for_tenant(tenant_id)
            .select_for_update()
            .filter(pk=request_id)
            .first()
        )
        if request is None:
            raise NotFound("There is no such approval request.")
        if not request.is_review:
            raise Conflict("People decide this themselves: no review answers it.")
        advance(
            request,
            to=ApprovalStatus.APPROVED if approve else ApprovalStatus.REJECTED,
            allowed={ApprovalStatus.PENDING},
            decided_at=now(),
        )
        assert actor.id is not None  # noqa: S101 - policy lets nobody without an id decide
        ApprovalDecision.objects.create(
            tenant_id=tenant_id,
            request=request,
            decided_by=actor.id,
            decided_by_name=actor.name or actor.email,
            vote=Vote.APPROVE if approve else Vote.REJECT,
            rationale=rationale,
            decision_id=decision.pk,
        )
    return request
