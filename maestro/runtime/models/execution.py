from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_noop

from catalog.models import WorkflowDefinition, WorkflowVersion
from maestro.kernel.models import TenantModel
from maestro.runtime.querysets import ExecutionQuerySet
from maestro.runtime.states import EXECUTION_ENDED, ExecutionStatus


class Trigger(models.TextChoices):
    """What started an execution."""

    PERSON = "person", gettext_noop("A person")
    API = "api", gettext_noop("The API")
    RERUN = "rerun", gettext_noop("A re-run")
    WORKFLOW = "workflow", gettext_noop("Another workflow")


class Execution(TenantModel):
    """One run of one frozen version.

        queued ──a worker takes its first step──▶ running ──▶ succeeded | failed | cancelled
           └───────────────────cancelled before it began──────────────────────────▲

    `revision` goes up by one with every change of the execution or of a step of it. The engine
    writes only if the revision is still the one it thought with, so a decision is never made on
    old facts; pages compare it to know whether anything changed.
    `wake_at` says that a worker must look at it (it was started, or is to be cancelled), so that
    a lost message is sent again.
    """

    # Frozen versions are never deleted (a trigger holds them), nor is a workflow that has one: a
    # key check on every start would lock both rows for nothing.
    definition = models.ForeignKey(
        WorkflowDefinition,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    version = models.ForeignKey(
        WorkflowVersion,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    workflow = models.CharField(max_length=127)  # publisher/slug
    title = models.CharField(max_length=120)
    version_number = models.CharField(max_length=64)
    version_digest = models.CharField(max_length=71)
    risk = models.CharField(max_length=8)
    status = models.CharField(
        max_length=12,
        choices=[(status.value, status.value.title()) for status in ExecutionStatus],
        default=ExecutionStatus.QUEUED.value,
    )
    revision = models.BigIntegerField(default=0)
    wake_at = models.DateTimeField(null=True)
    wake_sent_at = models.DateTimeField(null=True)

    parameters = models.JSONField(default=dict)
    endpoints = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict)  # the document's names → the tenant's stored names
    obligations = models.JSONField(default=list)
    outputs = models.JSONField(null=True)
    error = models.JSONField(null=True)

    purpose = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    trigger = models.CharField(max_length=12, choices=Trigger)
    started_by = models.UUIDField(null=True)
    started_by_name = models.CharField(max_length=120, blank=True)
    decision_id = models.UUIDField(null=True)
    # Null and not empty, so that any number of executions may have none.
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001
    request_digest = models.CharField(max_length=71, blank=True)

    # Of an installation: what it was granted then. Its own id too, so that its runs are found.
    grant_id = models.UUIDField(null=True)
    installation_id = models.UUIDField(null=True)
    environment = models.CharField(max_length=12, blank=True, default="", db_default="")
    region = models.CharField(max_length=40, blank=True, default="", db_default="")

    parent_step = models.ForeignKey(
        "runtime.StepRun",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    depth = models.SmallIntegerField(default=0)
    rerun_of = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="reruns",
        db_constraint=False,
        db_index=False,
    )
    cancel_requested_at = models.DateTimeField(null=True)
    cancelled_by_name = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ExecutionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "idempotency_key"], name="one_execution_per_idempotency_key"
            ),
            models.CheckConstraint(
                name="execution_status_is_known",
                condition=models.Q(status__in=[status.value for status in ExecutionStatus]),
            ),
        ]
        indexes = [
            # Newest first of a tenant: the unique (tenant_id, id) of `SameTenant`, read backwards.
            models.Index(
                fields=["tenant_id", "definition", "-id"], name="executions_of_a_workflow"
            ),
            # What succeeded is nearly everything, and nobody looks for it by its status. The tenant
            # comes last: the console reads all tenants in order, a tenant skips the others' entries
            # without reading their rows.
            models.Index(
                fields=["status", "-id", "tenant_id"],
                name="executions_by_status",
                condition=~models.Q(status="succeeded"),
            ),
            models.Index(
                fields=["installation_id", "-id"],
                name="executions_of_an_installation",
                condition=models.Q(installation_id__isnull=False),
            ),
            # How releases did is read from here alone: what changes in it changes with the status,
            # which is in an index already.
            models.Index(
                fields=["grant_id", "finished_at"],
                include=["status", "tenant_id", "started_at"],
                name="executions_of_a_grant",
                condition=models.Q(grant_id__isnull=False, finished_at__isnull=False),
            ),
            models.Index(
                fields=["rerun_of"],
                name="reruns_of_an_execution",
                condition=models.Q(rerun_of__isnull=False),
            ),
            models.Index(
                fields=["wake_at"],
                name="executions_to_wake",
                condition=models.Q(wake_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {str(self.pk)[-8:]}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in EXECUTION_ENDED
