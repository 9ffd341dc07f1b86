"""Reading an execution's state, and writing its changes in one statement.

The engine's role (`jobs`) sees all tenants; the tenant of what is written is the execution's own,
taken from its row in the same statement. Nothing is written unless `revision` is still the one the
state was read at: then all of it is, and the revision is one more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction

from catalog.document import Document, load_frozen
from maestro.kernel.statements import Row, fetch
from maestro.runtime.engine_state import Changes, Event, State, StepState
from maestro.runtime.plan import Plan, plan_of
from maestro.runtime.reach import hosts_of
from maestro.runtime.states import ExecutionStatus, StepStatus, WaitingFor

JOBS = "jobs"

_EXECUTION = """
SELECT e.id, e.tenant_id, e.revision, e.status, e.parameters, e.endpoints, e.secrets, e.purpose,
       e.workflow, e.version_id, e.version_digest,
       e.outputs, e.error, e.started_at, e.finished_at, e.created_at, e.depth, e.decision_id,
       e.started_by, e.started_by_name, e.reason, e.parent_step_id, e.obligations,
       (SELECT p.execution_id FROM runtime_steprun p WHERE p.id = e.parent_step_id)
           AS parent_execution_id,
       e.rerun_of_id IS NOT NULL AS is_rerun, e.wake_sent_at IS NOT NULL AS asked_again, e.grant_id,
       e.cancel_requested_at IS NOT NULL OR CASE WHEN e.grant_id IS NOT NULL THEN EXISTS (
           SELECT 1 FROM runtime_grant g
           WHERE g.id = e.grant_id AND (g.stopped_at IS NOT NULL OR EXISTS (
               SELECT 1 FROM runtime_withdrawal w
               WHERE w.version_id = g.version_id AND w.mode = 'stop'))) ELSE FALSE END AS cancelling,
       CASE WHEN e.grant_id IS NOT NULL THEN
           (SELECT g.hosts FROM runtime_grant g WHERE g.id = e.grant_id) END AS granted_hosts
FROM runtime_execution e WHERE e.id = %(id)s
"""
_EXECUTION_LOCKED = f"{_EXECUTION} FOR UPDATE OF e"

_STEPS = """
SELECT id, step_id, item_index, task, status, attempt, fence, takeovers, worker, waiting_for,
       lease_until, next_attempt_at, output_digest, output_size, output_file, error, fan,
       related_id, started_at, finished_at,
       CASE WHEN status IN ('queued', 'running', 'waiting') THEN input END AS input,
       CASE WHEN status IN ('queued', 'running', 'waiting') THEN log END AS log
