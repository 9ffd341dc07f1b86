from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from django.conf import settings

from maestro.kernel.after_commit import send
from maestro.kernel.clock import now
from maestro.kernel.statements import fetch

ADVANCE = "runtime.advance_execution"

# Each finds what is due and notes, in the same statement, that a message goes out for it: two pumps
# at once take different rows, and a message that is lost is sent again after ten seconds.
_STEPS_DUE: LiteralString = """
UPDATE runtime_steprun SET wake_sent_at = %(now)s WHERE id IN (
    SELECT id FROM runtime_steprun
    WHERE status IN ('queued', 'waiting') AND next_attempt_at <= %(now)s
      AND (wake_sent_at IS NULL OR wake_sent_at <= %(now)s - interval '10 seconds')
    ORDER BY next_attempt_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
RETURNING execution_id
"""
_LEASES_OVER: LiteralString = """
UPDATE runtime_steprun SET wake_sent_at = %(now)s WHERE id IN (
    SELECT id FROM runtime_steprun
    WHERE status = 'running' AND lease_until <= %(now)s
      AND (wake_sent_at IS NULL OR wake_sent_at <= %(now)s - interval '10 seconds')
    ORDER BY lease_until LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
RETURNING execution_id
"""
_EXECUTIONS_ASLEEP: LiteralString = """
UPDATE runtime_execution SET wake_sent_at = %(now)s WHERE id IN (
    SELECT id FROM runtime_execution
    WHERE wake_at <= %(now)s - interval '5 seconds'
      AND (wake_sent_at IS NULL OR wake_sent_at <= %(now)s - interval '10 seconds')
    ORDER BY wake_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
RETURNING id AS execution_id
"""
_HEARD: LiteralString = """
INSERT INTO kernel_heartbeat (name, seen_at) VALUES ('worker', %(now)s)
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
"""


def pump() -> int:
    """Send a message for everything that is due: retries, timers, lost leases, lost messages.

    Runs each second in some worker, any number at once. Answers how many executions it woke.
    """
    values = {"now": now(), "batch": settings.RUNTIME_SWEEP_BATCH}
    fetch("jobs", _HEARD, {"now": values["now"]})
    due: set[UUID] = set()
    for statement in (_STEPS_DUE, _LEASES_OVER, _EXECUTIONS_ASLEEP):
        due |= {row["execution_id"] for row in fetch("jobs", statement, values)}
    for execution_id in due:
        if not send(ADVANCE, {"execution_id": str(execution_id)}):
            break  # no broker: the rest would only wait for it too; all of it is sent again later
    return len(due)
