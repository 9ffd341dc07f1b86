from __future__ import annotations

from uuid import UUID

from governance.actions import APPROVAL_DECIDE, approval_resource, named_approval
from governance.models import (
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStatus,
    Decision,
    Vote,
)
from governance.scope import in_tenant
from governance.services.authorize import authorize, refuse_out_of_scope
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, NotFound, Problem, TenantRequired
from maestro.kernel.transitions import advance

LONGEST_RATIONALE = 4000  # characters


def decide_approval(
    *, request_id: UUID, actor: Actor, approve: bool, rationale: str = ""
) -> ApprovalRequest:
    """Approve or reject, once each; the request as it is afterwards.

    The last approval that was asked for approves it, one rejection rejects it, and a rejection says
    why. The same decision by the same person again changes nothing. Whoever waits for the answer
    is woken by the caller. Raises `NotFound`, `Denied`, `InvalidInput`, and `Conflict` when the
    request is settled or out of time, or this person decided otherwise before.
    """
    if actor.tenant_id is None:
        raise TenantRequired
    rationale = rationale.strip()
    _check(approve, rationale)
    vote = Vote.APPROVE if approve else Vote.REJECT
    with in_tenant(actor.tenant_id):
        named = named_approval(actor.tenant_id, str(request_id))
        refuse_out_of_scope(actor=actor, action=APPROVAL_DECIDE, resource=named)
        # Deciders come one after the other, so that the last approval is counted once.
        request = (
            ApprovalRequest.objects.for_tenant(actor.tenant_id)
            .select_for_update()
            .filter(pk=request_id)
            .first()
        )
        if request is None:
            raise NotFound("There is no such approval request.")
        if request.is_review:
            raise Conflict(
                "A review decides this, and nothing else does.",
                hint="Open the submission, and decide its review there.",
            )
        decision = authorize(
            actor=actor, action=APPROVAL_DECIDE, resource=approval_resource(request)
        )
        assert actor.id is not None  # noqa: S101 - policy lets nobody without an id decide
        before = {one.decided_by: one.vote for one in request.decisions.all()}
        if actor.id in before:
            if before[actor.id] == vote:
                return request
            raise Conflict(
                f"You decided to {before[actor.id]} this before.",
                hint="A decision stands. Ask somebody else to decide.",
            )
        _check_open(request)
        made = ApprovalDecision.objects.create(
            tenant_id=actor.tenant_id,
            request=request,
            decided_by=actor.id,
            decided_by_name=actor.name or actor.email,
            vote=vote,
            rationale=rationale,
            decision_id=decision.pk,
        )
        _prove(actor, request, made, decision)
        approvals = sum(1 for one in before.values() if one == Vote.APPROVE) + approve
        if not approve:
            _settle(request, ApprovalStatus.REJECTED)
        elif approvals >= request.count:
            _settle(request, ApprovalStatus.APPROVED)
    return request


def _prove(
    actor: Actor, request: ApprovalRequest, made: ApprovalDecision, decision: Decision
) -> None:
    """What was asked, by its digest, and what was answered."""
    asked = {
        "subject": f"{request.subject_type}/{request.subject_id}",
        "count": request.count,
        "teams": list(request.teams),
        "message": request.message,
    }
    issue_receipt(
        kind=APPROVAL_DECIDE,
        actor=actor,
        tenant_id=request.tenant_id,
        subject_type="approval",
        subject_id=str(request.pk),
        subject_digest=digest(asked),
        predicate={**asked, "vote": made.vote, "rationale": made.rationale},
        decision=decision,
    )


def _check(approve: bool, rationale: str) -> None:
    problems = []
    if not approve and not rationale:
        problems.append(Problem("/rationale", "Say why you reject it.", "required"))
    if len(rationale) > LONGEST_RATIONALE:
        problems.append(
            Problem("/rationale", f"At most {LONGEST_RATIONALE} characters.", "too_long")
        )
    if problems:
        raise InvalidInput("The decision can't be taken like this.", problems=problems)


def _check_open(request: ApprovalRequest) -> None:
    if request.status != ApprovalStatus.PENDING:
        raise Conflict(f"This approval request is {request.status} already.", status=request.status)
    if request.expires_at is not None and request.expires_at <= now():
        raise Conflict(
            "The time for this approval is over.",
            hint="Re-run the execution to ask again.",
            status=ApprovalStatus.EXPIRED.value,
        )


def _settle(request: ApprovalRequest, status: ApprovalStatus) -> None:
    advance(request, to=status, allowed={ApprovalStatus.PENDING}, decided_at=now())
