from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.models import Scope, WorkflowVersion
from catalog.services.read_document import document_of
from governance.models import Decision
from maestro.kernel.actor import Actor
from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.errors import NotFound
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.runtime.models import Execution, Trigger
from maestro.runtime.services.run_inputs import resolve_inputs
from maestro.runtime.services.start_execution import digest_of_request, pinned, started_under


def start_pinned(
    *,
    actor: Actor,
    tenant_id: UUID,
    workflow: str,
    parameters: Mapping[str, Any],
    decision: Decision,
    idempotency_key: str,
) -> Execution:
    """Start the latest version of Maestro's own workflow of that name, in the tenant that it is for.

    For services that have authorized, by `decision`, what it does. The same key gives the same
    execution. Raises `NotFound` where the workflow is not installed, `InputsInvalid`,
    `IdempotencyKeyReused`.
    """
    request_digest = digest_of_request({"system": workflow, "parameters": dict(parameters)})
    with tenant_scope(tenant_id):
        if earlier := started_under(tenant_id, idempotency_key, request_digest):
            return earlier
        frozen = _latest(workflow)
        document = document_of(frozen)
        inputs = resolve_inputs(
            tenant_id=tenant_id,
            document=document,
            parameters=parameters,
            secrets={},
            endpoints={},
        )
        execution = Execution.objects.create(
            **pinned(frozen.definition, frozen, document),
            tenant_id=tenant_id,
            wake_at=now(),
            parameters=inputs.parameters,
            endpoints=inputs.endpoints,
            secrets=inputs.secrets,
            purpose=decision.purpose,
            trigger=Trigger.WORKFLOW,
            started_by=actor.id,
            started_by_name=actor.name[:120],
            decision_id=decision.pk,
            idempotency_key=idempotency_key,
            request_digest=request_digest,
        )
        enqueue("runtime.advance_execution", execution_id=execution.pk)
    return execution


def _latest(workflow: str) -> WorkflowVersion:
    # By its tenant and its scope: no tenant's workflow can stand in for one of Maestro's own.
    versions = WorkflowVersion.objects.filter(
        definition__tenant_id=PLATFORM_TENANT,
        definition__scope=Scope.SYSTEM,
        definition__slug=workflow,
    )
    found = versions.without_documents().select_related("definition").newest_first().first()
    if found is None:
        raise NotFound(
            f"Maestro's own workflow {workflow} is not installed.",
            hint="Ask whoever runs Maestro: manage.py prepare puts it there.",
        )
    return found
