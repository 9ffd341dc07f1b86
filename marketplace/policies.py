"""Action names of the marketplace, and what policy sees of its rows."""

from __future__ import annotations

from uuid import UUID

from catalog.models import Standing, Visibility, WorkflowTemplate
from governance.resource import Resource

PUBLISHER_KEY_WRITE = "publisher_key.write"
TEMPLATE_READ = "template.read"


def templates_of(tenant_id: UUID) -> Resource:
    """What a tenant may look through: its own templates, and those that it finds."""
    return Resource(type="template", tenant_id=tenant_id)


def found_template(template: WorkflowTemplate, tenant_id: UUID) -> Resource:
    """A template that row security let the tenant read.

    It reads one that is for named partners only because it is one of them.
    """
    named = template.visibility == Visibility.PARTNERS and template.tenant_id != tenant_id
    return Resource(
        type="template",
        id=str(template.pk),
        tenant_id=template.tenant_id,
        attributes={
            "publisher": template.publisher,
            "visibility": template.visibility,
            "listed": template.standing != Standing.UNLISTED,
            "in_audience": named,
            "risk": template.risk,
            "state": template.standing,
        },
    )
