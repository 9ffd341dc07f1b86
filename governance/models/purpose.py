from __future__ import annotations

from django.db import models

from maestro.kernel.models import TenantModel, TenantQuerySet


class PurposeEntry(TenantModel):
    """A purpose in the registry: of the platform, for every tenant, or of one tenant.

    in use → retired (retire_purpose), and back (set_purpose). `allowed_actions` is a list of actions
    or families (`execution.*`); an empty one allows all. The name never changes: records tell of it.
    """

    name = models.CharField(max_length=64)
    title = models.CharField(max_length=80)
    description = models.CharField(max_length=300)
    allowed_actions = models.JSONField(default=list)
    in_production = models.BooleanField(default=True)
    retired_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    updated_by_name = models.CharField(max_length=254, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "purpose"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "name"], name="one_purpose_per_name_and_tenant"
            ),
        ]

    def __str__(self) -> str:
        return self.name
