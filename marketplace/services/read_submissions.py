from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from governance.models import Receipt
from governance.resource import Resource
from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Reason, TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, StepRun
from marketplace.models import Finding, Review, Submission, SubmissionStatus
from marketplace.policies import (
    APPROVE,
    RELEASE_READ,
    RETRACT,
    named_submission,
    submission_resource,
)
from marketplace.querysets import SubmissionQuerySet
from marketplace.services.find_submission import no_submission, tenant_of_submission
from marketplace.services.standing import Decided, decided_on

RECEIPTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SubmissionDetail:
    """A submission with all that is shown of it. `steps` are its pipeline's, by their ids.

    `may_approve` and `may_retract` are None where the one who looks may, else why not.
    """

    submission: Submission
    decided: Decided
    reviews: Sequence[Review]
    findings: Sequence[Finding]
    execution: Execution | None
    steps: Mapping[str, StepRun]
    receipts: Sequence[Receipt]
    may_approve: Reason | None
    may_retract: Reason | None

    @property
    def missing(self) -> list[str]:
        """The reviews that are still asked for."""
        return self.decided.missing(self.submission)

    @property
    def is_open(self) -> bool:
        """Whether something may still be decided."""
        return self.submission.status in (SubmissionStatus.IN_REVIEW, SubmissionStatus.APPROVED)


def read_submissions(*, actor: Actor) -> SubmissionQuerySet:
    """What the actor's tenant put forward. Raises `Denied`, `TenantRequired`."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    resource = named_submission(actor.tenant_id)
    authorize(actor=actor, action=RELEASE_READ, resource=resource)
    return Submission.objects.for_tenant(actor.tenant_id).select_related("template")


def read_submission(*, actor: Actor, submission_id: UUID) -> SubmissionDetail:
    """A submission, to its publisher and to the platform's people. Raises `NotFound`, `Denied`."""
    tenant_id = tenant_of_submission(actor=actor, submission_id=submission_id, action=RELEASE_READ)
    with tenant_scope(tenant_id):
        submission = (
            Submission.objects.for_tenant(tenant_id)
            .filter(pk=submission_id)
            .select_related("template")
            .first()
        )
        if submission is None:
            raise no_submission()
        authorize(actor=actor, action=RELEASE_READ, resource=submission_resource(submission))
        decided = decided_on(submission)
        # What one may do is asked for a purpose that everybody may have, not for this look at it.
        acting = actor.for_purpose(actor.purpose or "platform.operations")
        execution = (
            Execution.objects.for_tenant(tenant_id).filter(pk=submission.execution_id).first()
            if submission.execution_id
            else None
        )
        steps = StepRun.objects.for_tenant(tenant_id).filter(execution=execution, item_index=-1)
        receipts = Receipt.objects.for_tenant(tenant_id).filter(
            subject_type="submission", subject_id=str(submission.pk)
        )
        resource = submission_resource(submission, passed=decided.passed, errors=decided.errors)
        return SubmissionDetail(
            submission=submission,
            decided=decided,
            reviews=list(Review.objects.filter(submission=submission).order_by("id")),
            findings=list(Finding.objects.filter(submission=submission).order_by("id")),
            execution=execution,
            steps={row.step_id: row for row in steps} if execution else {},
            receipts=list(receipts.order_by("-id")[:RECEIPTS_SHOWN]),
            may_approve=_refusal(acting, APPROVE, resource),
            may_retract=_refusal(acting, RETRACT, resource),
        )


def _refusal(actor: Actor, action: str, resource: Resource) -> Reason | None:
    answer = preview(actor=actor, action=action, resource=resource)
    if answer.allow:
        return None
    return answer.deny[0] if answer.deny else Reason("denied", "Policy does not allow this.")
