from __future__ import annotations

from uuid import UUID

from governance.actions import RECEIPT_READ, governed_resource
from governance.models import Receipt
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, TenantRequired


def read_receipt(*, actor: Actor, receipt_id: UUID) -> Receipt:
    """A receipt of the actor's tenant. Raises `NotFound`, `Denied`, `TenantRequired`."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    resource = governed_resource("receipt", actor.tenant_id, receipt_id)
    authorize(actor=actor, action=RECEIPT_READ, resource=resource)
    found = Receipt.objects.for_tenant(actor.tenant_id).filter(pk=receipt_id).first()
    if found is None:
        raise NotFound("There is no such receipt.", hint="Follow the link where it is listed.")
    return found
