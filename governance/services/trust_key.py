from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from governance.actions import PUBLISHER_KEY_WRITE, publisher_key_resource
from governance.models import Decision, TrustedKey
from governance.scope import in_tenant
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from governance.trust.keys import KeyUnusable, PublicKey, read_public_keys
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, NotFound, Problem
from maestro.kernel.tenant import PLATFORM_TENANT

TRUST, DISTRUST = "publisher_key.trust", "publisher_key.revoke"
MOST = 10  # keys in one file


def trust_keys(*, actor: Actor, publisher: str, pem: bytes, holder_id: UUID) -> list[TrustedKey]:
    """Believe from now on what the keys in `pem` sign as `publisher`; those that are new.

    `holder_id` is the tenant that holds the publisher's workflows here. A key that is trusted for
    it already stays. Raises `InvalidInput` for what is no public key, `Denied`.
    """
    with in_tenant(PLATFORM_TENANT), transaction.atomic():
        decision = authorize(
            actor=actor, action=PUBLISHER_KEY_WRITE, resource=publisher_key_resource(publisher)
        )
        keys = _read(pem)
        known = set(
            TrustedKey.objects.filter(publisher=publisher, revoked_at=None).values_list(
                "key_id", flat=True
            )
        )
        made = []
        for key in keys:
            if key.id in known:
                continue
            row = TrustedKey(
                publisher=publisher,
                holder_id=holder_id,
                key_id=key.id,
                pem=key.pem.decode(),
                added_at=now(),
                added_by=actor.id,
                added_by_name=actor.name or actor.email,
            )
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
            except IntegrityError:  # somebody else added it at this moment
                continue
            _prove(TRUST, actor, row, decision)
            made.append(row)
    return made


def distrust_key(*, actor: Actor, publisher: str, key_id: str) -> TrustedKey:
    """Believe a publisher's key no more. What only it has signed runs no more from now on.

    `key_id` may be its beginning, eight characters at least. Raises `NotFound`, `Conflict` where two
    keys begin like this, `Denied`.
    """
    with in_tenant(PLATFORM_TENANT), transaction.atomic():
        decision = authorize(
            actor=actor, action=PUBLISHER_KEY_WRITE, resource=publisher_key_resource(publisher)
        )
        rows = list(
            TrustedKey.objects.select_for_update(of=("self",)).filter(
                publisher=publisher, revoked_at=None, key_id__startswith=key_id
            )[:2]
        )
        if not rows or len(key_id) < 8:
            raise NotFound(
                f"No such key is trusted for {publisher}.",
                hint="Give its id, or the first eight characters of it at least.",
            )
        if len(rows) > 1:
            raise Conflict("Two keys begin like this.", hint="Give more of the key's id.")
        row = rows[0]
        row.revoked_at, row.revoked_by_name = now(), actor.name or actor.email
        row.save(update_fields=["revoked_at", "revoked_by_name"])
        _prove(DISTRUST, actor, row, decision)
    return row


def _read(pem: bytes) -> list[PublicKey]:
    if b"PRIVATE KEY" in pem:
        message = "It holds a private key, which nobody should have sent you."
        hint = "Ask the publisher for the public keys, and to rotate that one."
        raise InvalidInput(message, problems=[Problem("/pem", message, "private_key", hint)])
    try:
        keys = list(read_public_keys(pem).values())
    except KeyUnusable as problem:
        raise InvalidInput(
            "The keys can't be read.",
            problems=[
                Problem("/pem", str(problem), "key_unusable", "Give public keys in PEM, P-256.")
            ],
        ) from None
    if not 1 <= len(keys) <= MOST:
        raise InvalidInput(
            "The keys can't be taken.",
            problems=[Problem("/pem", f"Between 1 and {MOST} keys in a file.", "out_of_range")],
        )
    return keys


def _prove(kind: str, actor: Actor, row: TrustedKey, decision: Decision) -> None:
    issue_receipt(
        kind=kind,
        actor=actor,
        tenant_id=PLATFORM_TENANT,
        subject_type="publisher_key",
        subject_id=str(row.pk),
        subject_digest=digest_bytes(row.pem.encode()),
        predicate={"publisher": row.publisher, "key": row.key_id},
        decision=decision,
    )
