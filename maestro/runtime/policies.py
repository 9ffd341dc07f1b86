"""Action names, and what policy sees of an execution and of what it runs."""

from __future__ import annotations

from uuid import UUID

from governance.resource import Resource
from maestro.runtime.models import Execution

READ = "execution.read"
CANCEL = "execution.cancel"
RERUN = "execution.rerun"
SIMULATE = "execution.simulate"
PRESET_READ = "preset.read"
PRESET_WRITE = "preset.write"
PRESET_SHARE = "preset.share"
VIEW_READ = "view.read"
VIEW_WRITE = "view.write"


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


def named_execution(tenant_id: UUID, execution_id: UUID) -> Resource:
    """An execution that somebody names, before it is looked for."""
    return Resource(type="execution", id=str(execution_id), tenant_id=tenant_id)


def preset_resource(tenant_id: UUID, preset_id: UUID | None = None) -> Resource:
    """A preset of a run form, or all of a tenant's."""
    return Resource(type="preset", id=str(preset_id or ""), tenant_id=tenant_id)


def view_resource(tenant_id: UUID, view_id: UUID | None = None) -> Resource:
    """A saved view of a list, or all of a tenant's."""
    return Resource(type="view", id=str(view_id or ""), tenant_id=tenant_id)
