from __future__ import annotations

from uuid import UUID

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.policies import VIEW_WRITE, view_resource
from maestro.runtime.services.read_filters import find_filter


def delete_filter(*, actor: Actor, filter_id: UUID) -> str:
    """Remove a view that one saved; its name. Raises `NotFound`, `Denied`."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    with tenant_scope(actor.tenant_id):
        row = find_filter(actor, filter_id)
        resource = view_resource(actor.tenant_id, row.pk)
        decision = authorize(actor=actor, action=VIEW_WRITE, resource=resource)
        issue_receipt(
            kind="view.delete",
            actor=actor,
            tenant_id=actor.tenant_id,
            subject_type="view",
            subject_id=str(row.pk),
            subject_digest=digest({"query": row.query, "opens": row.opens}),
            predicate={"name": row.name, "page": row.page},
            decision=decision,
        )
        row.delete()
    return row.name
