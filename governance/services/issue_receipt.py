from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from governance.models import Decision, Receipt
from governance.policy.facts import plain
from governance.purposes import purpose_of
from governance.scope import in_tenant
from governance.signing import signing_ring
from governance.trust.statement import RECEIPT_TYPE, sign_statement, statement
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest, digest_bytes
from maestro.kernel.clock import now


def issue_receipt(
    *,
    kind: str,
    actor: Actor,
    tenant_id: UUID,
    subject_type: str,
    subject_id: str,
    subject_digest: str,
    predicate: Mapping[str, Any],
    decision: Decision | None = None,
    before: str | None = None,
    after: str | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Receipt:
    """Leave signed proof that `actor` did `kind` (such as `workflow.freeze`) to a subject.

    `subject_digest` is `sha256:<hex>` of what the subject was then; `predicate` says what was done,
    as JSON, and never holds a secret. Of a change it says the values `before` and `after`, whose
    digests then stand beside it; where it may not hold them, the digests are given. Written in the
    transaction that is open on `using`. Raises `ValueError` for another form of digest.
    """
    purpose = decision.purpose if decision else purpose_of(actor)
    claim = statement(
        name=f"{subject_type}/{subject_id}",
        digest=subject_digest,
        predicate_type=RECEIPT_TYPE,
        predicate={
            "kind": kind,
            "tenant": str(tenant_id),
            "actor": {"kind": actor.kind.value, "id": plain(actor.id), "name": actor.name},
            "purpose": purpose,
            "decision": None
            if decision is None
            else {"id": str(decision.pk), "revision": decision.revision},
            "at": now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "what": plain(predicate),
        }
        | _change(predicate, before=before, after=after),
    )
    envelope = sign_statement(claim, signing_ring().signer)
    receipt = Receipt(
        tenant_id=tenant_id,
        kind=kind,
        subject_type=subject_type,
        subject_id=subject_id,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_name=actor.name or actor.email,
        purpose=purpose,
        statement=claim,
        digest=digest_bytes(envelope.payload),
        decision_id=decision.pk if decision else None,
        signatures=envelope.as_dict()["signatures"],
    )
    with in_tenant(tenant_id, using):
        receipt.save(force_insert=True, using=using)
    return receipt


def _change(predicate: Mapping[str, Any], **given: str | None) -> dict[str, str]:
    """The digests of what was before and after, as far as there was anything."""
    known = {
        name: value or (digest(plain(predicate[name])) if predicate.get(name) else None)
        for name, value in given.items()
    }
    return {name: value for name, value in known.items() if value}
