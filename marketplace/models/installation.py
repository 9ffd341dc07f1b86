from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_noop

from maestro.kernel.models import TenantModel, TenantQuerySet
from maestro.runtime.models import Environment
from marketplace.querysets import InstanceQuerySet


class Channel(models.TextChoices):
    """How an installation follows new releases. A major one never comes by itself."""

    PIN = "pin", gettext_noop("Stay on exactly this version")
    PATCH = "patch", gettext_noop("Follow patches")
    MINOR = "minor", gettext_noop("Follow minor versions")


class InstanceStatus(models.TextChoices):
    """Whether an installation may run."""

    ACTIVE = "active", gettext_noop("Active")
    STOPPED = "stopped", gettext_noop("Stopped")
    UNINSTALLED = "uninstalled", gettext_noop("Uninstalled")


class WorkflowInstance(TenantModel):
    """A tenant's installation of a release, apart from the template. The installing tenant's row.

        active ◀──▶ stopped
           └────┬─────┘
                ▼
           uninstalled (its executions and receipts stay)

    It is locked to the digest of one release; what it may run with is `grant_id`, the one
    `runtime.Grant` in force. The template and its releases are another tenant's rows, so they are
    named by id and copied by name: they may go out of sight. `revision` goes up with every change;
    two people who change it at once are told apart by it.
    """

    name = models.CharField(max_length=63)
    title = models.CharField(max_length=120)
    template_id = models.UUIDField()
    release_id = models.UUIDField()
    publisher = models.CharField(max_length=63)
    slug = models.CharField(max_length=63)
    number = models.CharField(max_length=64)
    order = ArrayField(models.BigIntegerField(), size=4)
    digest = models.CharField(max_length=71)
    risk = models.CharField(max_length=8)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.PIN)
    parameters = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict)
    endpoints = models.JSONField(default=dict)
    hosts = ArrayField(models.CharField(max_length=261), default=list)
    environment = models.CharField(max_length=12, choices=Environment)
    region = models.CharField(max_length=40, blank=True)
    quotas = models.JSONField(default=dict)
    policies = models.JSONField(default=dict)
    grant_id = models.UUIDField(null=True)
    revision = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=12, choices=InstanceStatus, default=InstanceStatus.ACTIVE)
    status_reason = models.CharField(max_length=500, blank=True)
    installed_by = models.UUIDField(null=True)
    installed_by_name = models.CharField(max_length=254)
    # Null and not empty, so that any number may have none.
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001
    request_digest = models.CharField(max_length=71, blank=True, default="", db_default="")
    updated_at = models.DateTimeField(auto_now=True)

    objects = InstanceQuerySet.as_manager()

    class Meta:
        verbose_name = "installation"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "name"],
                condition=~models.Q(status="uninstalled"),
                name="one_installation_of_a_name",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "idempotency_key"],
                name="one_installation_per_idempotency_key",
            ),
            models.CheckConstraint(
                name="installation_status_is_known",
                condition=models.Q(status__in=InstanceStatus.values),
            ),
            models.CheckConstraint(
                name="installation_channel_is_known", condition=models.Q(channel__in=Channel.values)
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "-updated_at"], name="installations_by_update"),
            models.Index(fields=["template_id", "id"], name="installations_of_a_template"),
            models.Index(fields=["release_id", "id"], name="installations_of_a_release"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """`publisher/slug` of what is installed."""
        return f"{self.publisher}/{self.slug}"


class ChangeKind(models.TextChoices):
    """What happened to an installation."""

    INSTALL = "install", gettext_noop("Installed")
    UPGRADE = "upgrade", gettext_noop("Upgraded")
    ROLLBACK = "rollback", gettext_noop("Rolled back")
    CONFIGURE = "configure", gettext_noop("Configured")
    STOP = "stop", gettext_noop("Stopped")
    RESUME = "resume", gettext_noop("Resumed")
    UNINSTALL = "uninstall", gettext_noop("Uninstalled")


class InstanceChange(TenantModel):
    """One change of an installation, with what it was before: what a roll-back returns to.

    Append-only. `before` is the state that was left, as `WorkflowInstance` has it (null for an
    install); `by_name` is empty where the follower did it.
    """

    instance = models.ForeignKey(
        WorkflowInstance, on_delete=models.PROTECT, related_name="changes", db_constraint=False
    )
    kind = models.CharField(max_length=12, choices=ChangeKind)
    from_number = models.CharField(max_length=64, blank=True)
    to_number = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=254, blank=True)
    receipt_id = models.UUIDField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "change of an installation"
        verbose_name_plural = "changes of installations"
        constraints = [
            models.CheckConstraint(
                name="installation_change_is_known",
                condition=models.Q(kind__in=ChangeKind.values),
            ),
        ]
        indexes = [models.Index(fields=["instance", "-id"], name="changes_of_an_installation")]

    def __str__(self) -> str:
        return f"{self.kind} {self.to_number}"


