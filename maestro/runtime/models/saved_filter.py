from __future__ import annotations

from django.db import models

from maestro.kernel.models import TenantModel
from maestro.runtime.querysets import SavedFilterQuerySet


class SavedFilter(TenantModel):
    """The filters of a list under a name, which one person gave them.

    `query` is a query string of filters that the list knows, nothing else. The list of `page` opens
    with the one whose `opens` is set, if there is one.
    """

    owner = models.UUIDField()
    page = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)
    opens = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = "saved view"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "owner", "page", "name"], name="one_saved_filter_of_a_name"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "owner", "page"],
                name="one_saved_filter_opens_a_page",
                condition=models.Q(opens=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name
