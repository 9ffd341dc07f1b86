"""What waits for people, and whether the engine keeps up: two queries, answered by indexes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from django.db import connections

from maestro.kernel.clock import now
from maestro.kernel.console import listing
from maestro.kernel.console.paging import PLATFORM
from maestro.kernel.console.shown import address
from maestro.kernel.identity import first_id_at

LATE = timedelta(seconds=30)
MOST = 1000  # counted no further
SHOWN = 8

# Of what is put forward people decide on the submission's page: the approvals that its reviews answer
# are not counted beside it. A failure is looked for among the executions made since, by the primary key.
_FIGURES: LiteralString = """
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM governance_approvalrequest
        WHERE status = 'pending' AND subject_type <> 'review' LIMIT %(most)s) a) AS approvals,
    (SELECT count(*) FROM (SELECT 1 FROM marketplace_submission
        WHERE status = 'in_review' LIMIT %(most)s) r) AS reviews,
    LEAST(
        (SELECT min(expires_at) FROM governance_approvalrequest
            WHERE status = 'pending' AND subject_type <> 'review'),
        (SELECT min(due_at) FROM marketplace_submission WHERE status = 'in_review')
    ) AS next_due,
    (SELECT count(*) FROM (SELECT 1 FROM runtime_execution
        WHERE id >= %(since)s AND status = 'failed' LIMIT %(most)s) f) AS failed,
    LEAST(
        (SELECT min(next_attempt_at) FROM runtime_steprun
            WHERE status IN ('queued', 'waiting') AND next_attempt_at <= %(now)s),
        (SELECT min(lease_until) FROM runtime_steprun
            WHERE status = 'running' AND lease_until <= %(now)s),
        (SELECT min(wake_at) FROM runtime_execution WHERE wake_at <= %(now)s)
    ) AS oldest_due,
    (SELECT seen_at FROM kernel_heartbeat WHERE name = 'worker') AS worker_seen
"""
_ROWS: LiteralString = """
(SELECT 'approval' AS kind, a.id, t.slug, e.title, a.message AS words, a.created_at AS since,
        a.expires_at AS until
    FROM (SELECT * FROM governance_approvalrequest
        WHERE status = 'pending' AND subject_type <> 'review'
        ORDER BY expires_at NULLS LAST, id LIMIT %(shown)s) a
    LEFT JOIN tenancy_tenant t ON t.id = a.tenant_id
    LEFT JOIN runtime_steprun s
        ON s.id = CASE WHEN a.subject_type = 'step' THEN a.subject_id::uuid END
    LEFT JOIN runtime_execution e ON e.id = s.execution_id
    ORDER BY a.expires_at NULLS LAST, a.id)
UNION ALL
(SELECT 'review', m.id, m.publisher, m.title || ' ' || m.number, 'To be published', m.created_at,
        m.due_at
    FROM marketplace_submission m WHERE m.status = 'in_review'
    ORDER BY m.due_at, m.id LIMIT %(shown)s)
UNION ALL
(SELECT 'failure', e.id, t.slug, e.title, e.error ->> 'message',
        COALESCE(e.finished_at, e.created_at), NULL
    FROM runtime_execution e LEFT JOIN tenancy_tenant t ON t.id = e.tenant_id
    WHERE e.id >= %(since)s AND e.status = 'failed' ORDER BY e.id DESC LIMIT %(shown)s)
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that says whether somebody must do something."""

    title: str
    value: str
    note: str
    tone: str  # good, warn, bad, plain
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One piece of work."""

    url: str
    title: str
    words: str
    tenant: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class WorkWaiting:
    """The whole dashboard. Approvals and submissions come by their due date, failures newest first."""

    figures: tuple[Figure, ...]
    approvals: tuple[Waiting, ...]
    failures: tuple[Waiting, ...]
    all_approvals: str
    all_failures: str


def work_waiting() -> WorkWaiting:
    """What waits now, over all tenants."""
    moment = now()
    values = {
        "now": moment,
        "since": first_id_at(moment - timedelta(days=1)),
        "most": MOST,
        "shown": SHOWN,
    }
    facts = fetch(_FIGURES, values)[0]
    rows = fetch(_ROWS, values)
    waiting = [row for row in rows if row["kind"] != "failure"]
    return WorkWaiting(
        figures=_figures(facts, moment),
        approvals=tuple(_row(row) for row in sorted(waiting, key=_due)[:SHOWN]),
        failures=tuple(_row(row) for row in rows if row["kind"] == "failure"),
        all_approvals=_all_approvals(),
        all_failures=_all_failures(),
    )


def fetch(statement: LiteralString, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a statement over all tenants, by the names of its columns."""
    with connections[PLATFORM].cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _due(row: dict[str, Any]) -> tuple[bool, datetime]:
    return row["until"] is None, row["until"] or row["since"]


def _all_approvals() -> str:
    return listing("governance.ApprovalRequest", status__exact="pending")


def _all_failures() -> str:
    return listing("runtime.Execution", status__exact="failed", made="day")


def _row(row: dict[str, Any]) -> Waiting:
    label = {
        "approval": "governance.ApprovalRequest",
        "review": "marketplace.Submission",
        "failure": "runtime.Execution",
    }[row["kind"]]
    identity: UUID = row["id"]
    return Waiting(
        url=address(label, identity),
        title=row["title"] or "Approval",
        words=row["words"] or "",
        tenant=row["slug"] or "platform",
        since=row["since"],
        until=row["until"],
    )


def _figures(facts: dict[str, Any], moment: datetime) -> tuple[Figure, ...]:
    due, seen = facts["oldest_due"], facts["worker_seen"]
    approvals, reviews, next_due = facts["approvals"], facts["reviews"], facts["next_due"]
    age = max(timedelta(), moment - due) if due else timedelta()
    silent = moment - seen if seen else None
    return (
        Figure(
            "Waiting for people",
            _counted(approvals + reviews),
            f"approvals: {_counted(approvals)}, submissions: {_counted(reviews)}"
            + (f"; the next is due {next_due:%Y-%m-%d %H:%M} UTC" if next_due else ""),
            "warn" if approvals + reviews else "good",
            _all_approvals(),
        ),
        Figure(
            "Failed in the last day",
            _counted(facts["failed"]),
            "executions started in the last 24 hours",
            "bad" if facts["failed"] else "good",
            _all_failures(),
        ),
        Figure(
            "Queue age",
            _span(age),
            "how long the oldest step that is due has waited" if due else "nothing is due",
            "bad" if age > LATE else "good",
            listing("runtime.StepRun", status__exact="queued"),
        ),
        Figure(
            "Worker heard from",
            f"{_span(silent)} ago" if silent is not None else "never",
            "each second, while one is alive",
            "good" if silent is not None and silent <= LATE else "bad",
            listing("kernel.Heartbeat"),
        ),
    )


def _counted(number: int) -> str:
    return f"{number}+" if number >= MOST else str(number)


def _span(span: timedelta) -> str:
    seconds = max(0, round(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"
