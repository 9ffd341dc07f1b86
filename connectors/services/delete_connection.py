from __future__ import annotations

from connectors.models import Connection
from connectors.policies import CONNECTION_WRITE, connection_resource
from connectors.services.read_connections import NAME
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import NotFound, TenantRequired
from maestro.kernel.tenant import tenant_scope


def delete_connection(*, actor: Actor, kind: str) -> None:
    """Take a tenant's own connection away: the platform's is used then, if there is one.

    Raises `NotFound`, `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    with tenant_scope(actor.tenant_id):
        decision = authorize(
            actor=actor,
            action=CONNECTION_WRITE,
            resource=connection_resource(actor.tenant_id, kind),
        )
        rows = Connection.objects.for_tenant(actor.tenant_id).select_for_update()
        row = rows.filter(kind=kind, name=NAME).first()
        if row is None:
            raise NotFound("There is no such connection.")
        issue_receipt(
            kind="connection.delete",
            actor=actor,
            tenant_id=actor.tenant_id,
            subject_type="connection",
            subject_id=f"{kind}/{NAME}",
            subject_digest=digest(row.config),
            predicate={"before": row.config},
            decision=decision,
        )
        row.delete()
