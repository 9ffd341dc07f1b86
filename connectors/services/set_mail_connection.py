from __future__ import annotations

from connectors.models import Connection
from connectors.policies import CONNECTION_WRITE, connection_resource
from connectors.services.mail_config import MailConfig, check_mail_config
from connectors.services.read_connections import NAME, secret_names
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import TenantRequired
from maestro.kernel.tenant import tenant_scope

KIND = "smtp"


def set_mail_connection(*, actor: Actor, config: MailConfig) -> Connection:
    """Say which mail server the actor's tenant sends through, in place of the one before.

    What stays as it is leaves no receipt. Raises `InvalidInput`, `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    with tenant_scope(actor.tenant_id):
        decision = authorize(
            actor=actor,
            action=CONNECTION_WRITE,
            resource=connection_resource(actor.tenant_id, KIND),
        )
        check_mail_config(config, secrets=frozenset(secret_names(actor=actor)))
        rows = Connection.objects.for_tenant(actor.tenant_id).select_for_update()
        row = rows.filter(kind=KIND, name=NAME).first()
        before, after = row.config if row else None, config.as_stored()
        if row and before == after:
            return row
        row = row or Connection(tenant_id=actor.tenant_id, kind=KIND, name=NAME)
        row.config = after
        row.save()
        issue_receipt(
            kind=CONNECTION_WRITE,
            actor=actor,
            tenant_id=actor.tenant_id,
            subject_type="connection",
            subject_id=f"{KIND}/{NAME}",
            subject_digest=digest(after),
            predicate={"before": before, "after": after},
            decision=decision,
        )
    return row
