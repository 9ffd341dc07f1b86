from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from governance.keyring import key_ring
from governance.models import Secret
from governance.scope import in_tenant
from governance.sealing import SecretUnreadable, unseal
from governance.secrets.errors import SecretSourceRefused
from governance.secrets.sources import DATABASE, source_called
from governance.services.rewrap_secrets import sealed_of
from governance.services.set_secret import LONGEST, SHORTEST, sealed_with
from governance.slugs import slug_of
from maestro.kernel.clock import now
from maestro.kernel.errors import NotFound

USED_EVERY = timedelta(minutes=1)  # when it was last used is written no oftener


def reveal_secrets(*, tenant_id: UUID, names: Iterable[str], using: str = "jobs") -> dict[str, str]:
    """The values of a tenant's secrets by name. For the runtime alone, at the call that needs them:
    whoever starts an execution was authorized then.

    One query, one more when it is a minute since the last use was noted, and one when a value is
    kept elsewhere, where it is asked for then. Raises `NotFound`, naming every one that is
    missing, `SecretUnreadable`, and `SecretSourceAway` when another time may be better.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    with in_tenant(tenant_id, using):
        rows = list(Secret.objects.using(using).for_tenant(tenant_id).filter(name__in=wanted))
        missing = sorted(set(wanted) - {row.name for row in rows})
        if missing:
            raise NotFound(
                f"There is no secret called {', '.join(missing)}.",
                hint="Ask an admin of the tenant to store it.",
            )
        values = {row.name: _open(row) for row in rows if row.source == DATABASE}
        elsewhere = [row for row in rows if row.source != DATABASE]
        slug = slug_of(tenant_id, using) if elsewhere else ""
        _note_use(rows, using)
    return values | {row.name: _ask(row, slug) for row in elsewhere}


def _open(row: Secret) -> str:
    try:
        return unseal(sealed_of(row), covers=sealed_with(row), ring=key_ring())
    except SecretUnreadable as problem:
        raise SecretUnreadable(
            f"The secret {row.name} can't be opened. {problem.message}", hint=problem.hint
        ) from None


def _ask(row: Secret, slug: str) -> str:
    try:
        value = source_called(row.source).read(slug, row.reference)
    except SecretSourceRefused as problem:
        raise SecretUnreadable(
            f"The secret {row.name} can't be read. {problem.message}", hint=problem.hint
        ) from None
    if len(value) < SHORTEST or len(value.encode(errors="replace")) > LONGEST:
        # What is shorter can't be masked without masking everything.
        raise SecretUnreadable(
            f"The secret {row.name} has fewer than {SHORTEST} characters or more than 64 KiB.",
            hint=f"Change it in its source, {row.source}.",
        )
    return value


def _note_use(rows: list[Secret], using: str) -> None:
    moment = now()
    stale = [
        row.pk
        for row in rows
        if row.last_used_at is None or moment - row.last_used_at >= USED_EVERY
    ]
    if stale:
        Secret.objects.using(using).filter(pk__in=stale).update(last_used_at=moment)
