"""The tenant of a transaction.

PostgreSQL's row-level security reads it from `maestro.tenant`, set for the transaction alone
(`SET LOCAL`), so a pooled connection carries nothing on to the next request. A statement on a
tenant's table with no tenant set is an error raised by the database itself
(`maestro_tenant()`, see `kernel/rls.py`): forgetting the scope never reads as "no rows".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn

PLATFORM_TENANT = UUID(int=0)
"""The tenant in which the platform's own people act when they act in no other."""


@dataclass(frozen=True, slots=True)
class _Scope:
    tenant_id: UUID
    afterwards: list[Callable[[], None]] = field(default_factory=list)


_current: ContextVar[_Scope | None] = ContextVar("maestro_tenant_scope", default=None)


def current_tenant() -> UUID | None:
    """The tenant of the scope that is open here, or None."""
    scope = _current.get()
    return scope.tenant_id if scope else None


def afterwards(callback: Callable[[], None]) -> None:
    """Run `callback` in a new scope of the same tenant when the outermost one here has ended.

    It runs after a commit and after a roll-back alike: what a refusal must leave behind is written
    this way. Outside a scope it runs at once.
    """
    scope = _current.get()
    if scope is None:
        callback()
    else:
        scope.afterwards.append(callback)


@contextmanager
def tenant_scope(tenant_id: UUID) -> Iterator[None]:
    """A transaction in which only the rows of `tenant_id` (and shared ones) exist.

    Nested in a scope of the same tenant it is a savepoint. Nested in another tenant's, the outer
    tenant is put back at its end. An exception rolls back what was done inside.
    """
    outer = _current.get()
    scope = _Scope(tenant_id, outer.afterwards if outer else [])
    changes = outer is None or outer.tenant_id != tenant_id
    inside = connection.in_atomic_block
    token = _current.set(scope)
    try:
        with transaction.atomic():
            if changes and (inside or not _begin(tenant_id)):
                _set_local(str(tenant_id))
            yield
            # A savepoint that is rolled back takes its SET LOCAL with it; one that is released
            # does not.
            if changes and inside and not connection.needs_rollback:
                _set_local(str(outer.tenant_id) if outer else "")
    finally:
        _current.reset(token)
        if outer is None and scope.afterwards:
            with tenant_scope(tenant_id):
                for callback in scope.afterwards:
                    callback()


def _begin(tenant_id: UUID) -> bool:
    """Begin the transaction and set its tenant in one round trip. False if it could not be done,
    and then nothing was: the usual way comes to the same, or says what is wrong."""
    connection.ensure_connection()
    server: PGconn = connection.connection.pgconn
    if server.transaction_status != TransactionStatus.IDLE:
        return False
    # A UUID is hexadecimal digits and hyphens: nothing in it needs quoting.
    result = server.exec_(
        f"BEGIN; SELECT set_config('maestro.tenant', '{tenant_id}', true)".encode()
    )
    return result.status == ExecStatus.TUPLES_OK


def _set_local(tenant: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('maestro.tenant', %s, true)", [tenant])
