"""Calls that meet: begun at the same moment, or the second while the first is not committed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connections

from maestro.kernel.errors import MaestroError
from maestro.kernel.statements import fetch
from maestro.kernel.tenant import tenant_scope
from tests.embedded.waiting import until

_WAITERS = """
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE a.datname = current_database() AND NOT l.granted
"""


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each gave, or the refusal that it met, all begun at the same moment."""
    barrier = threading.Barrier(len(calls))
    met: list[Any] = [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        barrier.wait(timeout=30)
        met[index] = _met(call)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return met


def overtaking(
    tenant_id: UUID,
    first: Callable[[], Any],
    second: Callable[[], Any],
    meanwhile: Callable[[], Any] = lambda: None,
) -> Any:
    """What `second` gave, or the refusal that it met: begun when `first` was done in the tenant and
    not committed, and going on after it was. `meanwhile` is done while the second waits."""
    met: list[Any] = []
    thread = threading.Thread(target=lambda: met.append(_met(second)))
    with tenant_scope(tenant_id):
        first()
        thread.start()
        until(lambda: somebody_waits() or not thread.is_alive(), of="the second")
        meanwhile()
    thread.join(timeout=60)
    return met[0]


def _met(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except MaestroError as refusal:
        return refusal
    finally:
        connections.close_all()


def somebody_waits() -> bool:
    """Whether anybody waits for a lock in the tests' database."""
    return bool(fetch("platform", _WAITERS, {})[0]["count"])
