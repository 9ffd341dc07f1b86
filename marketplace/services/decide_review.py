from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError, transaction

from governance.models import Decision
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, NotFound, Problem
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from maestro.kernel.transitions import advance
from marketplace.models import (
    Review,
    ReviewDecision,
    ReviewEvidence,
    ReviewKind,
    ReviewLease,
    Submission,
    SubmissionStatus,
)
from marketplace.policies import OVERRIDE, REVIEW, submission_resource
from marketplace.services.find_submission import locked_submission, tenant_of_submission
from marketplace.services.pipeline import answer_pipeline, begin_pipeline, end_pipeline
from marketplace.services.review_grants import grants_on

LONGEST_RATIONALE = 4000  # characters
MOST = 50  # items of a checklist, controls, links
ENDS = {
    ReviewDecision.REQUEST_CHANGES: SubmissionStatus.CHANGES_REQUESTED,
    ReviewDecision.REJECT: SubmissionStatus.REJECTED,
}
_OPEN = {SubmissionStatus.IN_REVIEW, SubmissionStatus.APPROVED}
_ENDED_BY_REVIEW = {SubmissionStatus.CHANGES_REQUESTED, SubmissionStatus.REJECTED}


class AlreadyReviewed(Conflict):
    """This review is done."""

    code = "already_reviewed"


class NotInReview(Conflict):
    """The submission waits for no reviews, or no longer."""

    code = "not_in_review"


def decide_review(
    *,
    actor: Actor,
    submission_id: UUID,
    kind: str,
    decision: str,
    rationale: str,
    checklist: Iterable[Mapping[str, Any]] = (),
    controls: Iterable[str] = (),
    links: Iterable[str] = (),
    overrides: UUID | None = None,
) -> Review:
    """Decide one of the reviews of a submission: approve, request_changes or reject.

    The last approval that is asked for opens the way to the approver; any other decision ends the
    submission. `overrides` names a review of somebody else's that this one stands in for, which
    may also take back what that one ended. `checklist` is a list of `{item, done, note}`. Raises
    `Denied` (also for one's own), `NotFound`, `InvalidInput` with every problem, `NotInReview`,
    `AlreadyReviewed`, `PipelineBusy`.
    """
    action = OVERRIDE if overrides else REVIEW
    tenant_id = tenant_of_submission(
        actor=actor, submission_id=submission_id, action=action, kind=kind
    )
    items, names, addresses = list(checklist), list(controls), list(links)
    with tenant_scope(tenant_id):
        submission = locked_submission(tenant_id, submission_id)
        before = _review_in_force(submission, kind, overrides)
        allowed = authorize(
            actor=actor,
            action=action,
            resource=submission_resource(
                submission, kind=kind, decided_by=before.reviewer_id if before else None
            ),
            grants=grants_on(actor=actor, template_id=submission.template_id),
        )
        _check(kind, decision, rationale, items, names, addresses)
        if before is not None and overrides is None:
            raise AlreadyReviewed(
                f"{before.reviewer_name} has done the {kind} review already.",
                hint="A decision stands. Somebody else may override it.",
                review=str(before.pk),
            )
        if before is None and overrides is not None:
            raise NotFound(
                f"There is no {kind} review of that id to override.",
                hint="Load the submission again: somebody may have overridden it already.",
            )
        _check_state(submission, overrides is not None)
        review = _write(
            actor, submission, before, kind, decision, rationale, items, names, addresses, allowed
        )
        ReviewLease.objects.filter(submission=submission, kind=kind).delete()
        _carry_out(actor, submission, review, allowed)
        _tell(actor, submission, review, allowed)
    return review


def _review_in_force(submission: Submission, kind: str, overrides: UUID | None) -> Review | None:
    found = Review.objects.filter(submission=submission, kind=kind).in_force()
    return (found.filter(pk=overrides) if overrides else found).first()


def _check_state(submission: Submission, overriding: bool) -> None:
    fits = _OPEN | _ENDED_BY_REVIEW if overriding else {SubmissionStatus.IN_REVIEW}
    if submission.status not in fits:
        words = submission.get_status_display().lower()
        raise NotInReview(
            f"This submission is {words}: there is nothing to review.",
            hint="Load it again and look at what became of it.",
            current=submission.status,
        )


def _carry_out(actor: Actor, submission: Submission, review: Review, allowed: Decision) -> None:
    """What the decision does to the submission and to its pipeline."""
    approves = review.decision == ReviewDecision.APPROVE
    if not approves:
        advance(
            submission,
            to=ENDS[ReviewDecision(review.decision)],
            allowed=_OPEN | _ENDED_BY_REVIEW,
            decided_at=now(),
            rationale=review.rationale,
        )
        answer_pipeline(
            submission,
            review.kind,
            actor=actor,
            decision=allowed,
            approve=False,
            rationale=review.rationale,
        )
        end_pipeline(submission, actor=actor)
    elif submission.status in _ENDED_BY_REVIEW:
        try:
            with transaction.atomic():
                advance(
                    submission,
                    to=SubmissionStatus.IN_REVIEW,
                    allowed=_ENDED_BY_REVIEW,
                    decided_at=None,
                    rationale="",
                )
        except IntegrityError:
            raise NotInReview(
                "This version was put forward again meanwhile.", hint="Review that submission."
            ) from None
        begin_pipeline(submission, actor=actor, decision=allowed)
    elif submission.status == SubmissionStatus.IN_REVIEW:
        answer_pipeline(
            submission,
            review.kind,
            actor=actor,
            decision=allowed,
            approve=True,
            rationale=review.rationale,
        )


