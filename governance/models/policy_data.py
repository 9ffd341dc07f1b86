from __future__ import annotations

from django.db import models

from maestro.kernel.models import TenantModel, TenantQuerySet


class PolicyData(TenantModel):
    """What a tenant lets its work reach, and when: one row, changed by `set_policy_data`.

    `content` is what `governance.policy.rules.TenantData.as_dict` gives, `revision` goes up by one
    with each change and stands in what policy was asked.
    """

    revision = models.IntegerField()
    content = models.JSONField()
    updated_at = models.DateTimeField()
    updated_by_name = models.CharField(max_length=254, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "policy data"
        verbose_name_plural = "policy data"
        constraints = [
            models.UniqueConstraint(fields=["tenant_id"], name="one_policy_data_per_tenant"),
        ]

    def __str__(self) -> str:
        return f"revision {self.revision}"
