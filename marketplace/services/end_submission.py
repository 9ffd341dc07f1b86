"""The two ends of a submission that no review brings: the approver's, and its author's."""

from __future__ import annotations

from uuid import UUID

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from maestro.kernel.transitions import advance
from marketplace.models import ReviewKind, Submission, SubmissionStatus
from marketplace.policies import REJECT, RETRACT, submission_resource
from marketplace.services.decide_review import rationale_problems
from marketplace.services.find_submission import locked_submission, tenant_of_submission
from marketplace.services.pipeline import end_pipeline


def reject_submission(*, actor: Actor, submission_id: UUID, rationale: str) -> Submission:
    """Refuse what is in review, as the approver. Raises `Denied`, `NotFound`, `InvalidInput`,
    `IllegalTransition` once it is approved or ended."""
    if problems := rationale_problems(rationale):
        raise InvalidInput("Say why you reject it.", problems=problems)
    return _end(
        actor,
        submission_id,
        action=REJECT,
        to=SubmissionStatus.REJECTED,
        allowed={SubmissionStatus.IN_REVIEW},
        rationale=rationale,
    )


def retract_submission(*, actor: Actor, submission_id: UUID, reason: str = "") -> Submission:
    """Take back what is not published yet, as its publisher. Raises `Denied`, `NotFound`,
    `InvalidInput`, `IllegalTransition` once it is published or ended."""
    if reason and (problems := rationale_problems(reason)):
        raise InvalidInput("The reason can't be kept like this.", problems=problems)
    return _end(
        actor,
        submission_id,
        action=RETRACT,
        to=SubmissionStatus.RETRACTED,
        allowed={SubmissionStatus.IN_REVIEW, SubmissionStatus.APPROVED},
        rationale=reason,
    )


def _end(
    actor: Actor,
    submission_id: UUID,
    *,
    action: str,
    to: SubmissionStatus,
    allowed: set[SubmissionStatus],
    rationale: str,
) -> Submission:
    tenant_id = tenant_of_submission(actor=actor, submission_id=submission_id, action=action)
    with tenant_scope(tenant_id):
        submission = locked_submission(tenant_id, submission_id)
        # What is refused need not have passed anything: these gates are for what goes on.
        resource = submission_resource(submission, passed=ReviewKind.values, errors=0)
        decision = authorize(actor=actor, action=action, resource=resource)
        advance(submission, to=to, allowed=allowed, decided_at=now(), rationale=rationale.strip())
        end_pipeline(submission, actor=actor)
        issue_receipt(
            kind=action,
            actor=actor,
            tenant_id=tenant_id,
            subject_type="submission",
            subject_id=str(submission.pk),
            subject_digest=submission.digest,
            predicate={
                "release": f"{submission.template.address}@{submission.number}",
                "status": submission.status,
                "rationale": submission.rationale,
            },
            decision=decision,
        )
        publish_event(
            f"release.{to}", subject=str(submission.pk), by=actor, version=submission.number
        )
    return submission