def _check(
    kind: str,
    decision: str,
    rationale: str,
    checklist: list[Mapping[str, Any]],
    controls: list[str],
    links: list[str],
) -> None:
    problems = []
    if kind not in ReviewKind.values:
        known = ", ".join(ReviewKind.values)
        problems.append(Problem("/kind", f"Choose one of {known}.", "unknown_choice"))
    if decision not in ReviewDecision.values:
        known = ", ".join(ReviewDecision.values)
        problems.append(Problem("/decision", f"Choose one of {known}.", "unknown_choice"))
    problems += rationale_problems(rationale)
    for name, many in (("checklist", checklist), ("controls", controls), ("links", links)):
        if len(many) > MOST:
            problems.append(Problem(f"/{name}", f"At most {MOST}.", "too_many"))
    for index, item in enumerate(checklist):
        if not isinstance(item, Mapping) or not str(item.get("item", "")).strip():
            text = "Each has an item, and says whether it is done."
            problems.append(Problem(f"/checklist/{index}", text, "wrong_type"))
    for index, control in enumerate(controls):
        if not isinstance(control, str) or not 0 < len(control.strip()) <= 40:
            text = "A control has 1 to 40 characters, such as SOC2:CC8.1."
            problems.append(Problem(f"/controls/{index}", text, "wrong_type"))
    for index, link in enumerate(links):
        if not isinstance(link, str) or not _is_link(link):
            text = "Write an http or https address of at most 500 characters."
            problems.append(Problem(f"/links/{index}", text, "wrong_type"))
    if problems:
        raise InvalidInput("The review can't be decided like this.", problems=problems)


def rationale_problems(rationale: str) -> list[Problem]:
    """What is wrong with a rationale: each decision needs one."""
    if not rationale.strip():
        return [Problem("/rationale", "Say why.", "required", "Others read it, and auditors do.")]
    if len(rationale) > LONGEST_RATIONALE:
        return [Problem("/rationale", f"At most {LONGEST_RATIONALE} characters.", "too_long")]
    return []


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and len(text) <= 500


def _write(
    actor: Actor,
    submission: Submission,
    before: Review | None,
    kind: str,
    decision: str,
    rationale: str,
    checklist: list[Mapping[str, Any]],
    controls: list[str],
    links: list[str],
    allowed: Decision,
) -> Review:
    since = before.created_at if before else submission.checked_at or submission.created_at
    assert actor.id is not None  # noqa: S101 - policy lets nobody without an id review
    try:
        with transaction.atomic():
            return Review.objects.create(
                tenant_id=submission.tenant_id,
                submission=submission,
                kind=kind,
                decision=decision,
                rationale=rationale.strip(),
                checklist=[
                    {
                        "item": str(one["item"]).strip()[:200],
                        "done": bool(one.get("done")),
                        "note": str(one.get("note", "")).strip()[:500],
                    }
                    for one in checklist
                ],
                controls=[control.strip() for control in controls],
                links=links,
                reviewer_id=actor.id,
                reviewer_name=actor.name or actor.email,
                requested_by=submission.requested_by,
                author_id=submission.author_id,
                overrides=before,
                overridden_reviewer_id=before.reviewer_id if before else None,
                decision_id=allowed.pk,
                took=max(0, int((now() - since).total_seconds())),
            )
    except IntegrityError as problem:
        raise Conflict(
            "The database refuses this review: it is one's own, or somebody was first.",
            hint="Load the submission again. Nobody reviews what they wrote or put forward.",
        ) from problem


def _tell(actor: Actor, submission: Submission, review: Review, allowed: Decision) -> None:
    issue_receipt(
        kind=OVERRIDE if review.overrides_id else REVIEW,
        actor=actor,
        tenant_id=submission.tenant_id,
        subject_type="submission",
        subject_id=str(submission.pk),
        subject_digest=submission.digest,
        predicate={
            "release": f"{submission.publisher}/{submission.template.slug}@{submission.number}",
            "review": review.kind,
            "decision": review.decision,
            "rationale": review.rationale,
            "checklist": review.checklist,
            "controls": review.controls,
            "links": review.links,
            "evidence": sorted(
                ReviewEvidence.objects.filter(submission=submission, kind=review.kind).values_list(
                    "digest", flat=True
                )
            ),
            "overrides": review.overrides_id,
        },
        decision=allowed,
    )
    publish_event(
        "release.reviewed",
        subject=str(submission.pk),
        by=actor,
        review=review.kind,
        decision=review.decision,
        status=submission.status,
    )
