"""A busy marketplace to measure in: 10,000 templates, 100,000 installations, made by the database.

Everything is a copy of one release and one installation of it, spread over many tenants.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connections

TEMPLATES, INSTALLATIONS, SUBMISSIONS = 10_000, 100_000, 2_000
PUBLISHERS, INSTALLERS = 200, 2_000

_TENANTS = """
INSERT INTO tenancy_tenant (id, slug, name, time_zone, created_at)
SELECT uuidv7(), kind || '-' || n, initcap(kind) || ' ' || n, 'UTC', now()
FROM (VALUES ('publisher', %(publishers)s), ('installer', %(installers)s)) AS k(kind, many),
    LATERAL generate_series(1, many) AS n
"""
_DEFINITIONS = """
INSERT INTO catalog_workflowdefinition (id, tenant_id, created_at, slug, title, description,
    category, risk, owner_team, scope, status, publisher, latest_version, created_by, updated_at,
    search)
SELECT uuidv7(), t.id, now() - made.at, format('flow-%%s', n), made.title, made.text,
    made.category, made.risk, made.team, 'tenant', 'active', t.slug, d.latest_version,
    d.created_by, now() - made.at,
    setweight(to_tsvector('english', made.title), 'A')
        || setweight(to_tsvector('english', made.text), 'C')
FROM catalog_workflowdefinition d
CROSS JOIN generate_series(1, %(templates)s) AS n
CROSS JOIN LATERAL (SELECT n * interval '7 minutes' AS at,
        (ARRAY['Rotate', 'Review', 'Close', 'Open', 'Report', 'Collect', 'Check'])[1 + n %% 7]
            || ' ' || (ARRAY['access', 'costs', 'keys', 'accounts', 'invoices', 'laptops', 'tags',
                'backups', 'licences', 'evidence', 'budgets'])[1 + n %% 11]
            || ' ' || n AS title,
        'Asks the owner of each entry, waits for an answer and writes down what came of it.' AS text,
        (ARRAY['HR', 'FinOps', 'Security', 'Compliance'])[1 + n %% 4] AS category,
        (ARRAY['low', 'medium', 'low', 'high'])[1 + n %% 4] AS risk,
        (ARRAY['People Ops', 'Platform', 'Finance', 'Security', 'Audit'])[1 + n %% 5] AS team) made
JOIN tenancy_tenant t ON t.slug = format('publisher-%%s', 1 + n %% %(publishers)s)
WHERE d.id = %(definition)s
"""
_VERSIONS = """
INSERT INTO catalog_workflowversion (id, tenant_id, created_at, definition_id, version, "order",
    digest, frozen, source, media_type, changelog, frozen_by, frozen_by_name)
SELECT uuidv7(), d.tenant_id, d.created_at, d.id, v.version, v."order", v.digest, v.frozen,
    v.source, v.media_type, v.changelog, v.frozen_by, v.frozen_by_name
FROM catalog_workflowversion v
JOIN catalog_workflowdefinition d ON d.publisher LIKE 'publisher-%%'
WHERE v.id = %(version)s
"""
# Of ten, six are everybody's, three are for named partners, one is internal.
_TEMPLATES = """
INSERT INTO catalog_workflowtemplate (id, tenant_id, created_at, definition_id, publisher, slug,
    title, description, category, risk, owner_team, author_name, tags, visibility, standing,
    latest_number, latest_release_id, certified_until, last_reviewed_at, installs, updated_at,
    search)
SELECT uuidv7(), d.tenant_id, d.created_at, d.id, d.publisher, d.slug, d.title, d.description,
    d.category, d.risk, d.owner_team, t.author_name, t.tags,
    CASE WHEN place %% 10 < 6 THEN 'public-ecosystem' WHEN place %% 10 < 9 THEN 'partner-curated'
        ELSE 'internal-only' END,
    'listed', t.latest_number, NULL,
    CASE WHEN place %% 5 = 0 THEN now() + interval '90 days' END, now() - interval '20 days',
    (place * 37) %% 500, d.updated_at, d.search
FROM catalog_workflowtemplate t,
    (SELECT row_number() OVER (ORDER BY id) AS place, w.*
     FROM catalog_workflowdefinition w WHERE w.publisher LIKE 'publisher-%%') d
WHERE t.id = %(template)s
"""
_AUDIENCES = """
INSERT INTO catalog_templateaudience (id, tenant_id, created_at, template_id, member_id,
    member_slug, group_id)
SELECT uuidv7(), t.tenant_id, now(), t.id, m.id, m.slug, NULL
FROM (SELECT row_number() OVER (ORDER BY id) AS place, w.* FROM catalog_workflowtemplate w
      WHERE w.visibility = 'partner-curated' AND w.publisher LIKE 'publisher-%%') t
CROSS JOIN generate_series(0, 9) AS n
JOIN LATERAL (SELECT id, slug FROM tenancy_tenant
    WHERE slug = format('installer-%%s', 1 + (t.place * 10 + n) %% %(installers)s)) m ON true
"""
_RELEASES = """
INSERT INTO marketplace_release (id, tenant_id, created_at, template_id, version_id, submission_id,
    publisher, slug, number, "order", digest, title, risk, changelog, previous_number, changes,
    is_breaking, capabilities, migrations, statement, signatures, reviewed_for, reviewed_by, origin,
    published_by, published_by_name, status, status_reason, replacement, status_at)
