"""What came in from outside since an execution was last looked at: the end of a timer, an approval,
a sub-workflow's result."""

from __future__ import annotations

import json
from datetime import datetime
from random import SystemRandom
from typing import Any

from connectors.contract import ErrorClass
from governance.services.close_approval import expire_approval
from maestro.kernel.errors import IllegalTransition
from maestro.kernel.statements import Row, fetch
from maestro.runtime import engine
from maestro.runtime.engine_state import Outcome, StepState, failure
from maestro.runtime.states import EXECUTION_ENDED, ExecutionStatus, StepStatus, WaitingFor
from maestro.runtime.worker.store import JOBS, Snapshot

_random = SystemRandom()

REJECTED, EXPIRED = "approval_rejected", "approval_expired"

_APPROVALS = """
SELECT r.id, r.status, r.count, r.expires_at,
       coalesce(jsonb_agg(jsonb_build_object('by', d.decided_by_name, 'vote', d.vote,
           'rationale', d.rationale, 'at', d.created_at) ORDER BY d.id)
           FILTER (WHERE d.id IS NOT NULL), '[]') AS decisions
FROM governance_approvalrequest r
LEFT JOIN governance_approvaldecision d ON d.request_id = r.id
WHERE r.id = ANY(%(ids)s) GROUP BY r.id
"""
_CHILDREN = """
SELECT id, status, outputs FROM runtime_execution WHERE id = ANY(%(ids)s)
"""


def take_answers(snapshot: Snapshot, now: datetime) -> None:
    """Let every waiting step whose answer is there go on. Changes the state, writes only expiries."""
    waiting = [step for step in snapshot.state.steps.values() if step.status is StepStatus.WAITING]
    for step in waiting:
        if step.waiting_for is WaitingFor.TIMER and _is_due(step, now):
            engine.succeed(snapshot.plan, snapshot.state, step, Outcome(output={}), now)
    _approvals([step for step in waiting if step.waiting_for is WaitingFor.APPROVAL], snapshot, now)
    _children([step for step in waiting if step.waiting_for is WaitingFor.CHILD], snapshot, now)


def _is_due(step: StepState, now: datetime) -> bool:
    return step.next_attempt_at is not None and step.next_attempt_at <= now


def _approvals(steps: list[StepState], snapshot: Snapshot, now: datetime) -> None:
    if not steps:
        return
    rows = {
        row["id"]: row
        for row in fetch(JOBS, _APPROVALS, {"ids": [step.related_id for step in steps]})
    }
    for step in steps:
        row = rows.get(step.related_id)
        if row is not None:
            _approval(step, row, snapshot, now)


def _approval(step: StepState, row: Row, snapshot: Snapshot, now: datetime) -> None:
    status = row["status"]
    if status == "pending" and row["expires_at"] is not None and row["expires_at"] <= now:
        try:
            expire_approval(tenant_id=snapshot.state.tenant_id, request_id=row["id"], using=JOBS)
            status = "expired"
        except IllegalTransition:
            return  # somebody decided in this very moment, and has sent word of it
    decisions: list[dict[str, Any]] = json.loads(row["decisions"])
    if status == "approved":
        outcome = Outcome(output={"approved": True, "decisions": decisions})
        engine.succeed(snapshot.plan, snapshot.state, step, outcome, now)
    elif status in ("rejected", "expired", "cancelled"):
        error = failure(ErrorClass.REJECTED, "")
        error["code"] = EXPIRED if status == "expired" else REJECTED
        by = next((item["by"] for item in decisions if item["vote"] == "reject"), "")
        error["message"] = (
            "Nobody decided in time." if status == "expired" else f"{by or 'Somebody'} rejected it."
        )
        error["hint"] = "Re-run from this step to ask again."
        error["details"] = {"decisions": decisions}
        _fail(step, error, snapshot, now)


def _children(steps: list[StepState], snapshot: Snapshot, now: datetime) -> None:
    if not steps:
        return
    rows = {
        row["id"]: row
        for row in fetch(JOBS, _CHILDREN, {"ids": [step.related_id for step in steps]})
    }
    for step in steps:
        row = rows.get(step.related_id)
        if row is None or row["status"] not in EXECUTION_ENDED:
            continue
        if row["status"] == ExecutionStatus.SUCCEEDED:
            outputs = None if row["outputs"] is None else json.loads(row["outputs"])
            outcome = Outcome(output={"execution": str(row["id"]), "outputs": outputs})
            engine.succeed(snapshot.plan, snapshot.state, step, outcome, now)
            continue
        error = failure(
            ErrorClass.FAILED,
            f"The workflow it called was {row['status']}.",
            "Open that execution to see why, mend it, then re-run from this step.",
            execution=str(row["id"]),
        )
        _fail(step, error, snapshot, now)


def _fail(step: StepState, error: dict[str, Any], snapshot: Snapshot, now: datetime) -> None:
    outcome = Outcome(error=error)
    engine.fail(snapshot.plan, snapshot.state, step, outcome, now, _random, final=True)
