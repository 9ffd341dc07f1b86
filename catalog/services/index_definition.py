from __future__ import annotations

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from catalog.models import WorkflowDefinition, WorkflowTag

CONFIG = "english"


def index_definition(definition: WorkflowDefinition) -> None:
    """Write the words by which a workflow is found: its name counts most, its description least."""
    tags = " ".join(
        WorkflowTag.objects.filter(definition=definition).values_list("name", flat=True)
    )
    WorkflowDefinition.objects.filter(pk=definition.pk).update(
        search=SearchVector(
            Value(f"{definition.title} {definition.slug.replace('-', ' ')}"),
            weight="A",
            config=CONFIG,
        )
        + SearchVector(
            Value(f"{tags.replace('-', ' ')} {definition.category} {definition.owner_team}"),
            weight="B",
            config=CONFIG,
        )
        + SearchVector(Value(definition.description), weight="C", config=CONFIG)
    )
