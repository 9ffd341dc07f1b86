from __future__ import annotations

import json
import logging
from datetime import timedelta
from time import monotonic
from typing import Any, LiteralString
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from connectors.registry import registry
from governance.models import EvidenceBundle
from governance.signing import signing_ring
from governance.trust.dsse import EnvelopeRefused
from governance.trust.evidence import make_bundle
from governance.trust.statement import signed_statement
from maestro.kernel.canonical import canonical_bytes, digest_bytes
from maestro.kernel.clock import now
from maestro.kernel.statements import Row, fetch
from maestro.runtime.evidence import record

JOBS = "jobs"
SUBJECT = "execution"
SECONDS = 2.0  # that one run of the job lasts at most
LONGEST_WAIT = timedelta(hours=1)

logger = logging.getLogger(__name__)

_DUE: LiteralString = """
SELECT id, attempts FROM governance_evidencedue
WHERE next_attempt_at <= %(now)s AND subject_type = 'execution'
ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_EXECUTION: LiteralString = """
SELECT e.id, e.tenant_id, e.status, e.error, e.trigger, e.purpose, e.reason, e.started_by,
       e.started_by_name, e.created_at, e.started_at, e.finished_at, e.rerun_of_id, e.workflow,
       e.version_number, e.version_digest, e.version_id, e.risk, e.parameters, e.endpoints,
       e.secrets, e.outputs, e.decision_id, v.frozen, v.tenant_id AS publisher,
       (SELECT s.execution_id FROM runtime_steprun s WHERE s.id = e.parent_step_id) AS called_by,
       e.grant_id, e.installation_id, e.environment, e.region, g.name AS installation,
       g.publisher || '/' || g.slug || '@' || g.number AS release, g.statement AS release_statement
FROM runtime_execution e JOIN catalog_workflowversion v ON v.id = e.version_id
LEFT JOIN runtime_grant g ON g.id = e.grant_id
WHERE e.id = %(id)s AND e.finished_at IS NOT NULL
"""
_STEPS: LiteralString = """
SELECT step_id, item_index, task, status, attempt, takeovers, input, output_digest, error,
       related_id, started_at, finished_at
FROM runtime_steprun WHERE execution_id = %(id)s ORDER BY id
"""
_DECISIONS: LiteralString = """
SELECT id, action, allow, reasons, obligations, revision, input_digest, purpose, actor_id,
       actor_name, decided_at
FROM governance_decision
WHERE tenant_id = %(tenant)s
  AND (id = %(decision)s OR resource_type = 'execution' AND resource_id = %(id)s::text
       OR resource_type = 'approval' AND resource_id = ANY(%(asked)s))
ORDER BY id
"""
_APPROVALS: LiteralString = """
SELECT r.id, r.count, r.teams, r.status,
       COALESCE((SELECT jsonb_agg(jsonb_build_object('vote', d.vote, 'decided_by', d.decided_by,
               'decided_by_name', d.decided_by_name, 'rationale', d.rationale,
               'created_at', d.created_at) ORDER BY d.id)
           FROM governance_approvaldecision d WHERE d.request_id = r.id), '[]'::jsonb) AS votes
FROM governance_approvalrequest r
WHERE r.tenant_id = %(tenant)s AND r.id = ANY(%(asked)s::uuid[]) ORDER BY r.id
"""
_RECEIPTS: LiteralString = """
SELECT id, kind, digest, statement, signatures FROM governance_receipt
WHERE jsonb_array_length(signatures) > 0 AND (
    tenant_id = %(publisher)s AND subject_type = 'workflow_version'
        AND subject_id = %(version)s::text
    OR tenant_id = %(tenant)s AND subject_type = 'execution' AND subject_id = %(id)s::text
    OR tenant_id = %(tenant)s AND subject_type = 'approval' AND subject_id = ANY(%(asked)s))
ORDER BY id
"""
_DONE: LiteralString = "DELETE FROM governance_evidencedue WHERE id = %(id)s"
_LATER: LiteralString = """
UPDATE governance_evidencedue SET attempts = attempts + 1, next_attempt_at = %(at)s
WHERE id = %(id)s
"""


def make_evidence() -> int:
    """Make the evidence of executions that have ended, the longest waiting first, for two seconds.

    Runs in some worker, any number at once: each takes another execution. One that fails is
    tried again, ever less often. Answers how many bundles were made.
    """
    until, made = monotonic() + SECONDS, 0
    while monotonic() < until:
        outcome = make_one()
        if outcome is None:
            break
        made += outcome
    return made


def make_one() -> bool | None:
    """Whether it was made; None when none is due."""
    with transaction.atomic(using=JOBS):
        due = fetch(JOBS, _DUE, {"now": now()})
        if not due:
            return None
        execution_id: UUID = due[0]["id"]
        try:
            with transaction.atomic(using=JOBS):
                _keep(execution_id)
        except (ImproperlyConfigured, EnvelopeRefused, ValueError) as problem:
            logger.error("No evidence of execution %s: %s", execution_id, problem)
            wait = min(timedelta(seconds=10 * 2 ** min(due[0]["attempts"], 9)), LONGEST_WAIT)
            fetch(JOBS, _LATER, {"id": execution_id, "at": now() + wait})
            return False
        fetch(JOBS, _DONE, {"id": execution_id})
    return True


def _keep(execution_id: UUID) -> None:
    found = fetch(JOBS, _EXECUTION, {"id": execution_id})
    if not found:
        return
    row = found[0]
    content = _bundle(row)
    EvidenceBundle.objects.using(JOBS).bulk_create(
        [
            EvidenceBundle(
                tenant_id=row["tenant_id"],
                subject_type=SUBJECT,
                subject_id=execution_id,
                digest=digest_bytes(content),
                size=len(content),
                key_id=signing_ring().signer.public.id,
                content=content,
            )
        ],
        ignore_conflicts=True,  # another was faster: its bundle stands
    )


def _bundle(row: Row) -> bytes:
    steps = fetch(JOBS, _STEPS, {"id": row["id"]})
    asked = [str(step["related_id"]) for step in steps if step["related_id"]]
    about: dict[str, Any] = {
        "id": row["id"],
        "tenant": row["tenant_id"],
        "publisher": row["publisher"],
        "decision": row["decision_id"],
        "version": row["version_id"],
        "asked": asked,
    }
    receipts = fetch(JOBS, _RECEIPTS, about)
    said = record(
        row,
        steps=steps,
        decisions=fetch(JOBS, _DECISIONS, about),
        approvals=fetch(JOBS, _APPROVALS, about) if asked else [],
        receipts=receipts,
        manifests={ref: each.version for ref, each in registry().manifests(system=True).items()},
    )
    return make_bundle(
        record=said,
        workflow=canonical_bytes(json.loads(row["frozen"])),
        receipts={
            str(one["id"]): signed_statement(
                json.loads(one["statement"]), json.loads(one["signatures"])
            )
            for one in receipts
        },
        signer=signing_ring().signer,
    )
