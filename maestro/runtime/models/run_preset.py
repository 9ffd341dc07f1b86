from __future__ import annotations

from django.db import models

from catalog.models import WorkflowDefinition
from maestro.kernel.models import TenantModel
from maestro.runtime.querysets import RunPresetQuerySet


class RunPreset(TenantModel):
    """The answers of a run form under a name, for one person or for everybody in the tenant.

    `installation_id` is that of whose form it is; null, it is of the workflow's own.

    `answers` holds `parameters`, `secrets` (the document's names → the tenant's stored names),
    `endpoints` and `purpose`. It never holds a value that the schema marks as secret.
    """

    # The workflow may be another tenant's, if it is global; nothing deletes one.
    definition = models.ForeignKey(
        WorkflowDefinition,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    installation_id = models.UUIDField(null=True)
    name = models.CharField(max_length=80)
    owner = models.UUIDField(null=True)  # nobody's: the tenant's
    saved_by = models.UUIDField(null=True)
    saved_by_name = models.CharField(max_length=120, blank=True)
    answers = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    objects = RunPresetQuerySet.as_manager()

    class Meta:
        verbose_name = "preset"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "definition", "installation_id", "owner", "name"],
                name="one_preset_of_a_name",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name
