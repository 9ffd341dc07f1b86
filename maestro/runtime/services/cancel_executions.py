from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from governance.resource import Resource
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, MaestroError, Problem
from maestro.runtime.models import Execution
from maestro.runtime.policies import CANCEL, execution_resource
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.read_executions import read_executions

MOST = 100


@dataclass(frozen=True, slots=True)
class Selected:
    """One of the executions that were chosen, and why it can't be cancelled or was not; or empty."""

    execution: Execution
    why: str


def may_cancel(*, actor: Actor) -> bool:
    """Whether the actor may cancel executions of their tenant at all."""
    resource = Resource(type="execution", id="", tenant_id=actor.tenant_id)
    acting = actor.for_purpose(actor.purpose or "platform.operations")
    return preview(actor=acting, action=CANCEL, resource=resource).allow


def select_to_cancel(*, actor: Actor, ids: Sequence[UUID]) -> list[Selected]:
    """What cancelling these would meet, newest first; nothing is done.

    Those that are not there are left out. Raises `InvalidInput` for more than `MOST`, `Denied`.
    """
    if len(set(ids)) > MOST:
        message = f"At most {MOST} executions are cancelled at once."
        raise InvalidInput(message, problems=[Problem("/id", message, "too_many")])
    found = read_executions(actor=actor).filter(pk__in=set(ids)).for_lists()
    return [Selected(each, _why(actor, each)) for each in found]


def cancel_executions(*, actor: Actor, ids: Sequence[UUID]) -> list[Selected]:
    """Cancel each, for the purpose that it has; what can't be is left as it is, and says why."""
    return [_cancelled(actor, each) for each in select_to_cancel(actor=actor, ids=ids)]


def _why(actor: Actor, execution: Execution) -> str:
    if execution.has_ended:
        return f"It is {execution.status} already."
    if execution.cancel_requested_at is not None:
        return "It is being stopped already."
    answer = preview(
        actor=actor.for_purpose(execution.purpose),
        action=CANCEL,
        resource=execution_resource(execution),
    )
    if answer.allow:
        return ""
    return answer.deny[0].message if answer.deny else "Policy does not allow this."


def _cancelled(actor: Actor, each: Selected) -> Selected:
    if each.why:
        return each
    try:
        cancel_execution(
            actor=actor.for_purpose(each.execution.purpose),
            tenant_id=each.execution.tenant_id,
            execution_id=each.execution.pk,
        )
    except MaestroError as refusal:  # somebody was faster, or policy changed its mind
        return Selected(each.execution, refusal.message)
    return each
