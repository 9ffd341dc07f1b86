from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.models import WorkflowDefinition
from catalog.policies import READ as WORKFLOW_READ
from catalog.policies import (
    START,
    named_workflow,
    start_context,
    start_resource,
    workflow_resource,
)
from governance.actions import (
    APPROVAL_READ,
    POLICY_PREVIEW,
    approval_resource,
    governed_resource,
    named_approval,
    secret_resource,
)
from governance.models import ApprovalRequest
from governance.policy.answer import PolicyAnswer
from governance.resource import Resource
from governance.services.authorize import authorize, preview, refuse_out_of_scope
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, NotFound, Problem, TenantRequired
from maestro.runtime.policies import READ as EXECUTION_READ
from maestro.runtime.policies import SIMULATE, execution_resource, preset_resource
from maestro.runtime.services.find_version import find_version
from maestro.runtime.services.read_executions import read_executions
from maestro.tenancy.policies import tenant_resource, token_resource

STARTS = frozenset({START, SIMULATE})
TYPES = (
    "approval", "connection", "decision", "execution", "member", "policy", "preset", "receipt",
    "secret", "tenant", "token", "workflow",
)  # fmt: skip


def preview_action(
    *,
    actor: Actor,
    action: str,
    resource_type: str,
    resource_id: str = "",
    version: str = "",
    context: Mapping[str, str] | None = None,
) -> PolicyAnswer:
    """What policy would say to `actor` doing `action` to a thing of their tenant.

    `resource_id` is a workflow's address, an execution's or approval's id, a secret's name; "" for
    one that is not there yet, or all of that type. What policy sees of the thing is looked up, so
    only who may read it may ask about it. `context` may say purpose, environment and region.
    Nothing of the answer is recorded. Raises `InvalidInput`, `NotFound`, `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant to ask about.")
    authorize(
        actor=actor,
        action=POLICY_PREVIEW,
        resource=governed_resource("policy", actor.tenant_id),
        record=False,
    )
    resource, found = _resource(actor, actor.tenant_id, action, resource_type, resource_id, version)
    purpose = (context or {}).get("purpose", "") or actor.purpose
    return preview(
        actor=actor.for_purpose(purpose),
        action=action,
        resource=resource,
        context={**found, **(context or {}), "purpose": purpose},
    )


def _resource(
    actor: Actor, tenant_id: UUID, action: str, kind: str, name: str, version: str
) -> tuple[Resource, dict[str, Any]]:
    """The thing as policy sees it, and the circumstances that it brings along."""
    match kind:
        case "workflow" if name:
            return _workflow(actor, tenant_id, action, name, version)
        case "execution" if name:
            return _execution(actor, name), {}
        case "approval" if name:
            return _approval(actor, tenant_id, name), {}
        case "secret":
            return secret_resource(tenant_id, name), {}
        case "preset":
            return preset_resource(tenant_id), {}
        case "tenant":
            return tenant_resource(tenant_id), {}
        case "token" if actor.id:
            return token_resource(tenant_id, actor.id), {}
        case _ if kind in TYPES:
            return Resource(type=kind, tenant_id=tenant_id), {}
    raise InvalidInput(
        "Policy can't be asked about this.",
        problems=[Problem("/resource/type", f"One of {', '.join(TYPES)}.", "not_a_choice")],
    )


def _workflow(
    actor: Actor, tenant_id: UUID, action: str, name: str, version: str
) -> tuple[Resource, dict[str, Any]]:
    named = named_workflow(tenant_id, name)
    refuse_out_of_scope(actor=actor, action=WORKFLOW_READ, resource=named)
    if action in STARTS:
        definition, _, document = find_version(tenant_id=tenant_id, workflow=name, version=version)
        seen = start_resource(definition, document)
    else:
        one = WorkflowDefinition.objects.at_address(tenant_id, name).first()
        if one is None:
            raise NotFound("There is no such workflow.", hint="Look for it in the catalog.")
        definition, seen = one, workflow_resource(one)
    authorize(actor=actor, action=WORKFLOW_READ, resource=workflow_resource(definition))
    return seen, {"profile": start_context(actor, definition, "")["profile"]}


def _execution(actor: Actor, name: str) -> Resource:
    found = read_executions(actor=actor).filter(pk=_id(name)).first()
    if found is None:
        raise NotFound("There is no such execution.", hint="Look for it under Executions.")
    authorize(actor=actor, action=EXECUTION_READ, resource=execution_resource(found))
    return execution_resource(found)


def _approval(actor: Actor, tenant_id: UUID, name: str) -> Resource:
    named = named_approval(tenant_id, name)
    refuse_out_of_scope(actor=actor, action=APPROVAL_READ, resource=named)
    found = ApprovalRequest.objects.for_tenant(tenant_id).filter(pk=_id(name)).first()
    if found is None:
        raise NotFound("There is no such approval request.")
    authorize(actor=actor, action=APPROVAL_READ, resource=approval_resource(found))
    return approval_resource(found)


def _id(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError:
        raise NotFound("There is no such thing here.") from None