SELECT uuidv7(), t.tenant_id, t.created_at, t.id, v.id, NULL, t.publisher, t.slug, r.number,
    r."order", r.digest, t.title, t.risk, r.changelog, '', r.changes, false, r.capabilities,
    r.migrations, r.statement, r.signatures, 'public-ecosystem', r.reviewed_by, '', r.published_by,
    r.published_by_name, 'published', '', '', NULL
FROM marketplace_release r
CROSS JOIN catalog_workflowtemplate t
JOIN catalog_workflowversion v ON v.definition_id = t.definition_id
WHERE r.id = %(release)s AND t.publisher LIKE 'publisher-%%'
"""
_LATEST = """
UPDATE catalog_workflowtemplate t SET latest_release_id = r.id
FROM marketplace_release r WHERE r.template_id = t.id AND t.publisher LIKE 'publisher-%%'
"""
_HEALTH = """
INSERT INTO marketplace_releasehealth (id, tenant_id, created_at, release_id, template_id, runs_7,
    runs_30, tenants_30, failure_rate_7, failure_rate_30, average_seconds, p95_seconds,
    last_run_status, last_run_at, rolled_up_at)
SELECT uuidv7(), r.tenant_id, now(), r.id, r.template_id, 40, 170, 12, 0.02, 0.03, 4.1, 9.7,
    'succeeded', now() - interval '1 hour', now()
FROM marketplace_release r WHERE r.publisher LIKE 'publisher-%%'
"""
_INSTANCES = """
INSERT INTO marketplace_workflowinstance (id, tenant_id, created_at, name, title, template_id,
    release_id, publisher, slug, number, "order", digest, risk, channel, parameters, secrets,
    endpoints, hosts, environment, region, quotas, policies, grant_id, revision, status,
    status_reason, installed_by, installed_by_name, updated_at)
SELECT uuidv7(), m.id, now(), format('install-%%s', n), r.title, r.template_id, r.id, r.publisher,
    r.slug, r.number, r."order", r.digest, r.risk, (ARRAY['pin', 'patch', 'minor'])[1 + n %% 3],
    i.parameters, i.secrets, i.endpoints, i.hosts, i.environment, i.region, i.quotas, i.policies,
    uuidv7(), 0, 'active', '', i.installed_by, i.installed_by_name, now()
FROM marketplace_workflowinstance i
CROSS JOIN generate_series(1, %(installations)s) AS n
JOIN (SELECT row_number() OVER (ORDER BY id) AS place, w.* FROM marketplace_release w
      WHERE w.publisher LIKE 'publisher-%%') r ON r.place = 1 + n %% %(templates)s
JOIN (SELECT row_number() OVER (ORDER BY slug) AS place, id FROM tenancy_tenant
      WHERE slug LIKE 'installer-%%') m ON m.place = 1 + n %% %(installers)s
WHERE i.id = %(instance)s
"""
_GRANTS = """
INSERT INTO runtime_grant (id, tenant_id, created_at, installation_id, name, release_id, version_id,
    definition_id, publisher, slug, number, digest, statement, signatures, parameters, secrets,
    endpoints, hosts, environment, region, quotas, policies, granted_by, stop_reason)
SELECT i.grant_id, i.tenant_id, now(), i.id, i.name, i.release_id, r.version_id, v.definition_id,
    i.publisher, i.slug, i.number, i.digest, r.statement, r.signatures, i.parameters, i.secrets,
    i.endpoints, i.hosts, i.environment, i.region, i.quotas, i.policies, i.installed_by, ''
FROM marketplace_workflowinstance i
JOIN marketplace_release r ON r.id = i.release_id
JOIN catalog_workflowversion v ON v.id = r.version_id
WHERE i.name LIKE 'install-%%'
"""
_SUBMISSIONS = """
INSERT INTO marketplace_submission (id, tenant_id, created_at, template_id, version_id, number,
    digest, title, publisher, risk, visibility, status, note, required_reviews, compared_with,
    changes, capabilities, new_capabilities, execution_id, author_id, requested_by,
    requested_by_name, due_at, approved_by_name, rationale)
SELECT uuidv7(), t.tenant_id, now(), t.id, v.id, '1.0.0', v.digest, t.title, t.publisher, t.risk,
    t.visibility, 'in_review', '', s.required_reviews, '', s.changes, s.capabilities,
    s.new_capabilities, NULL, s.author_id, s.requested_by, s.requested_by_name,
    now() + (row_number() OVER ()) * interval '11 minutes' - interval '5 days', '', ''
FROM marketplace_submission s
CROSS JOIN
    (SELECT * FROM catalog_workflowtemplate WHERE publisher LIKE 'publisher-%%'
     ORDER BY id LIMIT %(submissions)s) t
JOIN catalog_workflowversion v ON v.definition_id = t.definition_id
WHERE s.id = %(submission)s
"""


def crowd(
    *,
    definition: UUID,
    version: UUID,
    template: UUID,
    release: UUID,
    submission: UUID,
    instance: UUID,
) -> None:
    """Multiply one release and one installation of it."""
    values: dict[str, Any] = {
        "definition": definition,
        "version": version,
        "template": template,
        "release": release,
        "submission": submission,
        "instance": instance,
        "templates": TEMPLATES,
        "installations": INSTALLATIONS,
        "submissions": SUBMISSIONS,
        "publishers": PUBLISHERS,
        "installers": INSTALLERS,
    }
    statements = (
        _TENANTS, _DEFINITIONS, _VERSIONS, _TEMPLATES, _AUDIENCES, _RELEASES, _LATEST, _HEALTH,
        _INSTANCES, _GRANTS, _SUBMISSIONS,
    )  # fmt: skip
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
