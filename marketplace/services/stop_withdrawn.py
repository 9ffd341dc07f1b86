from __future__ import annotations

from typing import LiteralString

from maestro.kernel.after_commit import send
from maestro.kernel.clock import now
from maestro.kernel.statements import fetch

BATCH = 500

_ASK: LiteralString = """
WITH due AS (
    SELECT e.id, w.withdrawn_by_name AS name FROM runtime_execution e
    JOIN runtime_withdrawal w ON w.version_id = e.version_id AND w.mode = 'stop'
    WHERE e.status IN ('queued', 'running') AND e.grant_id IS NOT NULL
      AND e.cancel_requested_at IS NULL AND e.finished_at IS NULL
    ORDER BY e.id LIMIT %(batch)s FOR UPDATE OF e SKIP LOCKED
)
UPDATE runtime_execution e SET cancel_requested_at = %(now)s, revision = e.revision + 1,
    cancelled_by_name = left(due.name, 120), wake_at = %(now)s, wake_sent_at = NULL
FROM due WHERE e.id = due.id RETURNING e.id
"""


def stop_withdrawn() -> int:
    """Ask what installations still run of withdrawn releases to end, in batches; how many it were.

    Of releases withdrawn with the mode `stop`, and all of them: so a lost message is made up for by
    the next round. What the publisher itself runs of its own workflow goes on.
    """
    asked = 0
    while rows := fetch("jobs", _ASK, {"batch": BATCH, "now": now()}):
        for row in rows:
            send("runtime.advance_execution", {"execution_id": str(row["id"])})
        asked += len(rows)
    return asked
