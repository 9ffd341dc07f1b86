"""Action names, and what policy sees of an execution and of what it runs."""

from __future__ import annotations

from typing import Any

from catalog.document import Document
from catalog.models import WorkflowDefinition
from governance.resource import Resource
from maestro.kernel.actor import Actor
from maestro.runtime.models import Execution
from maestro.runtime.plan import APPROVAL

START = "execution.start"
READ = "execution.read"
CANCEL = "execution.cancel"
RERUN = "execution.rerun"
SIMULATE = "execution.simulate"

LOCAL, MARKETPLACE = "local_workflow", "marketplace_workflow"


def approvals_asked(document: Document) -> int:
    """How many approvals the document itself asks for, at most, in one step."""
    counts = [
        count
        for step in document.steps
        if step.task == APPROVAL
        if isinstance(count := step.with_.get("count", 1), int)
    ]
    return max(counts, default=0)


def start_resource(definition: WorkflowDefinition, document: Document) -> Resource:
    """The workflow that is to be started."""
    return Resource(
        type="workflow",
        id=str(definition.pk),
        tenant_id=definition.tenant_id,
        attributes={
            "scope": definition.scope,
            "risk": document.risk,
            "state": definition.status,
            "owner_team": definition.owner_team,
            "approvals": approvals_asked(document),
        },
    )


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
