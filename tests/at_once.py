"""Calls that meet: begun at the same moment, or the second while the first is not committed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

from maestro.kernel.errors import Conflict
from maestro.kernel.statements import fetch

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
        try:
            met[index] = call()
        except Conflict as refusal:
            met[index] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return met


def somebody_waits() -> bool:
    """Whether anybody waits for a lock in the tests' database."""
    return bool(fetch("platform", _WAITERS, {})[0]["count"])
