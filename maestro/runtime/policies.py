"""Action names, and what policy sees of an execution and of what it runs."""

from __future__ import annotations

from governance.resource import Resource
from maestro.runtime.models import Execution

READ = "execution.read"
CANCEL = "execution.cancel"
RERUN = "execution.rerun"
SIMULATE = "execution.simulate"


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
