from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from django.db import transaction

from maestro.kernel.clock import now
from maestro.kernel.statements import Row, fetch
from marketplace.models import ReleaseHealth
from marketplace.trust import (
    DAYS,
    may_be_told,
    rounded_count,
    rounded_rate,
    rounded_seconds,
)

JOBS = "jobs"
BATCH = 500
"""Releases a transaction."""
_FIGURES = (
    "runs_7", "runs_30", "tenants_30", "failure_rate_7", "failure_rate_30", "average_seconds",
    "p95_seconds", "last_run_status", "last_run_at", "rolled_up_at",
)  # fmt: skip

# What was cancelled says nothing of the release. Read from the index `executions_of_a_grant` alone.
_COUNTED: LiteralString = """
WITH batch AS (
    SELECT r.id, r.tenant_id, r.template_id FROM marketplace_release r
    WHERE r.id > %(after)s ORDER BY r.id LIMIT %(batch)s
), run AS (
    SELECT b.id AS release_id, e.tenant_id, e.status, e.finished_at, e.started_at,
           e.finished_at >= %(week)s AS this_week
    FROM batch b
    JOIN runtime_grant g ON g.release_id = b.id
    JOIN runtime_execution e ON e.grant_id = g.id
        AND e.finished_at >= %(month)s AND e.finished_at <= %(now)s
    WHERE e.status IN ('succeeded', 'failed')
), counted AS (
    SELECT release_id,
           count(*) FILTER (WHERE this_week) AS runs_7,
           count(DISTINCT tenant_id) FILTER (WHERE this_week) AS tenants_7,
           count(*) FILTER (WHERE this_week AND status = 'failed') AS failed_7,
           count(*) AS runs_30,
           count(DISTINCT tenant_id) AS tenants_30,
           count(*) FILTER (WHERE status = 'failed') AS failed_30,
           avg(extract(epoch FROM finished_at - started_at))::float8 AS average,
           (percentile_disc(0.95) WITHIN GROUP
               (ORDER BY extract(epoch FROM finished_at - started_at)))::float8 AS p95,
           max(ARRAY[extract(epoch FROM finished_at), (status = 'failed')::int]) AS last
    FROM run GROUP BY release_id
)
SELECT b.id, b.tenant_id, b.template_id, h.id AS health_id, c.runs_7, c.tenants_7, c.failed_7,
       c.runs_30, c.tenants_30, c.failed_30, c.average, c.p95,
       c.last[1]::float8 AS last_at, c.last[2] = 1 AS last_failed
FROM batch b LEFT JOIN counted c ON c.release_id = b.id
LEFT JOIN marketplace_releasehealth h ON h.release_id = b.id
ORDER BY b.id
"""
_COPY: LiteralString = """
UPDATE catalog_workflowtemplate t
SET health_of = h.release_id, failure_rate = h.failure_rate_30, runs = h.runs_30,
    last_run_status = h.last_run_status, last_run_at = h.last_run_at
FROM marketplace_releasehealth h
WHERE h.release_id = ANY(%(ids)s) AND t.id = h.template_id AND t.latest_release_id = h.release_id
  AND (t.health_of, t.failure_rate, t.runs, t.last_run_status, t.last_run_at)
      IS DISTINCT FROM
      (h.release_id, h.failure_rate_30, h.runs_30, h.last_run_status, h.last_run_at)
"""


def roll_up_health(*, batch: int = BATCH) -> int:
    """Count how every release did over 7 and 30 days, over all tenants; how many have figures.

    In batches of releases, each a transaction of its own: it may be ended at any time, and two at
    once write the same. What too few stand behind (`marketplace/trust.py`) is not written at all.
    """
    moment, after, written = now(), UUID(int=0), 0
    while True:
        with transaction.atomic(using=JOBS):
            rows = fetch(
                JOBS,
                _COUNTED,
                {
                    "after": after,
                    "batch": batch,
                    "now": moment,
                    "week": moment - timedelta(days=7),
                    "month": moment - timedelta(days=DAYS),
                },
            )
            written += _write([row for row in rows if row["runs_30"] or row["health_id"]], moment)
        if len(rows) < batch:
            return written
        after = rows[-1]["id"]


def _write(rows: list[Row], moment: datetime) -> int:
    if not rows:
        return 0
    ReleaseHealth.objects.using(JOBS).bulk_create(
        [
            ReleaseHealth(
                tenant_id=row["tenant_id"],
                release_id=row["id"],
                template_id=row["template_id"],
                rolled_up_at=moment,
                **figures(row, moment),
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["release"],
        update_fields=_FIGURES,
    )
    fetch(JOBS, _COPY, {"ids": [row["id"] for row in rows]})
    return len(rows)


def figures(row: Row, moment: datetime) -> dict[str, Any]:
    """What may be told of what was counted, rounded; nothing of what may not."""
    told: dict[str, Any] = {}
    if row["runs_7"] and may_be_told(tenants=row["tenants_7"], runs=row["runs_7"]):
        told["runs_7"] = rounded_count(row["runs_7"])
        told["failure_rate_7"] = rounded_rate(row["failed_7"] / row["runs_7"])
    if row["runs_30"] and may_be_told(tenants=row["tenants_30"], runs=row["runs_30"]):
        last = datetime.fromtimestamp(row["last_at"], tz=moment.tzinfo)
        told |= {
            "runs_30": rounded_count(row["runs_30"]),
            "tenants_30": rounded_count(row["tenants_30"]),
            "failure_rate_30": rounded_rate(row["failed_30"] / row["runs_30"]),
            "average_seconds": rounded_seconds(row["average"] or 0.0),
            "p95_seconds": rounded_seconds(row["p95"] or 0.0),
            "last_run_status": "failed" if row["last_failed"] else "succeeded",
            "last_run_at": last.replace(minute=0, second=0, microsecond=0),
        }
    return told
