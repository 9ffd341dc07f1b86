from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models.definition import WorkflowDefinition
from catalog.querysets import VersionQuerySet
from maestro.kernel.models import TenantModel


class WorkflowVersion(TenantModel):
    """A frozen document. It never changes by a byte: a trigger refuses update and delete.

    `digest` is the SHA-256 over the RFC 8785 bytes of `frozen`; `source` is what was written.
    """

    definition = models.ForeignKey(
        WorkflowDefinition, on_delete=models.PROTECT, related_name="versions", db_constraint=False
    )
    version = models.CharField(max_length=64)
    # major, minor, patch, and 1 for a release or 0 for a pre-release of it: the order of
    # Semantic Versioning 2.0.0, but among the pre-releases of one version, which go by age.
    order = ArrayField(models.BigIntegerField(), size=4)
    digest = models.CharField(max_length=71)
    frozen = models.JSONField()
    source = models.TextField()
    media_type = models.CharField(max_length=40)
    changelog = models.TextField(blank=True)
    frozen_by = models.UUIDField(null=True)
    frozen_by_name = models.CharField(max_length=120, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = "workflow version"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "definition", "version"], name="one_document_per_version"
            ),
        ]
        indexes = [models.Index(fields=["definition", "-order"], name="versions_newest_first")]

    def __str__(self) -> str:
        return self.version
