from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.models import WorkflowVersion
from catalog.version_ranges import VersionRange
from maestro.kernel.actor import Actor, ActorKind, Channel
from maestro.kernel.errors import NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, Trigger
from maestro.runtime.services.start_execution import start_execution


def call_workflow(
    *,
    tenant_id: UUID,
    caller: Mapping[str, Any],
    step_run_id: UUID,
    workflow: str,
    version_range: str,
    parameters: Mapping[str, Any],
    idempotency_key: str,
) -> Execution:
    """Start the workflow that a step calls, as its child; once, however often it is asked.

    `caller` is the calling execution's row. The highest version in the range is taken and pinned by
    the child. Raises what `start_execution` raises.
    """
    actor = Actor(
        kind=ActorKind.SYSTEM,
        id=caller["started_by"],
        name=caller["started_by_name"],
        tenant_id=tenant_id,
        channel=Channel.JOB,
        purpose=caller["purpose"],
    )
    with tenant_scope(tenant_id):
        version = _pick(workflow, version_range, tenant_id) if version_range else ""
        return start_execution(
            actor=actor,
            workflow=workflow,
            version=version,
            parameters=parameters,
            reason=caller["reason"],
            idempotency_key=idempotency_key,
            trigger=Trigger.WORKFLOW,
            parent=(step_run_id, caller["depth"]),
        ).execution


def _pick(workflow: str, version_range: str, tenant_id: UUID) -> str:
    publisher, _, slug = workflow.rpartition("/")
    versions = WorkflowVersion.objects.filter(definition__slug=slug)
    versions = (
        versions.filter(definition__publisher=publisher)
        if publisher
        else versions.filter(definition__tenant_id=tenant_id)
    )
    found = VersionRange.parse(version_range).best(versions.values_list("version", flat=True))
    if found is None:
        raise NotFound(
            f"{workflow} has no version in {version_range}.",
            hint="Widen the range in the calling step, or freeze such a version.",
        )
    return found
