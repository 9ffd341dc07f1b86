from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.tenant import tenant_scope
from marketplace.models import Review, ReviewLease, Submission
from marketplace.policies import REVIEW, submission_resource
from marketplace.services.decide_review import NotInReview
from marketplace.services.find_submission import no_submission, tenant_of_submission
from marketplace.services.review_grants import grants_on

LEASE = timedelta(minutes=15)


def hold_lease(
    *, actor: Actor, submission_id: UUID, kind: str, take: bool = False, quietly: bool = False
) -> ReviewLease:
    """Say that the actor looks at this review now, for 15 minutes more; the lease that is on.

    A hint to others and never a lock: whoever may decide decides. Somebody else's that is still on
    stays as it is, unless `take`. `quietly` keeps no record of the decision that allowed it: for a
    page that is opened, not for a button. Raises `Denied`, `NotFound`, `NotInReview`.
    """
    tenant_id = tenant_of_submission(
        actor=actor, submission_id=submission_id, action=REVIEW, kind=kind
    )
    with tenant_scope(tenant_id):
        submission = Submission.objects.for_tenant(tenant_id).filter(pk=submission_id).first()
        if submission is None:
            raise no_submission()
        authorize(
            actor=actor,
            action=REVIEW,
            resource=submission_resource(submission, kind=kind),
            record=not quietly,
            grants=grants_on(actor=actor, template_id=submission.template_id),
        )
        waits = submission.status == "in_review" and kind in submission.required_reviews
        if not waits or Review.objects.filter(submission=submission, kind=kind).exists():
            raise NotInReview(
                "This review does not wait for anybody.", hint="Load the submission again."
            )
        leases = ReviewLease.objects.filter(submission=submission, kind=kind)
        held = leases.first()
        if held and held.until > now() and held.holder_id != actor.id and not take:
            return held
        assert actor.id is not None  # noqa: S101 - policy lets nobody without an id review
        ReviewLease.objects.bulk_create(
            [
                ReviewLease(
                    tenant_id=tenant_id,
                    submission=submission,
                    kind=kind,
                    holder_id=actor.id,
                    holder_name=actor.name or actor.email,
                    until=now() + LEASE,
                )
            ],
            update_conflicts=True,
            unique_fields=["submission", "kind"],
            update_fields=["holder_id", "holder_name", "until"],
        )
        return leases.get()
