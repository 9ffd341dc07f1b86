from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from catalog.document import Document
from catalog.policies import START, approvals_asked
from catalog.services.examine_document import parse_for
from connectors.models import Connection
from connectors.registry import registry
from connectors.services.connections_for import KINDS
from governance.models import Secret
from governance.resource import Resource
from governance.services.authorize import authorize, preview, refuse_out_of_scope
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, Reason, TenantRequired
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.router.admission import admit
from maestro.runtime.engine_state import State
from maestro.runtime.models import Grant
from maestro.runtime.plan import plan_of
from maestro.runtime.policies import SIMULATE
from maestro.runtime.reach import hosts_of
from maestro.runtime.rehearsal import Rehearsed, rehearse, stand_in
from maestro.runtime.services.find_runnable import Runnable, find_runnable, named
from maestro.runtime.services.run_inputs import resolve_inputs
from maestro.runtime.services.within_grant import refusals_of, with_approvals
from maestro.runtime.states import ExecutionStatus


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a run would do."""

    status: str
    steps: list[Rehearsed]
    outputs: Any  # None where they depend on an answer from outside
    error: Mapping[str, Any] | None
    hosts: list[str]
    secrets: list[str]  # the stored ones that would be bound
    missing_secrets: list[str]  # those of them that are not stored
    policy: dict[str, Any]
    refusals: list[dict[str, str]]  # all that a start would be refused for, policy's answer first
    admitted: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "status": self.status,
            "steps": [step.as_dict() for step in self.steps],
            "outputs": self.outputs,
            "error": self.error,
            "hosts": self.hosts,
            "secrets": self.secrets,
            "missing_secrets": self.missing_secrets,
            "policy": self.policy,
            "refusals": self.refusals,
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
    installation: str | UUID = "",
) -> Simulation:
    """Run a workflow in memory, with every task asked what it would do; writes and calls nothing.

    One of a `workflow` by its address, a `document` as it is written, and an `installation` by its
    id or name, whose parameters `parameters` override. Secrets are named, never
    read; that one is not stored is told and stops nothing, and so is what a start would be refused
    for. Being allowed to simulate is not recorded, a refusal is. Raises `NotFound`,
    `DocumentInvalid`, `InputsInvalid`, `Denied`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    if [bool(workflow), bool(document), bool(installation)].count(True) != 1:
        message = "Name a workflow or an installation, or send a document; one of the three."
        raise InvalidInput(message)
    given: dict[str, Any] = {
        "parameters": parameters or {},
        "secrets": secrets or {},
        "endpoints": endpoints or {},
    }
    with tenant_scope(actor.tenant_id):
        if document:
            parsed = parse_for(actor.tenant_id, document.encode())
            asked = _Asked(parsed, _draft(actor, parsed), {"purpose": actor.purpose})
            return _simulate(actor, actor.tenant_id, asked, given)
        named_one = named(actor.tenant_id, workflow, installation)
        refuse_out_of_scope(actor=actor, action=SIMULATE, resource=named_one)
        runnable = find_runnable(
            tenant_id=actor.tenant_id, workflow=workflow, version=version, installation=installation
        )
        return simulate_runnable(
            actor=actor,
            tenant_id=actor.tenant_id,
            runnable=runnable,
            parameters=given["parameters"],
            secrets=given["secrets"],
            endpoints=given["endpoints"],
        )


def simulate_runnable(
    *,
    actor: Actor,
    tenant_id: UUID,
    runnable: Runnable,
    parameters: Mapping[str, Any],
    secrets: Mapping[str, str],
    endpoints: Mapping[str, str],
) -> Simulation:
    """The same of what was found already, or of an installation as it would be.

    Open in the tenant. Raises `InputsInvalid`, `Denied`.
    """
    given = runnable.inputs(parameters, secrets, endpoints)
    asked = _Asked(
        runnable.document,
        runnable.resource(endpoints),
        runnable.context(actor, actor.purpose),
        runnable.granted.grant if runnable.granted else None,
    )
    return _simulate(actor, tenant_id, asked, given)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is simulated, as policy sees it, and what it was granted if it is an installation."""

    document: Document
    resource: Resource
    context: Mapping[str, Any]
    grant: Grant | None = None


def _simulate(actor: Actor, tenant_id: UUID, asked: _Asked, given: Mapping[str, Any]) -> Simulation:
    seen: dict[str, Any] = {"resource": asked.resource, "context": asked.context}
    if not preview(actor=actor, action=SIMULATE, **seen).allow:
        authorize(actor=actor, action=SIMULATE, **seen)
    answer = preview(actor=actor, action=START, **seen)
    admission = admit(tenant_id)
    inputs = resolve_inputs(tenant_id=tenant_id, document=asked.document, **given, unstored=True)
    bound = sorted(set(inputs.secrets.values()))
    stored = Secret.objects.for_tenant(tenant_id).filter(name__in=bound)
    missing = set(bound) - set(stored.values_list("name", flat=True)) if bound else set()
    refusals = [*answer.deny, *(refusals_of(asked.grant, actor) if asked.grant else ())]
    if not admission.admitted:
        message = "The budget of this tenant is used up for now."
        refusals.append(Reason("rate_limited", message))
    obligations = with_approvals(
        [obligation.as_dict() for obligation in answer.obligations], asked.grant
    )
    moment = now()
    execution_id = new_id()
    state = State(
        id=execution_id,
        tenant_id=tenant_id,
        status=ExecutionStatus.QUEUED,
        parameters=inputs.parameters,
        endpoints=inputs.endpoints,
        facts={
            "id": str(execution_id),
            "tenant": str(tenant_id),
            "started_at": moment.isoformat(),
            "purpose": actor.purpose,
        },
    )
    reached = hosts_of(inputs.endpoints)
    steps = rehearse(
        plan_of(asked.document, obligations),
        state,
        find_task=registry().get,
        now=moment,
        connections=_connections(tenant_id, asked.document),
        allowed_hosts=reached & frozenset(asked.grant.hosts) if asked.grant else reached,
    )
    called = {call.host for step in steps for call in step.calls if call.host}
    return Simulation(
        status=str(state.status),
        steps=steps,
        outputs=state.outputs,
        error=state.error,
        hosts=sorted(reached | called),
        secrets=bound,
        missing_secrets=sorted(missing),
        policy={
            "allow": answer.allow,
            "deny": [reason.as_dict() for reason in answer.deny],
            "obligations": obligations,
            "revision": answer.revision,
        },
        refusals=[reason.as_dict() for reason in refusals],
        admitted=admission.admitted,
    )


def _connections(tenant_id: UUID, document: Document) -> dict[str, dict[str, Any]]:
    """The tenant's connections, else the platform's, that the document's tasks are given.

    As `connectors.services.connections_for` finds them, but with stand-ins for their secrets.
    """
    manifests = registry().manifests()
    used = {one for step in document.steps for one in manifests[step.task].capabilities}
    kinds = [kind for capability, kind in KINDS.items() if capability in used]
    if not kinds:
        return {}
    platform = settings.PLATFORM_CONNECTIONS
    found = {kind: dict(platform[kind]) for kind in kinds if kind in platform}
    for row in Connection.objects.for_tenant(tenant_id).filter(kind__in=kinds, name="default"):
        found[row.kind] = {
            key: stand_in(value["secret"])
            if isinstance(value, dict) and "secret" in value
            else value
            for key, value in row.config.items()
        }
    return found


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
