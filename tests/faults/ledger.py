"""What is known of many executions: whether they have ended, and what happened how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from maestro.kernel.statements import fetch
from tests.embedded.waiting import until
from tests.faults.processes import PATIENCE

_STATUSES = "SELECT status, count(*) AS n FROM runtime_execution WHERE id = ANY(%(ids)s) GROUP BY 1"
_EVENTS = """
SELECT execution_id, step_id, item_index, kind, count(*) AS n FROM runtime_executionevent
WHERE execution_id = ANY(%(ids)s) AND kind = %(kind)s GROUP BY 1, 2, 3, 4
"""


def statuses(ids: Sequence[UUID]) -> Counter[str]:
    """How many executions are in which status."""
    return Counter(
        {row["status"]: row["n"] for row in fetch("jobs", _STATUSES, {"ids": list(ids)})}
    )


def all_succeed(ids: Sequence[UUID], *, within: float = PATIENCE) -> None:
    """Wait until all have succeeded; fails as soon as one ends otherwise."""

    def settled() -> bool:
        found = statuses(ids)
        assert not found["failed"], found
        assert not found["cancelled"], found
        return found["succeeded"] == len(ids)

    until(settled, within=within, of="all executions succeeded")


def times(ids: Sequence[UUID], kind: str) -> Counter[tuple[UUID, str, int]]:
    """How often a kind of event happened to each step."""
    rows = fetch("jobs", _EVENTS, {"ids": list(ids), "kind": kind})
    return Counter(
        {(row["execution_id"], row["step_id"], row["item_index"]): row["n"] for row in rows}
    )


def each_once(ids: Sequence[UUID], steps: Sequence[str]) -> None:
    """Each step of each execution succeeded exactly once, and so did the execution itself."""
    wanted = {(execution, step, -1): 1 for execution in ids for step in (*steps, "")}
    assert times(ids, "succeeded") == wanted
