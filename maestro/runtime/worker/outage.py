"""Waiting for a database that is being restarted."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.db import connections

from maestro.runtime.worker.store import JOBS

logger = logging.getLogger(__name__)

PATIENCE = 300.0  # seconds
# Short: when the database is back, whoever has a result must be first to write it, before the
# pump finds that the step's lease has ended meanwhile.
PAUSE = 0.2  # seconds


class Outage:
    """One wait for the database, over as many attempts as it takes."""

    def __init__(self) -> None:
        self._until: float | None = None

    @property
    def lasts(self) -> bool:
        """Whether an attempt has failed."""
        return self._until is not None

    def wait(self, problem: Exception) -> None:
        """Let go of the connection that was cut, and wait a moment.

        Raises `problem` when the connection is whole, so that the statement is to blame, and
        after five minutes.
        """
        connection: Any = connections[JOBS]
        if connection.connection is not None and not connection.connection.closed:
            raise problem
        now = time.monotonic()
        if self._until is None:
            self._until = now + PATIENCE
            logger.warning("The database is away: %s", type(problem).__name__)
        if now > self._until:
            raise problem
        connection.close()
        threading.Event().wait(PAUSE)
