from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from governance.actions import APPROVAL_DECIDE, APPROVAL_READ, approval_resource
from governance.models import ApprovalRequest
from governance.resource import Resource
from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Reason, TenantRequired
from maestro.runtime.models import StepRun

WAITING_SHOWN = 100
SETTLED_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """An approval with the step that asked for it, and why the one who looks may not decide it."""

    request: ApprovalRequest
    step: StepRun
    refusal: Reason | None


def read_approvals(*, actor: Actor) -> tuple[Sequence[Waiting], Sequence[Waiting]]:
    """What waits for people in the actor's tenant, the longest first; and what was settled lately.

    Raises `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    everything = Resource(type="approval", id="", tenant_id=actor.tenant_id)
    authorize(actor=actor, action=APPROVAL_READ, resource=everything)
    requests = ApprovalRequest.objects.for_tenant(actor.tenant_id).of_people()
    pending = list(requests.waiting()[:WAITING_SHOWN])
    settled = list(requests.settled()[:SETTLED_SHOWN])
    asking = {
        step.related_id: step
        for step in StepRun.objects.for_tenant(actor.tenant_id)
        .asking(request.pk for request in (*pending, *settled))
        .with_execution()
    }
    return (
        [
            Waiting(request, step, _refusal(actor, request, step))
            for request in pending
            if (step := asking.get(request.pk)) is not None
        ],
        [
            Waiting(request, step, None)
            for request in settled
            if (step := asking.get(request.pk)) is not None
        ],
    )


def _refusal(actor: Actor, request: ApprovalRequest, step: StepRun) -> Reason | None:
    answer = preview(
        actor=actor.for_purpose(step.execution.purpose),
        action=APPROVAL_DECIDE,
        resource=approval_resource(request),
    )
    if answer.allow:
        return None
    return answer.deny[0] if answer.deny else Reason("denied", "Policy does not allow this.")
