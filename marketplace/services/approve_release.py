from __future__ import annotations

from uuid import UUID

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from maestro.kernel.transitions import advance
from marketplace.models import Submission, SubmissionStatus
from marketplace.policies import APPROVE, submission_resource
from marketplace.services import pipeline
from marketplace.services.decide_review import rationale_problems
from marketplace.services.find_submission import locked_submission, tenant_of_submission
from marketplace.services.review_grants import grants_on
from marketplace.services.standing import decided_on


class NotChecked(Conflict):
    """The automatic checks have not ended yet."""

    code = "not_checked"


def approve_release(*, actor: Actor, submission_id: UUID, rationale: str) -> Submission:
    """Approve what is reviewed: its pipeline signs it, then lists it.

    Raises `Denied` (with `reviews_missing`, `findings_open` or `own_review`), `NotFound`,
    `InvalidInput`, `NotChecked`, `IllegalTransition`, `PipelineBusy`.
    """
    tenant_id = tenant_of_submission(actor=actor, submission_id=submission_id, action=APPROVE)
    with tenant_scope(tenant_id):
        submission = locked_submission(tenant_id, submission_id)
        decided = decided_on(submission)
        allowed = authorize(
            actor=actor,
            action=APPROVE,
            resource=submission_resource(submission, passed=decided.passed, errors=decided.errors),
            grants=grants_on(actor=actor, template_id=submission.template_id),
        )
        if problems := rationale_problems(rationale):
            raise InvalidInput("Say why you approve it.", problems=problems)
        if submission.checked_at is None:
            raise NotChecked(
                "The automatic checks have not ended yet.",
                hint="Wait for them: the submission's page shows where its pipeline is.",
            )
        advance(
            submission,
            to=SubmissionStatus.APPROVED,
            allowed={SubmissionStatus.IN_REVIEW},
            approved_by=actor.id,
            approved_by_name=actor.name or actor.email,
            rationale=rationale.strip(),
            decided_at=now(),
        )
        pipeline.answer_pipeline(
            submission,
            pipeline.APPROVE,
            actor=actor,
            decision=allowed,
            approve=True,
            rationale=rationale.strip(),
        )
        issue_receipt(
            kind=APPROVE,
            actor=actor,
            tenant_id=tenant_id,
            subject_type="submission",
            subject_id=str(submission.pk),
            subject_digest=submission.digest,
            predicate={
                "release": f"{submission.template.address}@{submission.number}",
                "reviews": {one.kind: one.decision for one in decided.reviews},
                "rationale": submission.rationale,
            },
            decision=allowed,
        )
        publish_event(
            "release.approved", subject=str(submission.pk), by=actor, version=submission.number
        )
    return submission
