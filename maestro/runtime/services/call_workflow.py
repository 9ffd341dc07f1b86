from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.models import WorkflowVersion
from catalog.version_ranges import VersionRange
from maestro.kernel.actor import Actor, ActorKind, Channel
from maestro.kernel.errors import NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, Grant, Trigger
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
    the child. What an installation calls is an installation too. Raises what `start_execution` raises.
    """
    actor = Actor(
        kind=ActorKind.SYSTEM,
        id=caller["started_by"],
        name=caller["started_by_name"],
        tenant_id=tenant_id,
        channel=Channel.JOB,
        purpose=caller["purpose"],
    )
    called: dict[str, Any] = {
        "actor": actor,
        "parameters": parameters,
        "reason": caller["reason"],
        "idempotency_key": idempotency_key,
        "trigger": Trigger.WORKFLOW,
        "parent": (step_run_id, caller["depth"]),
    }
    with tenant_scope(tenant_id):
        if caller["grant_id"] is not None:
            installation = _installed(workflow, version_range, tenant_id, caller)
            return start_execution(installation=installation, **called).execution
        version = _pick(workflow, version_range, tenant_id) if version_range else ""
        return start_execution(workflow=workflow, version=version, **called).execution


def _installed(
    workflow: str, version_range: str, tenant_id: UUID, caller: Mapping[str, Any]
) -> UUID:
    """The tenant's own installation of what an installation calls.

    What a publisher wrote reaches nothing else of the tenant: neither its own workflows nor what
    nobody granted anything to. Of several the first one is taken.
    """
    publisher, _, slug = workflow.rpartition("/")
    publisher = publisher or caller["workflow"].partition("/")[0]
    rows = Grant.objects.for_tenant(tenant_id).in_force().of_address(publisher, slug)
    wanted = VersionRange.parse(version_range or "*")
    for grant in rows:
        if wanted.best([grant.number]) is not None:
            return grant.installation_id
    raise NotFound(
        f"{publisher}/{slug} is not installed here in a version that this calls.",
        hint="Install it too; then re-run from this step.",
    )


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
