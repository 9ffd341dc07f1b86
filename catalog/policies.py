"""Action names, and what policy sees of a workflow."""

from __future__ import annotations

from uuid import UUID

from catalog.models import WorkflowDefinition
from governance.resource import Resource

READ = "workflow.read"
CREATE = "workflow.create"
UPDATE = "workflow.update"
FREEZE = "workflow.freeze"
ARCHIVE = "workflow.archive"


def workflow_resource(definition: WorkflowDefinition) -> Resource:
    """A workflow, as policy sees it."""
    return Resource(
        type="workflow",
        id=str(definition.pk),
        tenant_id=definition.tenant_id,
        attributes={
            "scope": definition.scope,
            "risk": definition.risk,
            "state": definition.status,
            "owner_team": definition.owner_team,
        },
    )


def new_workflow_resource(tenant_id: UUID) -> Resource:
    """A workflow that is not there yet."""
    return Resource(type="workflow", id="", tenant_id=tenant_id, attributes={"scope": "tenant"})