class Adoption(TenantModel):
    """Which tenant is on which version: what a publisher may know of an installation, and no more.

    The publisher's row, written by a job after an installation changed; one per installation.
    """

    template_id = models.UUIDField()
    installation_id = models.UUIDField()
    installer_id = models.UUIDField()
    installer_slug = models.CharField(max_length=63)
    number = models.CharField(max_length=64)
    channel = models.CharField(max_length=8)
    status = models.CharField(max_length=12)
    since = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "installation_id"], name="one_adoption_per_installation"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "template_id", "-id"], name="adoptions_of_a_template")
        ]

    def __str__(self) -> str:
        return f"{self.installer_slug}: {self.number}"


class UpgradeProposal(TenantModel):
    """That a publisher asks a tenant to upgrade, until when. The publisher's row; the tenant reads."""

    template_id = models.UUIDField()
    release_id = models.UUIDField()
    number = models.CharField(max_length=64)
    installation_id = models.UUIDField()
    installer_id = models.UUIDField()
    message = models.CharField(max_length=500)
    deadline = models.DateField(null=True)
    proposed_by = models.UUIDField()
    proposed_by_name = models.CharField(max_length=254)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "proposal to upgrade"
        verbose_name_plural = "proposals to upgrade"
        constraints = [
            models.UniqueConstraint(
                fields=["installation_id", "release_id"],
                name="one_proposal_per_installation_and_release",
            ),
        ]
        indexes = [
            models.Index(fields=["installer_id", "installation_id"], name="proposals_to_a_tenant")
        ]

    def __str__(self) -> str:
        return f"{self.number} by {self.deadline}"


class Rollout(TenantModel):
    """A release on its way to those who follow it, in waves. The publisher's row.

        running ──every follower had its turn──▶ done
           └──too many fail──▶ halted ──a person──▶ running

    `followers` is how many there were when it began. `wave` counts from 0; `done` and `skipped` count
    installations that had their turn, `cursor` is the last of them. `next_at` says when the job
    looks again; a new wave begins only when what was upgraded does not fail more than before. Once
    a person has let it go on (`resumed_at`), only what ran since counts.

    `waves` has for each wave that began `{begun_at, upgraded, waiting, failed, ahead}`: what became
    of its followers. `rates` is `{before: [runs, failed], waves: [[runs, failed], …]}`: how those
    that were upgraded ran before and since, as a job counted them at `measured_at`; each null where
    it may not be told (`marketplace.following.told`).
    """

    release = models.OneToOneField(
        "marketplace.Release", on_delete=models.PROTECT, related_name="rollout", db_constraint=False
    )
    status = models.CharField(
        max_length=8,
        choices=[("running", "Running"), ("done", "Done"), ("halted", "Halted")],
        default="running",
    )
    wave = models.PositiveSmallIntegerField(default=0)
    followers = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    halted_reason = models.CharField(max_length=500, blank=True)
    resumed_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    waves = models.JSONField(default=list)
    rates = models.JSONField(default=dict)
    measured_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rollout_status_is_known",
                condition=models.Q(status__in=("running", "done", "halted")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="rollouts_due", condition=models.Q(status="running")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release_id}: {self.status}"
