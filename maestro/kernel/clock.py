"""The time. One place to ask, so that a test can move it for every process at once.

The offset is a row in the database (`kernel_clockoffset`), read only when
`settings.MAESTRO_TEST_CLOCK` is on, so that a process that was killed and started again shares it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection


def now() -> datetime:
    """The present moment, in UTC."""
    moment = datetime.now(UTC)
    if settings.MAESTRO_TEST_CLOCK:
        moment += _offset()
    return moment


def _offset() -> timedelta:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seconds FROM kernel_clockoffset WHERE id = 1")
        row = cursor.fetchone()
    return timedelta(seconds=row[0]) if row else timedelta()
