"""Action names, and what policy sees of an execution and of what it runs."""

from __future__ import annotations

from typing import Any

from catalog.models import WorkflowDefinition
from governance.resource import Resource
from maestro.kernel.actor import Actor
from maestro.runtime.models import Execution

READ = "execution.read"
CANCEL = "execution.cancel"
RERUN = "execution.rerun"
SIMULATE = "execution.simulate"

LOCAL, MARKETPLACE = "local_workflow", "marketplace_workflow"


def execution_resource(execution: Execution) -> Resource:
    """An execution."""
    return Resource(
        type="execution",
        id=str(execution.pk),
        tenant_id=execution.tenant_id,
        attributes={
            "state": execution.status,
            "risk": execution.risk,
            "started_by": str(execution.started_by or ""),
        },
    )


def start_context(actor: Actor, definition: WorkflowDefinition, purpose: str) -> dict[str, Any]:
    """The circumstances of a start."""
    own = definition.tenant_id == actor.tenant_id
    return {"purpose": purpose, "profile": LOCAL if own else MARKETPLACE}