FROM runtime_steprun
WHERE execution_id = %(id)s AND (
    revision > %(since)s
    AND (item_index < 0 OR status IN ('queued', 'running', 'waiting') OR %(since)s >= 0)
    OR (step_id, item_index) IN (SELECT * FROM unnest(%(steps)s::text[], %(items)s::int[]))
)
ORDER BY id
"""

_WRITE = """
WITH guard AS (
    UPDATE runtime_execution SET revision = revision + 1, status = %(status)s,
        outputs = %(outputs)s::jsonb, error = %(error)s::jsonb, started_at = %(started_at)s,
        finished_at = %(finished_at)s, wake_at = NULL, wake_sent_at = NULL
    WHERE id = %(id)s AND revision = %(revision)s
    RETURNING id, tenant_id, revision
), stepped AS (
    INSERT INTO runtime_steprun (id, tenant_id, execution_id, created_at, revision, step_id,
        item_index, task, status, attempt, fence, takeovers, worker, waiting_for, lease_until,
        next_attempt_at, input, output, output_digest, output_size, output_file, error, log, fan,
        related_id, started_at, finished_at)
    SELECT s.id, guard.tenant_id, guard.id, %(now)s, guard.revision, s.step_id, s.item, s.task,
        s.status, s.attempt, s.fence, s.takeovers, s.worker, s.waiting_for, s.lease_until,
        s.next_attempt_at, s.input, s.output, s.output_digest, s.output_size, s.output_file,
        s.error, s.log, s.fan, s.related_id, s.started_at, s.finished_at
    FROM guard, jsonb_to_recordset(%(steps)s::jsonb) AS s(id uuid, step_id text, item int,
        task text, status text, attempt int, fence int, takeovers int, worker text,
        waiting_for text, lease_until timestamptz, next_attempt_at timestamptz, input jsonb,
        output jsonb, output_digest text, output_size bigint, output_file text, error jsonb,
        log jsonb, fan jsonb, related_id uuid, started_at timestamptz, finished_at timestamptz)
    ON CONFLICT (execution_id, step_id, item_index) DO UPDATE SET
        revision = excluded.revision, status = excluded.status, attempt = excluded.attempt,
        fence = excluded.fence, takeovers = excluded.takeovers, worker = excluded.worker,
        waiting_for = excluded.waiting_for, lease_until = excluded.lease_until,
        next_attempt_at = excluded.next_attempt_at, wake_sent_at = NULL, input = excluded.input,
        output = excluded.output, output_digest = excluded.output_digest,
        output_size = excluded.output_size, output_file = excluded.output_file,
        error = excluded.error, log = excluded.log, fan = excluded.fan,
        related_id = excluded.related_id, started_at = excluded.started_at,
        finished_at = excluded.finished_at
), logged AS (
    INSERT INTO runtime_executionevent (tenant_id, execution_id, step_id, item_index, kind, at,
        data)
    SELECT guard.tenant_id, guard.id, v.step_id, v.item, v.kind, v.at, v.data
    FROM guard, jsonb_to_recordset(%(events)s::jsonb) AS v(step_id text, item int, kind text,
        at timestamptz, data jsonb)
)
"""
_AFTER_THE_END = """
, announced AS (
    INSERT INTO kernel_outboxevent (tenant_id, kind, subject, data, created_at)
    SELECT guard.tenant_id, 'execution.' || %(status)s, guard.id::text,
        jsonb_build_object('status', %(status)s), %(now)s
    FROM guard
), due AS (
    INSERT INTO governance_evidencedue (id, tenant_id, subject_type, since, next_attempt_at,
        attempts)
    SELECT guard.id, guard.tenant_id, 'execution', %(now)s, %(now)s, 0 FROM guard
    ON CONFLICT DO NOTHING
)
"""
_REVISION = "SELECT revision FROM guard"
_WRITE_STEP = _WRITE + _REVISION
_WRITE_END = _WRITE + _AFTER_THE_END + _REVISION


@dataclass(slots=True)
class Snapshot:
    """An execution as it was at `revision`, and its plan."""

    revision: int
    plan: Plan
    state: State
    row: Row

    @property
    def secrets(self) -> dict[str, str]:
        """The document's secret names → the tenant's stored names."""
        bound: dict[str, str] = json.loads(self.row["secrets"])
        return bound

    @property
    def hosts(self) -> frozenset[str]:
        """What its endpoints let it reach; of an installation as far as that was granted it too."""
        reached = hosts_of(self.state.endpoints)
        granted = self.row["granted_hosts"]
        return reached if granted is None else reached & frozenset(granted)


def read(execution_id: UUID) -> Snapshot | None:
    """The execution now, or None if there is no such one."""
    rows = fetch(JOBS, _EXECUTION, {"id": execution_id})
    if not rows:
        return None
    row = rows[0]
    state = State(
        id=row["id"],
        tenant_id=row["tenant_id"],
        status=ExecutionStatus(row["status"]),
        parameters=json.loads(row["parameters"]),
        endpoints=json.loads(row["endpoints"]),
        facts={
            "id": str(row["id"]),
            "tenant": str(row["tenant_id"]),
            "started_at": row["created_at"].isoformat(),
            "purpose": row["purpose"],
        },
        load_output=lambda step_id: load_output(execution_id, step_id),
    )
    document = _document(row["version_digest"], row["version_id"])
    plan = plan_of(document, json.loads(row["obligations"]))
    snapshot = Snapshot(0, plan, state, row)
    _take(snapshot, row, since=-1)
    return snapshot


def refresh(snapshot: Snapshot) -> None:
    """Bring a snapshot up to date: what changed since, and what was thought but not written."""
    row = fetch(JOBS, _EXECUTION, {"id": snapshot.state.id})[0]
    _take(snapshot, row, since=snapshot.revision)


def read_again(snapshot: Snapshot) -> None:
    """As `refresh`, trusting nothing of it: for when it is not known what was written."""
    snapshot.state.steps.clear()
    snapshot.state.changes = Changes()
    row = fetch(JOBS, _EXECUTION, {"id": snapshot.state.id})[0]
    _take(snapshot, row, since=-1)


@contextmanager
def alone(snapshot: Snapshot) -> Iterator[None]:
    """A transaction in which nobody else writes to the execution, with the snapshot up to date."""
    with transaction.atomic(using=JOBS):
        row = fetch(JOBS, _EXECUTION_LOCKED, {"id": snapshot.state.id})[0]
        _take(snapshot, row, since=snapshot.revision)
        yield


def write(snapshot: Snapshot, now: datetime) -> bool:
    """Write the state's changes. False, and nothing is written, when the revision has moved on."""
    state = snapshot.state
    written = fetch(
        JOBS,
        _WRITE_STEP if state.finished_at is None else _WRITE_END,
        {
            "id": state.id,
            "revision": snapshot.revision,
            "status": state.status.value,
            "outputs": _json(state.outputs),
            "error": _json(state.error),
            "started_at": state.started_at,
            "finished_at": state.finished_at,
            "now": now,
            "steps": json.dumps([_step_row(step) for step in state.changes.steps.values()]),
            "events": json.dumps([_event_row(event) for event in state.changes.events]),
        },
    )
    if not written:
        return False
    snapshot.revision = written[0]["revision"]
    state.changes = Changes()
    return True


