"""Which tenant's transaction a row of governance is written in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from maestro.kernel.tenant import current_tenant, tenant_scope


@contextmanager
def in_tenant(tenant_id: UUID, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """The tenant's scope: the one that is open, or a new one. On another alias than the default,
    whose role sees every tenant, the caller's transaction as it is."""
    if using != DEFAULT_DB_ALIAS or current_tenant() == tenant_id:
        yield
    else:
        with tenant_scope(tenant_id):
            yield
