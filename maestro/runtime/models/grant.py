from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models import WorkflowVersion
from maestro.kernel.models import TenantModel
from maestro.runtime.querysets import GrantQuerySet, WithdrawalQuerySet


class Environment(models.TextChoices):
    """Where an installation does its work."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class Grant(TenantModel):
    """What an installation may run with: one version, and what its tenant granted to it.

    Written by the marketplace, read by the engine. What it grants never changes: an upgrade, a
    roll-back or another configuration writes a new one and ends the one before (`superseded_at`),
    which executions that run keep. `statement` and `signatures` are the release's attestation,
    verified at every start against the digest of the version. A stopped one starts nothing
    (`stopped_at`, null where it may go on).
    """

    installation_id = models.UUIDField()
    name = models.CharField(max_length=63)
    release_id = models.UUIDField()
    # A version is its publisher's row, and never deleted.
    version = models.ForeignKey(
        WorkflowVersion, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    definition_id = models.UUIDField()
    publisher = models.CharField(max_length=63)
    slug = models.CharField(max_length=63)
    number = models.CharField(max_length=64)
    digest = models.CharField(max_length=71)
    statement = models.JSONField()
    signatures = models.JSONField()
    parameters = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict)  # the document's names → the tenant's stored names
    endpoints = models.JSONField(default=dict)
    hosts = ArrayField(models.CharField(max_length=261), default=list)
    environment = models.CharField(max_length=12, choices=Environment)
    region = models.CharField(max_length=40, blank=True)
    quotas = models.JSONField(default=dict)
    policies = models.JSONField(default=dict)
    granted_by = models.UUIDField(null=True)
    superseded_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=500, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "installation_id"],
                condition=models.Q(superseded_at__isnull=True),
                name="one_grant_in_force_per_installation",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "name"],
                condition=models.Q(superseded_at__isnull=True),
                name="one_grant_in_force_per_name",
            ),
            models.CheckConstraint(
                name="grant_environment_is_known",
                condition=models.Q(environment__in=Environment.values),
            ),
        ]
        indexes = [
            models.Index(fields=["version", "tenant_id"], name="grants_of_a_version"),
            models.Index(fields=["tenant_id", "definition_id"], name="grants_of_a_workflow"),
        ]

    def __str__(self) -> str:
        return f"{self.publisher}/{self.slug} {self.number}"


class WithdrawalMode(models.TextChoices):
    """What a withdrawal does to those who have it."""

    STOP = "stop"
    WARN = "warn"


class Withdrawal(TenantModel):
    """A version that its publisher took back. Append-only, one each; no way leads back.

    Written in the transaction that withdraws the release, so that from then on no start gets past
    it; what runs is stopped right after, by a job. Whoever was granted the version reads it.
    """

    version = models.ForeignKey(
        WorkflowVersion, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    mode = models.CharField(max_length=4, choices=WithdrawalMode)
    reason = models.CharField(max_length=500)
    replacement = models.CharField(max_length=192, blank=True)  # publisher/slug, with @number
    withdrawn_by_name = models.CharField(max_length=254)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version"], name="one_withdrawal_per_version"),
            models.CheckConstraint(
                name="withdrawal_mode_is_known",
                condition=models.Q(mode__in=WithdrawalMode.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.mode}"
