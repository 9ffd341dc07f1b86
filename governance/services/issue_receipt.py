from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from governance.models import Decision, Receipt
from governance.policy.facts import plain
from governance.purposes import purpose_of
from governance.scope import in_tenant
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.clock import now

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
RECEIPT_TYPE = "https://maestro.example/attestation/receipt/v1"
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


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
    using: str = DEFAULT_DB_ALIAS,
) -> Receipt:
    """Leave proof that `actor` did `kind` (such as `workflow.freeze`) to a subject.

    `subject_digest` is `sha256:<hex>` of what the subject was then; `predicate` says what was done,
    as JSON, and never holds a secret. Written in the transaction that is open on `using`. Raises
    `ValueError` for another form of digest.
    """
    found = _SHA256.fullmatch(subject_digest)
    if found is None:
        raise ValueError("a subject's digest is sha256: and 64 hexadecimal digits")
    purpose = decision.purpose if decision else purpose_of(actor)
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": f"{subject_type}/{subject_id}", "digest": {"sha256": found[1]}}],
        "predicateType": RECEIPT_TYPE,
        "predicate": {
            "kind": kind,
            "tenant": str(tenant_id),
            "actor": {"kind": actor.kind.value, "id": plain(actor.id), "name": actor.name},
            "purpose": purpose,
            "decision": None
            if decision is None
            else {"id": str(decision.pk), "revision": decision.revision},
            "at": now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "what": plain(predicate),
        },
    }
    receipt = Receipt(
        tenant_id=tenant_id,
        kind=kind,
        subject_type=subject_type,
        subject_id=subject_id,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_name=actor.name or actor.email,
        purpose=purpose,
        statement=statement,
        digest=digest(statement),
        decision_id=decision.pk if decision else None,
    )
    with in_tenant(tenant_id, using):
        receipt.save(force_insert=True, using=using)
    return receipt
