from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, TenantRequired
from maestro.runtime.models import SavedFilter
from maestro.runtime.policies import VIEW_READ, VIEW_WRITE, view_resource

EXECUTIONS = "executions"  # the page that is the list of executions


def read_filters(*, actor: Actor, page: str = EXECUTIONS) -> Sequence[SavedFilter]:
    """What the actor saved for a page, by name; none for who may not read it."""
    if actor.tenant_id is None or actor.id is None or not _may(actor, VIEW_READ):
        return ()
    rows = SavedFilter.objects.for_tenant(actor.tenant_id).of_person(actor.id, page)
    return list(rows.order_by("name", "id"))


def may_save_filters(*, actor: Actor) -> bool:
    """Whether policy would let the actor save filters."""
    return actor.id is not None and _may(actor, VIEW_WRITE)


def find_filter(actor: Actor, filter_id: UUID) -> SavedFilter:
    """One's own. Raises `NotFound` for another person's as well."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    rows = SavedFilter.objects.for_tenant(actor.tenant_id)
    row = rows.filter(pk=filter_id).first()
    if row is None or row.owner != actor.id:
        raise NotFound("There is no such saved view.", hint="It may have been deleted.")
    return row


def _may(actor: Actor, action: str) -> bool:
    if actor.tenant_id is None:
        return False
    return preview(actor=actor, action=action, resource=view_resource(actor.tenant_id)).allow
