from __future__ import annotations

from uuid import UUID

from governance.actions import SECRET_DELETE, secret_resource
from governance.models import Secret
from governance.scope import in_tenant
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.errors import NotFound


def delete_secret(*, actor: Actor, tenant_id: UUID, name: str) -> None:
    """Remove a secret for good. What still asks for it fails. Raises `NotFound`, `Denied`."""
    with in_tenant(tenant_id):
        decision = authorize(
            actor=actor, action=SECRET_DELETE, resource=secret_resource(tenant_id, name)
        )
        row = Secret.objects.for_tenant(tenant_id).select_for_update().filter(name=name).first()
        if row is None:
            raise NotFound(f"There is no secret called {name}.")
        issue_receipt(
            kind=SECRET_DELETE,
            actor=actor,
            tenant_id=tenant_id,
            subject_type="secret",
            subject_id=name,
            subject_digest=digest_bytes(bytes(row.ciphertext)),
            predicate={"version": row.version},
            decision=decision,
            before=digest_bytes(bytes(row.ciphertext)),
        )
        row.delete()
