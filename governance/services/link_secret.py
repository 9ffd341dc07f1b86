from __future__ import annotations

from uuid import UUID

from governance.actions import SECRET_WRITE, secret_resource
from governance.models import Secret
from governance.scope import in_tenant
from governance.secrets.sources import DATABASE, is_reference, open_sources
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from governance.services.set_secret import wrong_facts
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, Problem


def link_secret(
    *,
    actor: Actor,
    tenant_id: UUID,
    name: str,
    source: str,
    reference: str,
    description: str | None = None,
) -> Secret:
    """Say that the secret `name` is kept elsewhere: in `source`, under the tenant's own `reference`.

    It is read there when a call needs it, and not now. What was sealed here under the name is gone.
    Raises `InvalidInput`, also for a source that the platform's settings do not open; `Denied`.
    """
    problems = [*wrong_facts(name, description)]
    if source not in open_sources():
        known = ", ".join(sorted(open_sources())) or "the database alone"
        problems.append(
            Problem("/source", f"Secrets are read from {known} here.", "unknown_source")
        )
    if not is_reference(reference):
        problems.append(
            Problem(
                "/reference",
                "A reference is names with slashes between them, such as db/tracker#token.",
                "invalid_reference",
            )
        )
    if problems:
        raise InvalidInput("The secret can't be kept there.", problems=problems)
    with in_tenant(tenant_id):
        decision = authorize(
            actor=actor, action=SECRET_WRITE, resource=secret_resource(tenant_id, name)
        )
        row = Secret.objects.for_tenant(tenant_id).select_for_update().filter(name=name).first()
        row = row or Secret(tenant_id=tenant_id, name=name, version=0, source=DATABASE)
        before = {"source": row.source, "reference": row.reference} if row.version else None
        after = {"source": source, "reference": reference}
        row.version += 1
        row.source, row.reference = source, reference
        row.ciphertext = row.nonce = row.wrapped_key = b""
        row.key_id = ""
        if description is not None:
            row.description = description
        row.created_by, row.updated_at = actor.id, now()
        row.save()
        issue_receipt(
            kind=SECRET_WRITE,
            actor=actor,
            tenant_id=tenant_id,
            subject_type="secret",
            subject_id=name,
            subject_digest=digest(after),
            predicate={"version": row.version, "before": before, "after": after},
            decision=decision,
        )
    return row
