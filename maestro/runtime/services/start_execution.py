from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from catalog.document import Document
from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.policies import START
from governance.services.authorize import authorize, refuse_out_of_scope
from governance.services.record_decision import record_decision
from maestro.kernel.actor import Actor, Channel
from maestro.kernel.after_commit import enqueue
from maestro.kernel.canonical import digest
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, Problem, TenantRequired, TooManyRequests
from maestro.kernel.tenant import tenant_scope
from maestro.router.admission import admit
from maestro.runtime.models import Execution, Trigger
from maestro.runtime.policies import READ, execution_resource
from maestro.runtime.services.find_runnable import find_runnable, may_start, named
from maestro.runtime.services.run_inputs import resolve_inputs

MAX_DEPTH = 8


class IdempotencyKeyReused(Conflict):
    """The same key came with another request."""

    code = "idempotency_key_reused"


class TooDeep(Conflict):
    """A workflow called a workflow that called … more than eight deep."""

    code = "too_deep"


@dataclass(frozen=True, slots=True)
class Started:
    """The execution, and whether this call made it or an earlier one with the same key did."""

    execution: Execution
    created: bool


def start_execution(
    *,
    actor: Actor,
    workflow: str = "",
    version: str = "",
    parameters: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    endpoints: Mapping[str, str] | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
    trigger: str = "",
    parent: tuple[UUID, int] | None = None,
    installation: str | UUID = "",
) -> Started:
    """Start a workflow or an installation in the actor's tenant, for the actor's purpose.

    `workflow` is a slug, or `publisher/slug`. `installation`, an id or a name, excludes it: what
    runs is what it was granted, and `parameters` override its own. `secrets` bind the document's
    secret names to stored ones; one of the same name is bound by itself. `reason` says why, which a
    workflow of high risk asks for, except of a step that calls it. `parent` is the calling step's
    id and its execution's depth. The same `idempotency_key` (at most 255 characters) with the same
    request gives the same execution.

    Raises `Denied`, `NotFound`, `InputsInvalid` with every problem, `IdempotencyKeyReused`,
    `WorkflowArchived`, `NoVersion`, `TooManyRequests`; of an installation `InstallationStopped`,
    `ReleaseWithdrawn`, `SignatureNotVerified`, `QuotaUsedUp`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant to run this in.")
    request_digest = digest_of_request(
        {
            "workflow": workflow,
            "version": version,
            "parameters": dict(parameters or {}),
            "secrets": dict(secrets or {}),
            "endpoints": dict(endpoints or {}),
            "purpose": actor.purpose,
        }
        | ({"reason": reason} if reason else {})
        | ({"installation": str(installation)} if installation else {})
    )
    with tenant_scope(actor.tenant_id):
        refuse_out_of_scope(
            actor=actor, action=START, resource=named(actor.tenant_id, workflow, installation)
        )
        if idempotency_key and (
            earlier := started_under(actor.tenant_id, idempotency_key, request_digest)
        ):
            authorize(actor=actor, action=READ, resource=execution_resource(earlier))
            return Started(earlier, created=False)
        runnable = find_runnable(
            tenant_id=actor.tenant_id, workflow=workflow, version=version, installation=installation
        )
        decision = may_start(runnable, actor, endpoints)
        inputs = resolve_inputs(
            tenant_id=actor.tenant_id,
            document=runnable.document,
            **runnable.inputs(parameters or {}, secrets or {}, endpoints or {}),
            reason=None if parent else reason,
        )
        runnable.hold_to_grant(actor)
        admission = admit(actor.tenant_id)
        if not admission.admitted:
            raise TooManyRequests(
                "The budget of this tenant is used up for now.",
                retry_after=max(1, round(admission.retry_after)),
            )
        if parent and parent[1] >= MAX_DEPTH:
            raise TooDeep(f"Workflows call each other at most {MAX_DEPTH} deep.")
        execution = Execution(
            **pinned(runnable.definition, runnable.version, runnable.document),
            **runnable.granted_fields,
            tenant_id=actor.tenant_id,
            wake_at=now(),
            parameters=inputs.parameters,
            endpoints=inputs.endpoints,
            secrets=inputs.secrets,
            obligations=runnable.obligations(decision.obligations),
            purpose=actor.purpose,
            reason=reason.strip(),
            trigger=trigger or (Trigger.API if actor.channel is Channel.API else Trigger.PERSON),
            started_by=actor.id,
            started_by_name=actor.name,
            decision_id=decision.id,
            idempotency_key=idempotency_key,
            request_digest=request_digest,
            parent_step_id=parent[0] if parent else None,
            depth=parent[1] + 1 if parent else 0,
        )
        if not idempotency_key:
            record_decision(decision, execution)
        else:
            try:
                with transaction.atomic():  # another with the same key may be first
                    record_decision(decision, execution)
            except IntegrityError:
                record_decision(decision)
                first = started_under(actor.tenant_id, idempotency_key, request_digest)
                if first is None:
                    raise
                return Started(first, created=False)
        enqueue("runtime.advance_execution", execution_id=execution.pk)
    return Started(execution, created=True)


def digest_of_request(request: Mapping[str, Any]) -> str:
    """The digest of what was asked. Raises `InvalidInput` for what RFC 8785 can't write."""
    try:
        return digest(request)
    except ValueError as problem:
        raise InvalidInput(
            "The parameters can't be kept as they are.",
            problems=[
                Problem(
                    "",
                    f"This can't be written as canonical JSON: {str(problem)[:200]}.",
                    "not_canonical",
                    "Keep whole numbers within ±(2^53 - 1), and text to whole characters.",
                )
            ],
        ) from None


def pinned(
    definition: WorkflowDefinition, frozen: WorkflowVersion, document: Document
) -> dict[str, Any]:
    """What an execution keeps of the version it runs."""
    return {
        "definition": definition,
        "version": frozen,
        "workflow": definition.address,
        "title": definition.title,
        "version_number": frozen.version,
        "version_digest": frozen.digest,
        "risk": document.risk,
    }


def started_under(tenant_id: UUID, key: str, request_digest: str) -> Execution | None:
    """What was started under the key. Raises `IdempotencyKeyReused` if by another request."""
    earlier = Execution.objects.for_tenant(tenant_id).filter(idempotency_key=key).first()
    if earlier and earlier.request_digest != request_digest:
        raise IdempotencyKeyReused(
            "This Idempotency-Key was used for another request.",
            hint="Use a new key for a new request, and the same request for the same key.",
            execution=str(earlier.pk),
        )
    return earlier
