from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from uuid import UUID

from governance.actions import SECRET_WRITE, secret_resource
from governance.keyring import key_ring
from governance.models import Secret
from governance.scope import in_tenant
from governance.sealing import seal
from governance.secrets.sources import DATABASE
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, Problem

NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
SHORTEST = 4  # characters: what is shorter can't be masked without masking everything
LONGEST = 64 * 1024  # bytes


def set_secret(
    *, actor: Actor, tenant_id: UUID, name: str, value: str, description: str | None = None
) -> Secret:
    """Store a secret under `name`, in place of the value that was there.

    The value can't be read again but by the runtime. Without a `description` the old one stays.
    Raises `InvalidInput`, `Denied`.
    """
    problems = [*wrong_facts(name, description), *_wrong_value(value)]
    if problems:
        raise InvalidInput("The secret can't be stored like this.", problems=problems)
    with in_tenant(tenant_id):
        decision = authorize(
            actor=actor, action=SECRET_WRITE, resource=secret_resource(tenant_id, name)
        )
        # The lock keeps two writers from sealing the same version.
        row = Secret.objects.for_tenant(tenant_id).select_for_update().filter(name=name).first()
        row = row or Secret(tenant_id=tenant_id, name=name, version=0)
        before = digest_bytes(bytes(row.ciphertext)) if row.version else None
        row.version += 1
        sealed = seal(value, covers=sealed_with(row), ring=key_ring())
        for field, part in asdict(sealed).items():
            setattr(row, field, part)
        row.source, row.reference = DATABASE, ""
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
            subject_digest=digest_bytes(sealed.ciphertext),
            predicate={"version": row.version, "key": row.key_id},
            decision=decision,
            before=before,
            after=digest_bytes(sealed.ciphertext),
        )
    return row


def sealed_with(row: Secret) -> dict[str, object]:
    """What the seal of a secret covers besides its value."""
    return {"tenant": str(row.tenant_id), "name": row.name, "version": row.version}


def wrong_facts(name: str, description: str | None) -> Iterator[Problem]:
    """What is wrong with a secret's name and description."""
    if not NAME.fullmatch(name):
        yield Problem(
            "/name",
            "A name is lower-case letters, digits, hyphens and underscores, at most 63.",
            "invalid_name",
        )
    if description and len(description) > 200:
        yield Problem("/description", "A description has at most 200 characters.", "too_long")


def _wrong_value(value: str) -> Iterator[Problem]:
    if len(value) < SHORTEST:
        yield Problem("/value", f"A secret has at least {SHORTEST} characters.", "too_short")
    if len(value.encode(errors="replace")) > LONGEST:
        yield Problem("/value", "A secret has at most 64 KiB.", "too_long")
