"""A submission's pipeline: an execution of `publish-release` in its publisher's tenant.

What decides is the submission's own state; the pipeline carries it out. So a pipeline that was
cancelled or has failed is begun anew by the next decision, and goes through what is decided already.
"""

from __future__ import annotations

from django.db.models import F

from governance.models import Decision
from governance.services.settle_approval import settle_approval
from maestro.kernel.actor import Actor
from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict
from maestro.runtime.models import Execution, StepRun
from maestro.runtime.services.start_pinned import start_pinned
from maestro.runtime.states import StepStatus, WaitingFor
from marketplace.models import Submission
from marketplace.services.install_system_workflows import PUBLISH_RELEASE

CHECK, APPROVE = "check", "approve"
ADVANCE = "runtime.advance_execution"


class PipelineBusy(Conflict):
    """The pipeline has not come to this step yet."""

    code = "pipeline_busy"


def begin_pipeline(submission: Submission, *, actor: Actor, decision: Decision) -> None:
    """Start it, once more if one has ended. In the transaction of what was decided."""
    before = str(submission.execution_id or "first")
    execution = start_pinned(
        actor=actor,
        tenant_id=submission.tenant_id,
        workflow=PUBLISH_RELEASE,
        parameters={"submission": str(submission.pk)},
        decision=decision,
        idempotency_key=f"submission:{submission.pk}:{before}",
    )
    submission.execution_id = execution.pk
    Submission.objects.filter(pk=submission.pk).update(execution_id=execution.pk)


def answer_pipeline(
    submission: Submission,
    step_id: str,
    *,
    actor: Actor,
    decision: Decision,
    approve: bool,
    rationale: str,
) -> None:
    """Let the step that waits for this decision go on, or end. In its transaction.

    One whose checks were not begun will find the decision by itself. Raises `PipelineBusy` between
    these two.
    """
    execution = _execution(submission)
    if execution is None or execution.has_ended:
        if approve:
            begin_pipeline(submission, actor=actor, decision=decision)
        return
    steps = {
        row.step_id: row
        for row in StepRun.objects.for_tenant(submission.tenant_id).filter(
            execution=execution, item_index=-1, step_id__in=[CHECK, step_id]
        )
    }
    step, check = steps.get(step_id), steps.get(CHECK)
    if (
        step is None
        or step.related_id is None
        or (step.status, step.waiting_for) != (StepStatus.WAITING, WaitingFor.APPROVAL)
    ):
        if step is not None and step.status in (StepStatus.SUCCEEDED, StepStatus.SKIPPED):
            return
        if check is None or check.status == StepStatus.QUEUED or not approve:
            return
        raise PipelineBusy(
            "The pipeline has not come this far yet.",
            hint="Try again in a moment. If it stays so, open the pipeline to see what it waits for.",
        )
    settle_approval(
        tenant_id=submission.tenant_id,
        request_id=step.related_id,
        actor=actor,
        approve=approve,
        rationale=rationale,
        decision=decision,
    )
    # Due now: should the message be lost, the pump finds it.
    StepRun.objects.for_tenant(submission.tenant_id).filter(
        pk=step.pk, status=StepStatus.WAITING
    ).update(next_attempt_at=now(), wake_sent_at=None)
    Execution.objects.filter(pk=execution.pk).update(revision=F("revision") + 1)
    enqueue(ADVANCE, execution_id=execution.pk)


def end_pipeline(submission: Submission, *, actor: Actor) -> None:
    """Ask it to end: nothing is left to decide. In the transaction that ended the submission."""
    if submission.execution_id is None:
        return
    moment = now()
    asked = (
        Execution.objects.for_tenant(submission.tenant_id)
        .unfinished()
        .filter(pk=submission.execution_id, cancel_requested_at__isnull=True)
        .update(
            cancel_requested_at=moment,
            cancelled_by_name=actor.name[:120],
            revision=F("revision") + 1,
            wake_at=moment,
            wake_sent_at=None,
        )
    )
    if asked:
        enqueue(ADVANCE, execution_id=submission.execution_id)


def _execution(submission: Submission) -> Execution | None:
    if submission.execution_id is None:
        return None
    found = Execution.objects.for_tenant(submission.tenant_id)
    return found.filter(pk=submission.execution_id).first()
