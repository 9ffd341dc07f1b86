from __future__ import annotations

from uuid import UUID

from django.db.models import F

from governance.actions import APPROVAL_DECIDE, named_approval
from governance.models import ApprovalRequest
from governance.services.authorize import refuse_out_of_scope
from governance.services.decide_approval import decide_approval
from maestro.kernel.actor import Actor
from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, StepRun
from maestro.runtime.states import StepStatus, WaitingFor


class NothingToDecide(Conflict):
    """The step does not wait for an approval, or no longer."""

    code = "nothing_to_decide"


def decide_step(
    *,
    actor: Actor,
    tenant_id: UUID,
    execution_id: UUID,
    step_id: str,
    approve: bool,
    rationale: str,
    item_index: int = -1,
) -> ApprovalRequest:
    """Approve or reject what a step waits for. The execution goes on when enough people did.

    Raises `NotFound`, `NothingToDecide`, `Denied`, `Conflict` for a second decision.
    """
    with tenant_scope(tenant_id):
        named = named_approval(tenant_id, f"{execution_id}/{step_id}")
        refuse_out_of_scope(actor=actor, action=APPROVAL_DECIDE, resource=named)
        step = (
            StepRun.objects.for_tenant(tenant_id)
            .filter(execution_id=execution_id, step_id=step_id, item_index=item_index)
            .first()
        )
        if step is None:
            raise NotFound("There is no such step.", hint="Look at the execution's steps.")
        if (
            step.status != StepStatus.WAITING
            or step.waiting_for != WaitingFor.APPROVAL
            or step.related_id is None
        ):
            raise NothingToDecide(
                f"{step_id} waits for no approval.",
                hint="Load the execution again.",
            )
        request = decide_approval(
            request_id=step.related_id, actor=actor, approve=approve, rationale=rationale
        )
        # A decision that is not the last one is news too, to whoever looks at the execution.
        Execution.objects.for_tenant(tenant_id).filter(pk=execution_id).update(
            revision=F("revision") + 1
        )
        if request.status != "pending":
            # Due now: should the message be lost, the pump finds it.
            StepRun.objects.for_tenant(tenant_id).filter(
                pk=step.pk, status=StepStatus.WAITING
            ).update(next_attempt_at=now(), wake_sent_at=None)
            enqueue("runtime.advance_execution", execution_id=execution_id)
    return request
