from __future__ import annotations

from django.db import models

from catalog.models.definition import WorkflowDefinition
from maestro.kernel.models import TenantModel, TenantQuerySet


class WorkflowTag(TenantModel):
    """A use case that a workflow serves, such as `leaver` or `access-review`."""

    definition = models.ForeignKey(
        WorkflowDefinition, on_delete=models.CASCADE, related_name="tags", db_constraint=False
    )
    name = models.CharField(max_length=40)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "use case"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["definition", "name"], name="one_tag_of_a_name_per_workflow"
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "name"], name="workflows_by_use_case")]

    def __str__(self) -> str:
        return self.name
