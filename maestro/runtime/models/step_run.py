from __future__ import annotations

from django.db import models

from maestro.kernel.models import TenantModel
from maestro.runtime.models.execution import Execution
from maestro.runtime.querysets import StepQuerySet
from maestro.runtime.states import StepStatus


class StepRun(TenantModel):
    """A step of an execution, or one item of a step that runs for each of many.

        queued ──claim──▶ running ──▶ succeeded | failed | cancelled
                             │ ▲
                             ▼ │  retry at, timer, approval, sub-workflow, its items
                           waiting ──▶ succeeded | failed | cancelled
        (not begun) ──▶ skipped

    A worker holds a running step by a lease, which it renews; `fence` goes up by one with each
    claim, so a worker that lost its lease can't store its result. `revision` is the execution's
    when this row last changed. Inputs are kept as they were rendered, with secrets masked; an
    output beyond 1 MiB is a file, named by its digest.
    """

    execution = models.ForeignKey(
        Execution,
        on_delete=models.PROTECT,
        related_name="steps",
        db_constraint=False,
        db_index=False,
    )
    step_id = models.CharField(max_length=64)
    item_index = models.IntegerField(default=-1)  # from 0 for an item, -1 for the step itself
    task = models.CharField(max_length=80)
    status = models.CharField(
        max_length=12, choices=[(status.value, status.value.title()) for status in StepStatus]
    )
    revision = models.BigIntegerField(default=0)
    attempt = models.IntegerField(default=0)
    fence = models.IntegerField(default=0)
    takeovers = models.IntegerField(default=0)
    worker = models.CharField(max_length=80, blank=True)
    waiting_for = models.CharField(max_length=12, blank=True)
    lease_until = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    wake_sent_at = models.DateTimeField(null=True)

    input = models.JSONField(null=True)
    output = models.JSONField(null=True)
    output_digest = models.CharField(max_length=71, blank=True)
    output_size = models.BigIntegerField(default=0)
    output_file = models.CharField(max_length=200, blank=True)
    error = models.JSONField(null=True)
    log = models.JSONField(default=list)
    fan = models.JSONField(null=True)  # of a step that runs for each: total, next, done, failed
    related_id = models.UUIDField(null=True)  # the approval request or the child execution
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = "step"
        constraints = [
            models.UniqueConstraint(
                fields=["execution", "step_id", "item_index"], name="one_row_per_step_and_item"
            ),
            models.CheckConstraint(
                name="step_status_is_known",
                condition=models.Q(status__in=[status.value for status in StepStatus]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_until"], name="steps_by_lease", condition=models.Q(status="running")
            ),
            models.Index(
                fields=["status", "-id"],
                name="steps_that_did_not_succeed",
                condition=models.Q(status__in=["failed", "cancelled", "skipped"]),
            ),
            models.Index(
                fields=["next_attempt_at"],
                name="steps_due",
                condition=models.Q(status__in=["queued", "waiting"]),
            ),
        ]

    def __str__(self) -> str:
        return self.step_id if self.item_index < 0 else f"{self.step_id}[{self.item_index}]"
