from __future__ import annotations

from uuid import UUID

from django.db.models import F

from governance.services.authorize import authorize, refuse_out_of_scope
from maestro.kernel.actor import Actor
from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.errors import IllegalTransition, NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.policies import CANCEL, execution_resource, named_execution


def find_execution(tenant_id: UUID, execution_id: UUID) -> Execution:
    """An execution of the tenant. Raises `NotFound`."""
    execution = Execution.objects.for_tenant(tenant_id).filter(pk=execution_id).first()
    if execution is None:
        raise NotFound("There is no such execution.", hint="Look for it under Executions.")
    return execution


def cancel_execution(*, actor: Actor, tenant_id: UUID, execution_id: UUID) -> Execution:
    """Ask for an execution to end. What has not begun never does; what runs is told within a second.

    Asking again changes nothing. Raises `NotFound`, `Denied`, `IllegalTransition` once it ended.
    """
    with tenant_scope(tenant_id):
        named = named_execution(tenant_id, execution_id)
        refuse_out_of_scope(actor=actor, action=CANCEL, resource=named)
        execution = find_execution(tenant_id, execution_id)
        authorize(actor=actor, action=CANCEL, resource=execution_resource(execution))
        moment = now()
        asked = (
            Execution.objects.for_tenant(tenant_id)
            .unfinished()
            .filter(pk=execution_id, cancel_requested_at__isnull=True)
            .update(
                cancel_requested_at=moment,
                cancelled_by_name=actor.name,
                revision=F("revision") + 1,
                wake_at=moment,
                wake_sent_at=None,
            )
        )
        execution.refresh_from_db()
        if not asked and execution.has_ended:
            raise IllegalTransition(
                f"This execution is {execution.status} already.", current=execution.status
            )
        if asked:
            enqueue("runtime.advance_execution", execution_id=execution.pk)
    return execution
