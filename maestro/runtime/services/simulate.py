from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.document import Document, parse_document, resolve_parameters
from catalog.policies import START, approvals_asked, start_context, start_resource
from connectors.registry import registry
from governance.resource import Resource
from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, TenantRequired
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.router.admission import admit
from maestro.runtime.engine import State
from maestro.runtime.plan import plan_of
from maestro.runtime.policies import SIMULATE
from maestro.runtime.reach import hosts_of
from maestro.runtime.rehearsal import Rehearsed, rehearse
from maestro.runtime.services.find_version import find_version
from maestro.runtime.services.start_execution import bind_endpoints
from maestro.runtime.states import ExecutionStatus


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a run would do."""

    status: str
    steps: list[Rehearsed]
    hosts: list[str]
    secrets: list[str]
    policy: dict[str, Any]
    admitted: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "status": self.status,
            "steps": [step.as_dict() for step in self.steps],
            "hosts": self.hosts,
            "secrets": self.secrets,
            "policy": self.policy,
            "budget": {"admitted": self.admitted},
        }


def simulate(
    *,
    actor: Actor,
    workflow: str = "",
    version: str = "",
    document: str = "",
    parameters: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    endpoints: Mapping[str, str] | None = None,
) -> Simulation:
    """Run a workflow in memory, with every task asked what it would do; writes and calls nothing.

    Either a `workflow` by its address, or a `document` as it is written. Secrets are named, never
    read. Raises `NotFound`, `DocumentInvalid`, `InvalidInput` for parameters, `Denied`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    if bool(workflow) == bool(document):
        raise InvalidInput("Name a workflow, or send a document; one of the two.")
    with tenant_scope(actor.tenant_id):
        if workflow:
            definition, _, parsed = find_version(
                tenant_id=actor.tenant_id, workflow=workflow, version=version
            )
            resource = start_resource(definition, parsed)
            context = start_context(actor, definition, actor.purpose)
        else:
            parsed = parse_document(
                document.encode(), media_type=None, manifests=registry().manifests()
            )
            resource = _draft(actor, parsed)
            context = {"purpose": actor.purpose}
        authorize(actor=actor, action=SIMULATE, resource=resource, context=context)
        answer = preview(actor=actor, action=START, resource=resource, context=context)
        admission = admit(actor.tenant_id)
    resolved = resolve_parameters(parsed, dict(parameters or {}))
    reached = bind_endpoints(parsed, endpoints or {})
    obligations = [obligation.as_dict() for obligation in answer.obligations]
    moment = now()
    execution_id = new_id()
    state = State(
        id=execution_id,
        tenant_id=actor.tenant_id,
        status=ExecutionStatus.QUEUED,
        parameters=resolved,
        endpoints=reached,
        facts={
            "id": str(execution_id),
            "tenant": str(actor.tenant_id),
            "started_at": moment.isoformat(),
            "purpose": actor.purpose,
        },
    )
    steps = rehearse(plan_of(parsed, obligations), state, find_task=registry().get, now=moment)
    return Simulation(
        status=str(state.status),
        steps=steps,
        hosts=sorted(hosts_of(reached)),
        secrets=sorted((secrets or {}).get(name) or name for name in parsed.secrets),
        policy={
            "allow": answer.allow,
            "deny": [reason.as_dict() for reason in answer.deny],
            "obligations": obligations,
            "revision": answer.revision,
        },
        admitted=admission.admitted,
    )


def _draft(actor: Actor, document: Document) -> Resource:
    """A document that is not frozen, as if it were the tenant's own workflow."""
    return Resource(
        type="workflow",
        id="",
        tenant_id=actor.tenant_id,
        attributes={
            "scope": "tenant",
            "risk": document.risk,
            "state": "active",
            "owner_team": document.owner_team,
            "approvals": approvals_asked(document),
        },
    )
