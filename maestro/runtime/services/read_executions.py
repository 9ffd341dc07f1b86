from __future__ import annotations

from governance.resource import Resource
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import TenantRequired
from maestro.runtime.models import Execution
from maestro.runtime.policies import READ
from maestro.runtime.querysets import ExecutionQuerySet


def read_executions(*, actor: Actor) -> ExecutionQuerySet:
    """The executions that the actor may see, newest first. Raises `Denied`, `TenantRequired`."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    resource = Resource(type="execution", id="", tenant_id=actor.tenant_id)
    authorize(actor=actor, action=READ, resource=resource)
    return Execution.objects.for_tenant(actor.tenant_id).newest_first()
