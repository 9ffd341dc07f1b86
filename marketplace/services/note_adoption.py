from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from django.db import transaction

from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.identity import new_id
from maestro.kernel.locks import hold
from maestro.kernel.statements import fetch
from maestro.runtime.services.stop_runs import stop_runs
from marketplace.models import WorkflowInstance

JOBS = "jobs"
BATCH = 500

# Since when it is so: that its people changed something else is not the publisher's to know.
_NOTE: LiteralString = """
WITH noted AS (
    INSERT INTO marketplace_adoption (id, tenant_id, created_at, template_id, installation_id,
        installer_id, installer_slug, number, channel, status, since)
    SELECT %(id)s, t.tenant_id, %(now)s, t.id, i.id, i.tenant_id, n.slug, i.number, i.channel,
        i.status, i.updated_at
    FROM marketplace_workflowinstance i
    JOIN catalog_workflowtemplate t ON t.id = i.template_id
    JOIN tenancy_tenant n ON n.id = i.tenant_id
    WHERE i.id = %(installation)s
    ON CONFLICT (tenant_id, installation_id) DO UPDATE SET number = excluded.number,
        channel = excluded.channel, status = excluded.status, since = CASE
            WHEN (marketplace_adoption.number, marketplace_adoption.channel,
                marketplace_adoption.status)
                IS DISTINCT FROM (excluded.number, excluded.channel, excluded.status)
            THEN excluded.since ELSE marketplace_adoption.since END
    RETURNING template_id
)
UPDATE catalog_workflowtemplate t SET installs = (
    SELECT count(*) FROM marketplace_workflowinstance i
    WHERE i.template_id = t.id AND i.status <> 'uninstalled')
FROM noted WHERE t.id = noted.template_id
"""
_UNNOTED: LiteralString = """
SELECT i.id FROM marketplace_workflowinstance i
LEFT JOIN marketplace_adoption a ON a.installation_id = i.id
JOIN catalog_workflowtemplate t ON t.id = i.template_id
WHERE (a.number, a.channel, a.status) IS DISTINCT FROM (i.number, i.channel, i.status)
ORDER BY i.id LIMIT %(batch)s
"""
_STOPPED: LiteralString = """
SELECT DISTINCT e.installation_id FROM runtime_execution e
JOIN marketplace_workflowinstance i ON i.id = e.installation_id AND i.status <> 'active'
WHERE e.status IN ('queued', 'running') AND e.cancel_requested_at IS NULL
LIMIT %(batch)s
"""


def note_adoption(installation_id: UUID) -> None:
    """Write for the publisher which version an installation is on, and how many there are.

    A job's work, on what the installation is now: however late or often it is done. Of one template
    they are counted one after the other, or the last to write could have counted first.
    """
    found = WorkflowInstance.objects.using(JOBS).filter(pk=installation_id)
    with transaction.atomic(using=JOBS):
        hold(f"installs:{found.values_list('template_id', flat=True).first()}", using=JOBS)
        fetch(JOBS, _NOTE, {"id": new_id(), "installation": installation_id, "now": now()})


def stop_runs_of(installation_id: UUID) -> int:
    """Ask what runs of a stopped or uninstalled installation to end; how many there were."""
    return stop_runs(installations=[installation_id], by="Maestro")


def sweep_installations() -> int:
    """Ask again for what a lost message left undone; how many."""
    unnoted = [row["id"] for row in fetch(JOBS, _UNNOTED, {"batch": BATCH})]
    for installation_id in unnoted:
        enqueue("marketplace.note_adoption", using=JOBS, installation_id=installation_id)
    stopped = [row["installation_id"] for row in fetch(JOBS, _STOPPED, {"batch": BATCH})]
    for installation_id in stopped:
        enqueue("marketplace.stop_runs", using=JOBS, installation_id=installation_id)
    return len(unnoted) + len(stopped)
