"""The pipeline as the engine runs it: checks, reviews side by side, approval, sign, list; and what
happens when a worker dies, or somebody cancels it."""

from __future__ import annotations

import threading
import time

import pytest

from connectors.contract import Call
from governance.models import ApprovalRequest
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.decide_step import decide_step
from maestro.runtime.services.follow_execution import follow_execution
from maestro.runtime.services.read_approvals import read_approvals
from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import Tenant
from marketplace.models import Finding, Release, Submission
from marketplace.pipeline.tasks import List
from marketplace.services.decide_review import decide_review
from tests.factories import actor_of
from tests.marketplace.worlds import approved, published, reviewed, staff, submitted
from tests.runtime.driving import ALIASES, look, statuses, steps_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


def pipeline_of(submission: Submission) -> Execution:
    """Its pipeline, taken as far as it goes."""
    with tenant_scope(submission.tenant_id):
        submission.refresh_from_db()
        execution = Execution.objects.get(pk=str(submission.execution_id))
    drive(execution.pk)
    return look(execution)


def test_the_engine_takes_a_submission_from_its_checks_to_the_listing(acme: Tenant) -> None:
    submission = submitted(acme, checked=False)
    execution = pipeline_of(submission)
    assert statuses(execution) == {
        "check": "succeeded",
        "security": "waiting",
        "performance": "waiting",
        "docs": "waiting",
    }
    reviewed(acme, submission)
    drive(execution.pk)
    assert statuses(execution)["approve"] == "waiting"
    approved(acme, submission)
    drive(execution.pk)
    assert look(execution).status == "succeeded"
    with tenant_scope(acme.pk):
        release = Release.objects.get()
        assert look(execution).outputs == {"release": str(release.pk)}
        assert Submission.objects.get().status == "published"


def test_reviews_that_policy_does_not_ask_for_are_skipped(acme: Tenant) -> None:
    submission = submitted(acme, visibility="internal-only", checked=False)
    execution = pipeline_of(submission)
    found = statuses(execution)
    assert (found["security"], found["docs"]) == ("waiting", "skipped")
    reviewed(acme, submission)
    drive(execution.pk)
    assert statuses(execution)["approve"] == "waiting"


def test_listing_again_after_a_worker_died_makes_no_second_release(acme: Tenant) -> None:
    submission = submitted(acme, checked=False)
    execution = pipeline_of(submission)
    reviewed(acme, submission)
    drive(execution.pk)
    approved(acme, submission)
    drive(execution.pk)
    signed = steps_of(execution)["sign"].output or {}
    again = List().execute(
        Call(
            inputs={"submission": str(submission.pk), **signed},
            idempotency_key="again",
            attempt=2,
            deadline=time.monotonic() + 10,
            cancelled=threading.Event(),
            tenant_id=str(acme.pk),
        )
    )
    assert again == steps_of(execution)["list"].output
    with tenant_scope(acme.pk):
        assert Release.objects.count() == 1


def test_a_rejection_ends_the_pipeline(acme: Tenant) -> None:
    submission = submitted(acme, checked=False)
    execution = pipeline_of(submission)
    decide_review(
        actor=staff(acme, "docs_reviewer"),
        submission_id=submission.pk,
        kind="docs",
        decision="reject",
        rationale="Nothing is explained.",
    )
    drive(execution.pk)
    assert look(execution).has_ended
    with tenant_scope(acme.pk):
        assert not ApprovalRequest.objects.filter(status="pending").exists()


def test_a_cancelled_pipeline_is_begun_anew_by_the_next_decision(acme: Tenant) -> None:
    submission = submitted(acme, checked=False)
    first = pipeline_of(submission)
    reviewed(acme, submission, "security")
    drive(first.pk)
    cancel_execution(actor=actor_of(acme, "operator"), tenant_id=acme.pk, execution_id=first.pk)
    drive(first.pk)
    reviewed(acme, submission, "performance")
    second = pipeline_of(submission)
    assert second.pk != first.pk
    found = statuses(second)
    assert (found["security"], found["performance"], found["docs"]) == (
        "skipped",
        "skipped",
        "waiting",
    )
    with tenant_scope(acme.pk):
        findings = Finding.objects.count()
    reviewed(acme, submission, "docs")
    drive(second.pk)
    approved(acme, submission)
    drive(second.pk)
    assert look(second).status == "succeeded"
    with tenant_scope(acme.pk):
        assert Finding.objects.count() == findings


def test_of_what_is_published_already_nobody_is_asked_again(acme: Tenant) -> None:
    release = published(acme)
    with tenant_scope(acme.pk):
        submission = Submission.objects.get(pk=release.submission_id)
    execution = pipeline_of(submission)
    drive(execution.pk)
    assert look(execution).status == "succeeded"


@pytest.mark.parametrize("roles", [("operator",), ("admin",)])
def test_nobody_decides_a_review_from_the_executions_page(
    acme: Tenant, roles: tuple[str, ...]
) -> None:
    execution = pipeline_of(submitted(acme, checked=False))
    people: list[Actor] = [actor_of(acme, *roles), staff(acme, "approver")]
    for actor in people:
        with pytest.raises(Conflict, match="review decides"):
            decide_step(
                actor=actor,
                tenant_id=acme.pk,
                execution_id=execution.pk,
                step_id="security",
                approve=True,
                rationale="Fine.",
            )
    assert statuses(execution)["security"] == "waiting"


def test_a_review_is_not_among_what_people_approve_and_its_step_says_who_decides(
    acme: Tenant,
) -> None:
    execution = pipeline_of(submitted(acme, checked=False))
    operator = actor_of(acme, "operator")
    with tenant_scope(acme.pk):
        assert read_approvals(actor=operator) == ([], [])
        followed = follow_execution(actor=operator, execution_id=execution.pk)
    assert {asked.refusal.code for asked in followed.asked if asked.refusal} == {
        "decided_in_review"
    }
