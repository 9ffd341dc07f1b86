from __future__ import annotations

from typing import LiteralString, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models

from catalog.models import WorkflowDefinition, WorkflowVersion
from maestro.kernel.statements import Row, fetch

_Model = TypeVar("_Model", bound=models.Model)

_SELECT: LiteralString = """
SELECT v.id AS version__id, v.tenant_id AS version__tenant_id,
       v.definition_id AS version__definition_id, v.version AS version__version,
       v.digest AS version__digest, v.created_at AS version__created_at,
       d.id AS definition__id, d.tenant_id AS definition__tenant_id, d.slug AS definition__slug,
       d.title AS definition__title, d.description AS definition__description,
       d.category AS definition__category, d.risk AS definition__risk,
       d.owner_team AS definition__owner_team, d.scope AS definition__scope,
       d.status AS definition__status, d.publisher AS definition__publisher,
       d.latest_version AS definition__latest_version, d.updated_at AS definition__updated_at
FROM catalog_workflowdefinition d
JOIN catalog_workflowversion v ON v.definition_id = d.id
    AND v.version = COALESCE(NULLIF(%(version)s, ''), d.latest_version)
WHERE d.slug = %(slug)s
"""
_OWN = f"{_SELECT} AND d.tenant_id = %(tenant)s"
_SHARED = f"{_SELECT} AND d.publisher = %(publisher)s AND (d.tenant_id = %(tenant)s OR d.scope = 'global')"


def read_version(*, tenant_id: UUID, address: str, version: str = "") -> WorkflowVersion | None:
    """The version of a workflow that is to be run, the latest if none is named; with its workflow.

    `address` is a slug of the tenant's own, or `publisher/slug` of any that it sees. What was
    written and frozen is left out: it may be a megabyte. Every start asks this, hence by hand.
    """
    publisher, _, slug = address.rpartition("/")
    rows = fetch(
        DEFAULT_DB_ALIAS,
        _SHARED if publisher else _OWN,
        {"tenant": tenant_id, "publisher": publisher, "slug": slug, "version": version},
    )
    if not rows:
        return None
    found = _row_of(WorkflowVersion, "version__", rows[0])
    found.definition = _row_of(WorkflowDefinition, "definition__", rows[0])
    return found


def _row_of(model: type[_Model], prefix: str, row: Row) -> _Model:
    """The row as the ORM would have read it, what was not selected deferred."""
    names = [
        field.attname for field in model._meta.concrete_fields if prefix + field.attname in row
    ]
    return model.from_db(DEFAULT_DB_ALIAS, names, [row[prefix + name] for name in names])
