"""A busy tenant to measure in: 10,000 workflows and 1,000,000 executions, made by the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connections

WORKFLOWS, EXECUTIONS = 10_000, 1_000_000

_DEFINITIONS = """
INSERT INTO catalog_workflowdefinition (id, tenant_id, created_at, slug, title, description,
    category, risk, owner_team, scope, status, publisher, latest_version, created_by, updated_at,
    search)
SELECT uuidv7(), d.tenant_id, now() - made.at, format('flow-%%s', n), made.title, made.text,
    made.category, made.risk, made.team, 'tenant', 'active', d.publisher, d.latest_version, d.created_by, now() - made.at,
    setweight(to_tsvector('english', made.title), 'A')
        || setweight(to_tsvector('english', made.text), 'C')
FROM catalog_workflowdefinition d, generate_series(1, %(workflows)s) AS n,
    LATERAL (SELECT n * interval '7 minutes' AS at,
        (ARRAY['Rotate', 'Review', 'Close', 'Open', 'Report', 'Collect', 'Check'])[1 + n %% 7]
            || ' ' || (ARRAY['access', 'costs', 'keys', 'accounts', 'invoices', 'laptops', 'tags',
                'backups', 'licences', 'evidence', 'budgets'])[1 + n %% 11]
            || ' ' || n AS title,
        'Asks the owner of each entry, waits for an answer and writes down what came of it.' AS text,
        (ARRAY['HR', 'FinOps', 'Security', 'Compliance'])[1 + n %% 4] AS category,
        (ARRAY['low', 'medium', 'low', 'high'])[1 + n %% 4] AS risk,
        (ARRAY['People Ops', 'Platform', 'Finance', 'Security', 'Audit'])[1 + n %% 5] AS team) made
WHERE d.id = %(definition)s
"""
_VERSIONS = """
INSERT INTO catalog_workflowversion (id, tenant_id, created_at, definition_id, version, "order",
    digest, frozen, source, media_type, changelog, frozen_by, frozen_by_name)
SELECT uuidv7(), v.tenant_id, d.created_at, d.id, v.version, v."order", v.digest, v.frozen, v.source,
    v.media_type, v.changelog, v.frozen_by, v.frozen_by_name
FROM catalog_workflowversion v
JOIN catalog_workflowdefinition d ON d.tenant_id = v.tenant_id AND d.slug LIKE 'flow-%%'
WHERE v.definition_id = %(definition)s
"""
_TAGS = """
INSERT INTO catalog_workflowtag (id, tenant_id, created_at, definition_id, name)
SELECT uuidv7(), d.tenant_id, d.created_at, d.id, t.name
FROM catalog_workflowdefinition d,
    LATERAL unnest((ARRAY['leaver', 'joiner', 'audit', 'cost', 'access', 'keys'])
        [1 + hashtext(d.slug) & 3 : 2 + hashtext(d.slug) & 3]) AS t(name)
WHERE d.slug LIKE 'flow-%%'
"""
_EXECUTIONS = """
INSERT INTO runtime_execution (id, tenant_id, created_at, definition_id, version_id, workflow,
    title, version_number, version_digest, risk, status, revision, parameters, endpoints, secrets,
    obligations, outputs, error, purpose, trigger, started_by, started_by_name, decision_id,
    request_digest, depth, cancelled_by_name, started_at, finished_at)
SELECT uuidv7(made.at - now()), e.tenant_id, made.at, d.id, d.version, d.address, d.title,
    e.version_number, e.version_digest, e.risk,
    CASE WHEN n %% 50 = 0 THEN 'failed' WHEN n %% 71 = 0 THEN 'cancelled' ELSE 'succeeded' END,
    e.revision, e.parameters, e.endpoints, e.secrets, e.obligations, e.outputs, e.error, e.purpose,
    e.trigger, e.started_by, e.started_by_name, e.decision_id, e.request_digest, 0, '',
    made.at, made.at + interval '3 seconds'
FROM runtime_execution e, generate_series(1, %(executions)s) AS n
JOIN (SELECT row_number() OVER () AS place, w.id, w.title, w.publisher || '/' || w.slug AS address,
        (SELECT v.id FROM catalog_workflowversion v WHERE v.definition_id = w.id) AS version
      FROM catalog_workflowdefinition w WHERE w.slug LIKE 'flow-%%') d
    ON d.place = 1 + n %% %(workflows)s,
    LATERAL (SELECT now() - (%(executions)s - n) * interval '20 seconds' AS at) made
WHERE e.id = %(execution)s
ORDER BY n
"""


def crowd(definition: UUID, execution: UUID) -> None:
    """Multiply one workflow and one execution of it."""
    values: dict[str, Any] = {
        "definition": definition,
        "execution": execution,
        "workflows": WORKFLOWS,
        "executions": EXECUTIONS,
    }
    with connections["owner"].cursor() as cursor:
        for statement in (_DEFINITIONS, _VERSIONS, _TAGS, _EXECUTIONS):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
