"""From reviewed to published: who approves, what must be there, and what is signed and listed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from catalog.models import WorkflowTemplate
from governance.models import Receipt
from governance.signing import signing_ring
from governance.trust.statement import RELEASE_TYPE, signed_statement, verify_statement
from maestro.kernel.actor import Actor, system_actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, IllegalTransition, InvalidInput, NotFound
from maestro.kernel.models import OutboxEvent
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Finding, Release, Submission
from marketplace.services.approve_release import NotChecked, approve_release
from marketplace.services.end_submission import reject_submission, retract_submission
from marketplace.services.publish_release import (
    SignatureInvalid,
    Signed,
    list_release,
    publish_release,
    sign_release,
)
from marketplace.services.read_submissions import read_submission
from tests.factories import actor_of
from tests.marketplace.worlds import approved, frozen, published, reviewed, staff, submitted

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def maestro_in(tenant: Tenant) -> Actor:
    """What the pipeline acts as."""
    return system_actor("publish", tenant_id=tenant.pk)


def codes(refused: pytest.ExceptionInfo[Denied]) -> set[str]:
    return {reason.code for reason in refused.value.reasons}


def test_what_is_published_is_signed_over_the_documents_digest(acme: Tenant) -> None:
    release = published(acme)
    claim, signers = verify_statement(
        signed_statement(release.statement, release.signatures),
        signing_ring().trusted,
        predicate_type=RELEASE_TYPE,
    )
    assert signers
    assert f"sha256:{claim['subject'][0]['digest']['sha256']}" == release.digest
    predicate = claim["predicate"]
    assert (predicate["publisher"], predicate["workflow"]) == ("acme", "tried")
    with tenant_scope(acme.pk):
        wanted = Submission.objects.get().required_reviews
    assert sorted(one["kind"] for one in predicate["reviews"]) == wanted
    assert predicate["controls"] == ["SOC2:CC8.1"]


def test_publishing_lists_the_template_and_leaves_a_receipt_and_an_event(acme: Tenant) -> None:
    release = published(acme)
    with tenant_scope(acme.pk):
        template = WorkflowTemplate.objects.get()
        assert (template.standing, template.latest_number) == ("listed", "1.0.0")
        assert template.latest_release_id == release.pk
        assert WorkflowTemplate.objects.filter(search="hello").exists()
        assert Submission.objects.get().status == "published"
        assert Receipt.objects.filter(kind="release.publish", subject_id=str(release.pk)).exists()
        assert OutboxEvent.objects.filter(kind="release.published").count() == 1


def test_a_higher_release_supersedes_the_one_before(acme: Tenant) -> None:
    author = actor_of(acme, "author")
    first = published(acme, author=author)
    second = published(acme, author=author, number="1.0.1")
    with tenant_scope(acme.pk):
        first.refresh_from_db()
        assert (first.status, second.status) == ("superseded", "published")
        assert WorkflowTemplate.objects.get().latest_number == "1.0.1"
        assert second.previous_number == "1.0.0"


def test_a_release_below_the_latest_is_no_review_of_the_latest(acme: Tenant) -> None:
    author = actor_of(acme, "author")
    frozen(author, version="1.0.1")
    published(acme, author=author, number="1.1.0")
    long_ago = now() - timedelta(days=400)
    with tenant_scope(acme.pk):
        WorkflowTemplate.objects.update(last_reviewed_at=long_ago)
    published(acme, author=author, number="1.0.1")
    with tenant_scope(acme.pk):
        assert WorkflowTemplate.objects.get().last_reviewed_at == long_ago
    published(acme, author=author, number="1.1.1")
    with tenant_scope(acme.pk):
        assert (WorkflowTemplate.objects.get().last_reviewed_at or long_ago) > long_ago


def test_a_lower_release_that_comes_later_leaves_the_latest_as_it_is(acme: Tenant) -> None:
    author = actor_of(acme, "author")
    patch = submitted(acme, author=author, version="1.0.1")
    second = published(acme, author=author, number="1.0.2")
    approved(acme, reviewed(acme, patch))
    late = publish_release(actor=maestro_in(acme), submission_id=patch.pk)
    with tenant_scope(acme.pk):
        assert Release.objects.get(pk=late.pk).status == late.status == "superseded"
        assert Release.objects.get(pk=second.pk).status == "published"
        assert WorkflowTemplate.objects.get().latest_release_id == second.pk


def test_nobody_approves_before_the_reviews_are_done(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme), "security")
    with pytest.raises(Denied) as refused:
        approved(acme, submission)
    assert "reviews_missing" in codes(refused)


def must_be_mended(submission: Submission) -> None:
    """Something is found in it."""
    with tenant_scope(submission.tenant_id):
        Finding.objects.create(
            tenant_id=submission.tenant_id,
            submission=submission,
            check_name="secrets",
            level="error",
            code="secret_in_clear",
            message="This looks like a key.",
        )


def test_nobody_approves_while_a_finding_must_be_mended(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme))
    approver = staff(acme, "approver")
    assert read_submission(actor=approver, submission_id=submission.pk).may_approve is None
    must_be_mended(submission)
    with pytest.raises(Denied) as refused:
        approved(acme, submission)
    assert "findings_open" in codes(refused)
    why_not = read_submission(actor=approver, submission_id=submission.pk).may_approve
    assert why_not is not None
    assert why_not.code == "findings_open"


def test_what_is_found_after_the_approval_is_neither_signed_nor_listed(acme: Tenant) -> None:
    submission = approved(acme, reviewed(acme, submitted(acme)))
    signed = sign_release(actor=maestro_in(acme), submission_id=submission.pk)
    must_be_mended(submission)
    with pytest.raises(Denied) as refused:
        sign_release(actor=maestro_in(acme), submission_id=submission.pk)
    assert codes(refused) == {"findings_open"}
    with pytest.raises(Denied) as refused:
        list_release(actor=maestro_in(acme), submission_id=submission.pk, signed=signed)
    assert codes(refused) == {"findings_open"}


def test_nobody_approves_their_own(acme: Tenant) -> None:
    author = actor_of(acme, "author")
    submission = reviewed(acme, submitted(acme, author=author))
    both = replace(staff(acme, "approver"), id=author.id)
    with pytest.raises(Denied) as refused:
        approve_release(actor=both, submission_id=submission.pk, rationale="Mine.")
    assert "own_review" in codes(refused)


def test_the_database_lets_nobody_approve_their_own(acme: Tenant) -> None:
    submission = submitted(acme)
    with (
        tenant_scope(acme.pk),
        pytest.raises(IntegrityError, match="nobody_approves_their_own"),
        transaction.atomic(),
    ):
        Submission.objects.update(approved_by=submission.requested_by)


def test_an_approval_says_why(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme))
    with pytest.raises(InvalidInput):
        approve_release(actor=staff(acme, "approver"), submission_id=submission.pk, rationale="  ")


def test_nothing_is_approved_before_it_is_checked(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme, checked=False))
    with pytest.raises(NotChecked):
        approved(acme, submission)


def test_what_is_not_approved_is_not_signed(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme))
    with pytest.raises(IllegalTransition):
        sign_release(actor=maestro_in(acme), submission_id=submission.pk)


def test_listing_twice_makes_one_release(acme: Tenant) -> None:
    submission = approved(acme, reviewed(acme, submitted(acme)))
    actor = maestro_in(acme)
    signed = sign_release(actor=actor, submission_id=submission.pk)
    first = list_release(actor=actor, submission_id=submission.pk, signed=signed)
    assert list_release(actor=actor, submission_id=submission.pk, signed=signed).pk == first.pk
    assert sign_release(actor=actor, submission_id=submission.pk) == signed
    with tenant_scope(acme.pk):
        assert OutboxEvent.objects.filter(kind="release.published").count() == 1


def test_a_forged_statement_is_not_listed(acme: Tenant) -> None:
    submission = approved(acme, reviewed(acme, submitted(acme)))
    actor = maestro_in(acme)
    signed = sign_release(actor=actor, submission_id=submission.pk)
    forged = {**signed.statement, "predicate": {**signed.statement["predicate"], "risk": "low "}}
    with pytest.raises(SignatureInvalid):
        list_release(
            actor=actor,
            submission_id=submission.pk,
            signed=Signed(forged, signed.signatures),
        )


def test_what_was_signed_for_another_submission_is_not_listed(acme: Tenant, globex: Tenant) -> None:
    other = approved(acme, reviewed(acme, submitted(acme, name="other")))
    submission = approved(acme, reviewed(acme, submitted(acme)))
    actor = maestro_in(acme)
    signed = sign_release(actor=actor, submission_id=other.pk)
    with pytest.raises(SignatureInvalid):
        list_release(actor=actor, submission_id=submission.pk, signed=signed)


def test_what_is_taken_back_after_it_was_signed_is_not_listed(acme: Tenant) -> None:
    author = actor_of(acme, "author")
    submission = approved(acme, reviewed(acme, submitted(acme, author=author)))
    signed = sign_release(actor=maestro_in(acme), submission_id=submission.pk)
    retract_submission(actor=author, submission_id=submission.pk)
    with pytest.raises(IllegalTransition):
        list_release(actor=maestro_in(acme), submission_id=submission.pk, signed=signed)
    with tenant_scope(acme.pk):
        assert not Release.objects.exists()


def test_the_approver_rejects_and_says_why(acme: Tenant) -> None:
    submission = reject_submission(
        actor=staff(acme, "approver"), submission_id=submitted(acme).pk, rationale="Not for us."
    )
    assert (submission.status, submission.rationale) == ("rejected", "Not for us.")
    with pytest.raises(IllegalTransition):
        reject_submission(
            actor=staff(acme, "approver"), submission_id=submission.pk, rationale="Again."
        )


def test_its_publisher_retracts_what_is_not_published(acme: Tenant) -> None:
    author = actor_of(acme, "author")
    submission = approved(acme, reviewed(acme, submitted(acme, author=author)))
    assert retract_submission(actor=author, submission_id=submission.pk).status == "retracted"
    with pytest.raises(IllegalTransition):
        publish_release(actor=maestro_in(acme), submission_id=submission.pk)


def test_somebody_elses_submission_is_not_there(acme: Tenant, globex: Tenant) -> None:
    submission = submitted(acme)
    with pytest.raises(NotFound):
        retract_submission(actor=actor_of(globex, "author"), submission_id=submission.pk)


def test_both_ends_say_why_as_far_as_they_must(acme: Tenant) -> None:
    author, submission = actor_of(acme, "author"), submitted(acme)
    with pytest.raises(InvalidInput):
        reject_submission(actor=staff(acme, "approver"), submission_id=submission.pk, rationale=" ")
    with pytest.raises(InvalidInput):
        retract_submission(actor=author, submission_id=submission.pk, reason="x" * 4001)
    with tenant_scope(acme.pk):
        assert Submission.objects.get().status == "in_review"
