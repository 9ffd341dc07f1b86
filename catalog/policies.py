"""Action names, and what policy sees of a workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.control_tasks import APPROVAL
from catalog.document_model import Document, Step
from catalog.models import WorkflowDefinition
from connectors.contract import TaskError
from connectors.outbound.hosts import parse_url
from governance.resource import Resource
from maestro.kernel.actor import Actor

READ = "workflow.read"
CREATE = "workflow.create"
UPDATE = "workflow.update"
FREEZE = "workflow.freeze"
ARCHIVE = "workflow.archive"
START = "execution.start"

LOCAL, MARKETPLACE = "local_workflow", "marketplace_workflow"


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


def named_workflow(tenant_id: UUID, address: str) -> Resource:
    """A workflow that somebody names by its address, before it is looked for."""
    return Resource(
        type="workflow", id=address, tenant_id=tenant_id, attributes={"scope": "tenant"}
    )


def start_resource(
    definition: WorkflowDefinition,
    document: Document,
    endpoints: Mapping[str, str] | None = None,
) -> Resource:
    """A workflow that is to be started: what its document says counts, not what was edited since.

    `endpoints` are addresses that the start puts in the place of the document's own.
    """
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
            "hosts": hosts_asked(document, endpoints or {}),
        },
    )


def start_context(actor: Actor, definition: WorkflowDefinition, purpose: str) -> dict[str, Any]:
    """The circumstances of a start."""
    own = definition.tenant_id == actor.tenant_id
    return {"purpose": purpose, "profile": LOCAL if own else MARKETPLACE}


def hosts_asked(document: Document, endpoints: Mapping[str, str]) -> list[str]:
    """The hosts that a start reaches, `host` or `host:port`; what is no address stands as it is,
    and so is no host that anybody allows."""
    reached = (
        endpoints.get(name) or endpoint.default for name, endpoint in document.endpoints.items()
    )
    return sorted({_host(address) for address in reached if address})


def _host(address: str) -> str:
    try:
        return parse_url(address).authority
    except TaskError:
        return str(address)


def approvals_asked(document: Document) -> int:
    """How many approvals the document itself asks for, at most, in one step that nothing goes past.

    Such a step is asked whatever happens, has every other step before or behind it, and none that
    goes on where people reject it.
    """
    counts = [
        count
        for step in document.steps
        if step.task == APPROVAL
        if isinstance(count := step.with_.get("count", 1), int)
        if _holds_everything(document, step)
    ]
    return max(counts, default=0)


def _holds_everything(document: Document, gate: Step) -> bool:
    if gate.when is not None or gate.for_each is not None or gate.on_error != "fail":
        return False
    if any(gate.id in step.judges for step in document.steps):
        return False
    needs = {step.id: set(step.needs) for step in document.steps}
    before, waiting = set[str](), [gate.id]
    while waiting:
        new = needs[waiting.pop()] - before
        before |= new
        waiting += new
    behind = {gate.id}
    # A step stands below what it needs in no particular order: again, until nothing more follows.
    while more := {name for name, needed in needs.items() if needed & behind} - behind:
        behind |= more
    return needs.keys() == before | behind


def new_workflow_resource(tenant_id: UUID) -> Resource:
    """A workflow that is not there yet."""
    return Resource(type="workflow", id="", tenant_id=tenant_id, attributes={"scope": "tenant"})
