"""Reviews: who decides which, what a decision does, what an override may, and what the database
holds everybody to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from governance.models import Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, InvalidInput, NotFound
from maestro.kernel.models import OutboxEvent
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Review, Submission
from marketplace.services.attach_evidence import attach_evidence
from marketplace.services.decide_review import AlreadyReviewed, NotInReview, decide_review
from tests.factories import actor_of
from tests.marketplace.worlds import staff, submitted

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def decide(actor: Actor, submission: Submission, decision: str = "approve", **how: Any) -> Review:
    """A security review, unless told otherwise."""
    words = {"kind": "security", "rationale": "Looked at every step.", **how}
    return decide_review(actor=actor, submission_id=submission.pk, decision=decision, **words)


def now_of(submission: Submission) -> str:
    with tenant_scope(submission.tenant_id):
        return Submission.objects.get(pk=submission.pk).status


def test_a_review_is_kept_with_its_reasons_and_proved(acme: Tenant) -> None:
    submission = submitted(acme)
    review = decide(
        staff(acme, "security_reviewer"),
        submission,
        checklist=[{"item": "No secret in clear", "done": True}],
        controls=["SOC2:CC8.1"],
        links=["https://wiki.example/review/7"],
    )
    assert review.checklist == [{"item": "No secret in clear", "done": True, "note": ""}]
    with tenant_scope(acme.pk):
        receipt = Receipt.objects.get(kind="release.review")
        assert receipt.statement["predicate"]["what"]["controls"] == ["SOC2:CC8.1"]
        assert OutboxEvent.objects.filter(kind="release.reviewed").count() == 1


@pytest.mark.parametrize("kind", ["performance", "docs"])
def test_a_reviewer_does_only_reviews_of_their_kind(acme: Tenant, kind: str) -> None:
    with pytest.raises(Denied):
        decide(staff(acme, "security_reviewer"), submitted(acme), kind=kind)


def test_the_tenants_own_people_review_nothing(acme: Tenant) -> None:
    with pytest.raises(Denied):
        decide(actor_of(acme, "admin"), submitted(acme))


def test_nobody_reviews_their_own(acme: Tenant) -> None:
    author = actor_of(acme, "author")
    submission = submitted(acme, author=author)
    with pytest.raises(Denied) as refused:
        decide(replace(staff(acme, "security_reviewer"), id=author.id), submission)
    assert "own_review" in {reason.code for reason in refused.value.reasons}


def row(submission: Submission, **fields: Any) -> Review:
    return Review(
        **{
            "tenant_id": submission.tenant_id,
            "submission": submission,
            "kind": "security",
            "decision": "approve",
            "rationale": "Mine.",
            "requested_by": submission.requested_by,
            "author_id": submission.author_id,
            "reviewer_id": submission.requested_by,
            "reviewer_name": "Ana",
            **fields,
        }
    )


def test_the_database_lets_nobody_review_their_own(acme: Tenant) -> None:
    submission = submitted(acme)
    with (
        tenant_scope(acme.pk),
        pytest.raises(IntegrityError, match="nobody_reviews_their_own"),
        transaction.atomic(),
    ):
        row(submission).save(force_insert=True)


def test_the_database_does_not_believe_that_somebody_else_asked(acme: Tenant) -> None:
    submission = submitted(acme)
    lied = row(submission, requested_by=staff(acme, "approver").id, author_id=None)
    with (
        tenant_scope(acme.pk),
        pytest.raises(IntegrityError, match="repeats who asked"),
        transaction.atomic(),
    ):
        lied.save(force_insert=True)


def test_a_review_is_done_once(acme: Tenant) -> None:
    submission = submitted(acme)
    decide(staff(acme, "security_reviewer"), submission)
    with pytest.raises(AlreadyReviewed):
        decide(staff(acme, "security_reviewer"), submission)


@pytest.mark.parametrize(
    ("decision", "status"), [("request_changes", "changes_requested"), ("reject", "rejected")]
)
def test_any_other_decision_ends_the_submission(acme: Tenant, decision: str, status: str) -> None:
    submission = submitted(acme)
    decide(staff(acme, "security_reviewer"), submission, decision)
    assert now_of(submission) == status
    with pytest.raises(NotInReview):
        decide(staff(acme, "docs_reviewer"), submission, kind="docs")


def test_all_that_is_wrong_with_a_review_is_told_at_once(acme: Tenant) -> None:
    with pytest.raises(InvalidInput) as refused:
        decide(
            staff(acme, "security_reviewer"),
            submitted(acme),
            "perhaps",
            rationale="",
            checklist=[{"done": True}],
            controls=["x" * 41],
            links=["ftp://evidence.example"],
        )
    assert [problem.path for problem in refused.value.problems] == [
        "/decision",
        "/rationale",
        "/checklist/0",
        "/controls/0",
        "/links/0",
    ]


def test_somebody_else_overrides_a_rejection_and_it_is_in_review_again(acme: Tenant) -> None:
    submission = submitted(acme)
    rejected = decide(staff(acme, "security_reviewer"), submission, "reject")
    review = decide(staff(acme, "publisher"), submission, overrides=rejected.pk)
    assert (review.overrides_id, now_of(submission)) == (rejected.pk, "in_review")
    with tenant_scope(acme.pk):
        assert [each.pk for each in Review.objects.in_force()] == [review.pk]


def test_an_override_of_an_approval_ends_the_submission(acme: Tenant) -> None:
    submission = submitted(acme)
    passed = decide(staff(acme, "security_reviewer"), submission)
    decide(staff(acme, "publisher"), submission, "reject", overrides=passed.pk)
    assert now_of(submission) == "rejected"


def test_nobody_overrides_what_they_decided(acme: Tenant) -> None:
    submission = submitted(acme)
    reviewer = staff(acme, "security_reviewer", "publisher")
    passed = decide(reviewer, submission)
    with pytest.raises(Denied) as refused:
        decide(reviewer, submission, "reject", overrides=passed.pk)
    assert "own_override" in {reason.code for reason in refused.value.reasons}


def test_an_override_of_what_was_overridden_is_not_there(acme: Tenant) -> None:
    submission = submitted(acme)
    passed = decide(staff(acme, "security_reviewer"), submission)
    decide(staff(acme, "publisher"), submission, overrides=passed.pk)
    with pytest.raises(NotFound):
        decide(staff(acme, "publisher"), submission, overrides=passed.pk)


def test_more_than_anybody_reads_is_refused(acme: Tenant) -> None:
    items = [{"item": f"Item {number}", "done": True} for number in range(51)]
    with pytest.raises(InvalidInput) as refused:
        decide(
            staff(acme, "security_reviewer"), submitted(acme), checklist=items, rationale="x" * 4001
        )
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("/rationale", "too_long"),
        ("/checklist", "too_many"),
    ]


def test_evidence_comes_before_the_end_and_in_twenty_files_at_most(acme: Tenant) -> None:
    submission, reviewer = submitted(acme), staff(acme, "security_reviewer")
    given: dict[str, Any] = {
        "actor": reviewer, "submission_id": submission.pk, "kind": "security", "name": "a.txt",
    }  # fmt: skip
    for number in range(20):
        attach_evidence(content=f"Number {number}".encode(), **given)
    with pytest.raises(InvalidInput) as refused:
        attach_evidence(content=b"One more.", **given)
    assert [one.code for one in refused.value.problems] == ["too_many"]
    decide(reviewer, submission, "reject")
    with pytest.raises(NotInReview):
        attach_evidence(content=b"Number 0", **given)