def ask_to_cancel(execution_ids: list[UUID], now: datetime) -> list[UUID]:
    """Ask for executions to end, as whoever cancelled their parent did; those that had not ended."""
    rows = fetch(
        JOBS,
        """
        UPDATE runtime_execution SET cancel_requested_at = %(now)s, revision = revision + 1,
            wake_at = %(now)s, wake_sent_at = NULL
        WHERE id = ANY(%(ids)s) AND cancel_requested_at IS NULL AND finished_at IS NULL
        RETURNING id
        """,
        {"ids": execution_ids, "now": now},
    )
    return [row["id"] for row in rows]


def load_output(execution_id: UUID, step_id: str) -> Any:
    """A step's stored output; of a step that ran for each of many, its items' in their order."""
    rows = fetch(
        JOBS,
        """
        SELECT item_index, output, output_digest, output_size, output_file, fan IS NOT NULL AS many
        FROM runtime_steprun WHERE execution_id = %(id)s AND step_id = %(step)s
        ORDER BY item_index
        """,
        {"id": execution_id, "step": step_id},
    )
    if not rows:
        return None
    if rows[0]["many"]:
        return [_output(row) for row in rows[1:]]
    return _output(rows[0])


def _output(row: Row) -> Any:
    if row["output_file"]:
        return {"$file": {"digest": row["output_digest"], "bytes": row["output_size"]}}
    return None if row["output"] is None else json.loads(row["output"])


