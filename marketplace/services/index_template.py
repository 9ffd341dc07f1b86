from __future__ import annotations

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from catalog.models import WorkflowTemplate
from catalog.services.index_definition import CONFIG


def index_template(template: WorkflowTemplate) -> None:
    """Write the words by which a template is found, as a workflow's are."""
    name = Value(f"{template.title} {template.slug.replace('-', ' ')}")
    about = Value(
        f"{' '.join(template.tags).replace('-', ' ')} {template.category} {template.owner_team}"
        f" {template.publisher}"
    )
    WorkflowTemplate.objects.filter(pk=template.pk).update(
        search=SearchVector(name, weight="A", config=CONFIG)
        + SearchVector(about, weight="B", config=CONFIG)
        + SearchVector(Value(template.description), weight="C", config=CONFIG)
    )
