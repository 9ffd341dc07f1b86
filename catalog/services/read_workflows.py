from __future__ import annotations

from uuid import UUID

from catalog.models import WorkflowDefinition
from catalog.policies import READ
from catalog.querysets import DefinitionQuerySet
from governance.resource import Resource
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, TenantRequired


def read_workflows(*, actor: Actor) -> tuple[UUID, DefinitionQuerySet]:
    """The actor's tenant, and the workflows seen from there. Raises `Denied`, `TenantRequired`."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    resource = Resource(type="workflow", id="", tenant_id=actor.tenant_id)
    authorize(actor=actor, action=READ, resource=resource)
    return actor.tenant_id, WorkflowDefinition.objects.visible_to(actor.tenant_id)


def read_workflow(*, actor: Actor, address: str) -> WorkflowDefinition:
    """The workflow at `slug` or `publisher/slug`. Raises `NotFound`, `Denied`, `TenantRequired`."""
    tenant_id, _ = read_workflows(actor=actor)
    found = WorkflowDefinition.objects.at_address(tenant_id, address).defer("search").first()
    if found is None:
        raise NotFound(
            f"There is no workflow called {address} here.", hint="Look for it in the catalog."
        )
    return found
