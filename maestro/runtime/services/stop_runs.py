from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.statements import fetch

JOBS = "jobs"
BATCH = 500

_STOP: LiteralString = """
UPDATE runtime_execution SET cancel_requested_at = %(now)s, cancelled_by_name = %(by)s,
    revision = revision + 1, wake_at = %(now)s, wake_sent_at = NULL
WHERE id IN (
    SELECT id FROM runtime_execution
    WHERE installation_id = ANY(%(installations)s) AND status IN ('queued', 'running')
      AND cancel_requested_at IS NULL
    ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def stop_runs(*, installations: list[UUID], by: str) -> int:
    """Ask what runs of these installations to end, in batches; how many there were.

    For jobs: over all tenants. `by` is who stopped them, as their pages show it. What a worker holds
    this very moment it lets go by itself: it reads the grant with the execution.
    """
    stopped = 0
    while True:
        values = {"installations": installations, "by": by[:120], "batch": BATCH, "now": now()}
        rows = fetch(JOBS, _STOP, values)
        for row in rows:
            enqueue("runtime.advance_execution", using=JOBS, execution_id=row["id"])
        stopped += len(rows)
        if len(rows) < BATCH:
            return stopped
