from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from governance.keyring import key_ring
from governance.models import Secret
from governance.sealing import Sealed, SecretUnreadable, rewrap
from governance.secrets.sources import DATABASE

logger = logging.getLogger(__name__)
JOBS = "jobs"
BATCH = 200


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many secrets are wrapped by the active key now that were not, and how many can't be."""

    done: int
    unreadable: int


def rewrap_secrets(*, batch: int = BATCH) -> Rewrapped:
    """Wrap the data key of every secret by the active key. No value is opened.

    In batches, each a transaction of its own, so that it may be ended at any time and goes on where
    it was; several at once take different secrets. One that does not open stays as it is.
    """
    done = unreadable = 0
    after = UUID(int=0)
    while True:
        ids, opened = _batch(after, batch)
        done, unreadable = done + opened, unreadable + len(ids) - opened
        if not ids:
            return Rewrapped(done, unreadable)
        after = ids[-1]


def _batch(after: UUID, most: int) -> tuple[list[UUID], int]:
    ring = key_ring()
    with transaction.atomic(using=JOBS):
        rows = list(
            Secret.objects.using(JOBS)
            .filter(source=DATABASE)
            .exclude(key_id=ring.active)
            .filter(pk__gt=after)
            .order_by("pk")
            .select_for_update(skip_locked=True)[:most]
        )
        opened = 0
        for row in rows:
            try:
                sealed = rewrap(sealed_of(row), ring=ring)
            except SecretUnreadable:
                logger.warning("A secret is wrapped by the key %s and does not open.", row.key_id)
                continue
            row.wrapped_key, row.key_id = sealed.wrapped_key, sealed.key_id
            row.save(using=JOBS, update_fields=["wrapped_key", "key_id"])
            opened += 1
    return [row.pk for row in rows], opened


def sealed_of(row: Secret) -> Sealed:
    """What is stored of a secret, as a value."""
    return Sealed(
        ciphertext=bytes(row.ciphertext),
        nonce=bytes(row.nonce),
        wrapped_key=bytes(row.wrapped_key),
        key_id=row.key_id,
    )