def _take(snapshot: Snapshot, row: Row, *, since: int) -> None:
    state = snapshot.state
    snapshot.row, snapshot.revision = row, row["revision"]
    state.status = ExecutionStatus(row["status"])
    state.cancelling = row["cancelling"]
    state.started_at, state.finished_at = row["started_at"], row["finished_at"]
    state.outputs, state.error = _loads(row["outputs"]), _loads(row["error"])
    unwritten = list(state.changes.steps)
    for key in unwritten:
        state.steps.pop(key, None)
    state.changes = Changes()
    if row["revision"] == 0 and not row["is_rerun"]:
        return  # nobody has touched it since it was started: it has no steps yet
    changed = {
        "id": state.id,
        "since": since,
        "steps": [step_id for step_id, _ in unwritten],
        "items": [item for _, item in unwritten],
    }
    for step_row in fetch(JOBS, _STEPS, changed):
        step = _step(step_row)
        if step.item >= 0 and step.ended:
            state.steps.pop(step.key, None)
        else:
            state.steps[step.key] = step


def _step(row: Row) -> StepState:
    return StepState(
        id=row["id"],
        step_id=row["step_id"],
        item=row["item_index"],
        task=row["task"],
        status=StepStatus(row["status"]),
        attempt=row["attempt"],
        fence=row["fence"],
        takeovers=row["takeovers"],
        worker=row["worker"],
        waiting_for=WaitingFor(row["waiting_for"]),
        lease_until=row["lease_until"],
        next_attempt_at=row["next_attempt_at"],
        input=_loads(row["input"]),
        output_digest=row["output_digest"],
        output_size=row["output_size"],
        output_file=row["output_file"],
        error=_loads(row["error"]),
        log=_loads(row["log"]) or [],
        fan=_loads(row["fan"]),
        related_id=row["related_id"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


def _step_row(step: StepState) -> dict[str, Any]:
    return {
        "id": str(step.id),
        "step_id": step.step_id,
        "item": step.item,
        "task": step.task,
        "status": step.status.value,
        "attempt": step.attempt,
        "fence": step.fence,
        "takeovers": step.takeovers,
        "worker": step.worker,
        "waiting_for": step.waiting_for.value,
        "lease_until": _moment(step.lease_until),
        "next_attempt_at": _moment(step.next_attempt_at),
        "input": step.input,
        "output": None if step.output_file else step.output,
        "output_digest": step.output_digest,
        "output_size": step.output_size,
        "output_file": step.output_file,
        "error": step.error,
        "log": step.log,
        "fan": step.fan,
        "related_id": str(step.related_id) if step.related_id else None,
        "started_at": _moment(step.started_at),
        "finished_at": _moment(step.finished_at),
    }


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "step_id": event.step_id,
        "item": event.item,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "data": dict(event.data),
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def _loads(value: str | None) -> Any:
    return None if value is None else json.loads(value)


@lru_cache(maxsize=256)
def _document(digest: str, version_id: UUID) -> Document:
    """The document of a frozen version: it never changes, so it is read once a process."""
    rows = fetch(
        JOBS, "SELECT frozen FROM catalog_workflowversion WHERE id = %(id)s", {"id": version_id}
    )
    return load_frozen(json.loads(rows[0]["frozen"]))


def renew(leases: Iterable[tuple[UUID, int]], until: datetime) -> dict[UUID, bool]:
    """Prolong the leases of steps (id, fence) that are still held; says which are to be cancelled.

    A step that is missing from the answer was taken over by another worker.
    """
    held = list(leases)
    rows = fetch(
        JOBS,
        """
        UPDATE runtime_steprun s SET lease_until = %(until)s
        FROM unnest(%(ids)s::uuid[], %(fences)s::int[]) AS held(id, fence), runtime_execution e
        WHERE s.id = held.id AND s.fence = held.fence AND s.status = 'running'
          AND e.id = s.execution_id
        RETURNING s.id, e.cancel_requested_at IS NOT NULL AS cancelling
        """,
        {
            "until": until,
            "ids": [step_id for step_id, _ in held],
            "fences": [fence for _, fence in held],
        },
    )
    return {row["id"]: row["cancelling"] for row in rows}
