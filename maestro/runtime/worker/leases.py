"""The lease keeper: one thread a process that tells the database which steps are still alive.

A step that is not renewed for `RUNTIME_LEASE` seconds is taken over by another worker. The same
statement brings back which executions are to be cancelled, so a long call hears of it within a
renewal.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import Error, connections

from maestro.kernel.clock import now
from maestro.runtime.worker.store import renew

logger = logging.getLogger(__name__)

CANCEL_HEARD_WITHIN = 1.0  # seconds


@dataclass(slots=True)
class Held:
    """A step that this process is carrying out."""

    step_id: UUID
    fence: int
    cancelled: threading.Event = field(default_factory=threading.Event)
    lost: bool = False


class LeaseKeeper:
    """Renews what is held. Thread-safe; the thread starts with the first step that takes long."""

    def __init__(self, lease: float, interval: float) -> None:
        self._lease, self._interval = timedelta(seconds=lease), interval
        self._held: dict[UUID, Held] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    @contextmanager
    def holding(self, step_id: UUID, fence: int) -> Iterator[Held]:
        """Keep a step's lease alive for as long as the block lasts."""
        held = Held(step_id, fence)
        with self._lock:
            self._held[step_id] = held
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)
                self._thread.start()
        self._wake.set()
        try:
            yield held
        finally:
            with self._lock:
                if self._held.get(step_id) is held:
                    del self._held[step_id]

    def _keep(self) -> None:
        while True:
            with self._lock:
                idle = not self._held
            if idle:
                connections.close_all()
                self._wake.wait()
            self._wake.clear()
            # What ends within the first interval costs no statement.
            self._wait_interval()
            with self._lock:
                held = list(self._held.values())
            if held:
                self._renew(held)

    def _wait_interval(self) -> None:
        threading.Event().wait(self._interval)

    def _renew(self, held: list[Held]) -> None:
        try:
            alive = renew([(step.step_id, step.fence) for step in held], now() + self._lease)
        except Error as problem:
            # The lease outlasts several intervals: a database that is back by then loses nothing.
            logger.warning("Leases could not be renewed: %s", type(problem).__name__)
            connections.close_all()
            return
        for step in held:
            if step.step_id not in alive:
                step.lost = True
                step.cancelled.set()
            elif alive[step.step_id]:
                step.cancelled.set()


@cache
def lease_keeper() -> LeaseKeeper:
    """This process's keeper."""
    lease: float = settings.RUNTIME_LEASE
    return LeaseKeeper(lease, min(CANCEL_HEARD_WITHIN, lease / 5))
