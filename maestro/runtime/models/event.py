from __future__ import annotations

from django.db import models

from maestro.runtime.models.execution import Execution
from maestro.runtime.querysets import EventQuerySet


class ExecutionEvent(models.Model):
    """Something that happened in an execution, in order; append-only. Never holds a secret."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField(editable=False)
    execution = models.ForeignKey(
        Execution,
        on_delete=models.PROTECT,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    step_id = models.CharField(max_length=64, blank=True)
    item_index = models.IntegerField(default=-1)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "event"
        indexes = [models.Index(fields=["execution", "id"], name="events_of_an_execution")]

    def __str__(self) -> str:
        return self.kind
