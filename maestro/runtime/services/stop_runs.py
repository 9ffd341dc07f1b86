from __future__ import annotations

from typing import Any, LiteralString
from uuid import UUID

from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.statements import fetch

JOBS = "jobs"
BATCH = 500

_OF_INSTALLATIONS: LiteralString = """
SELECT e.id, %(by)s::text AS name FROM runtime_execution e
WHERE e.installation_id = ANY(%(installations)s)
"""
_OF_WITHDRAWN: LiteralString = """
SELECT e.id, w.withdrawn_by_name AS name FROM runtime_execution e
JOIN runtime_withdrawal w ON w.version_id = e.version_id AND w.mode = 'stop'
WHERE e.grant_id IS NOT NULL
"""
_ASK: LiteralString = """
  AND e.status IN ('queued', 'running') AND e.cancel_requested_at IS NULL
ORDER BY e.id LIMIT %(batch)s FOR UPDATE OF e SKIP LOCKED
)
UPDATE runtime_execution e SET cancel_requested_at = %(now)s, revision = e.revision + 1,
    cancelled_by_name = left(due.name, 120), wake_at = %(now)s, wake_sent_at = NULL
FROM due WHERE e.id = due.id RETURNING e.id
"""


def stop_runs(*, installations: list[UUID], by: str) -> int:
    """Ask what runs of these installations to end, in batches; how many there were.

    For jobs: over all tenants. `by` is who stopped them, as their pages show it. What a worker holds
    this very moment it lets go by itself: it reads the grant with the execution.
    """
    return _ask(_OF_INSTALLATIONS, {"installations": installations, "by": by})


def stop_withdrawn() -> int:
    """As `stop_runs`, for what installations run of releases withdrawn with the mode `stop`.

    Of all of them: so a lost message is made up for by the next round. What the publisher itself
    runs of its own workflow goes on.
    """
    return _ask(_OF_WITHDRAWN, {})


def _ask(which: LiteralString, values: dict[str, Any]) -> int:
    asked = 0
    while True:
        given = values | {"batch": BATCH, "now": now()}
        rows = fetch(JOBS, "WITH due AS (" + which + _ASK, given)
        for row in rows:
            enqueue("runtime.advance_execution", using=JOBS, execution_id=row["id"])
        asked += len(rows)
        if len(rows) < BATCH:
            return asked
