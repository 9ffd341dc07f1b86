from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_noop

from catalog.models import Visibility, WorkflowTemplate, WorkflowVersion
from maestro.kernel.models import TenantModel, TenantQuerySet
from marketplace.models.submission import Submission
from marketplace.querysets import CertificationQuerySet, ReleaseQuerySet


class ReleaseStatus(models.TextChoices):
    """Where a release is."""

    PUBLISHED = "published", gettext_noop("Published")
    SUPERSEDED = "superseded", gettext_noop("Superseded")
    DEPRECATED = "deprecated", gettext_noop("Deprecated")
    WITHDRAWN = "withdrawn", gettext_noop("Withdrawn")


class Release(TenantModel):
    """A frozen version that was published: signed first, then listed. Its publisher's row.

        published ──a higher one is published──▶ superseded
            └───────┴──▶ deprecated ──┴──▶ withdrawn (from each of them)

    What was signed never changes: a trigger lets its standing move and nothing else. `statement` is
    the in-toto Statement v1 over the document's digest, with the reviews and their controls;
    `signatures` are those of its DSSE envelope. `origin` is empty for one that was published here,
    else the name of the Maestro it was imported from. `reviewed_for` is the widest visibility that it
    was reviewed for: to others than its publisher it is not there while its template's is wider, so
    that nobody finds by a later release what fewer looked at. `migrations` says how an installation's
    parameters become those of this release.
    """

    template = models.ForeignKey(
        WorkflowTemplate, on_delete=models.PROTECT, related_name="releases", db_constraint=False
    )
    version = models.ForeignKey(
        WorkflowVersion, on_delete=models.PROTECT, related_name="releases", db_constraint=False
    )
    submission = models.ForeignKey(
        Submission,
        null=True,
        on_delete=models.PROTECT,
        related_name="releases",
        db_constraint=False,
    )
    publisher = models.CharField(max_length=63)
    slug = models.CharField(max_length=63)
    number = models.CharField(max_length=64)
    order = ArrayField(models.BigIntegerField(), size=4)
    digest = models.CharField(max_length=71)
    title = models.CharField(max_length=120)
    risk = models.CharField(max_length=8)
    changelog = models.TextField()
    previous_number = models.CharField(max_length=64, blank=True)
    changes = models.JSONField(default=list)
    is_breaking = models.BooleanField(default=False)
    capabilities = models.JSONField(default=dict)
    migrations = models.JSONField(default=list)
    statement = models.JSONField()
    signatures = models.JSONField()
    reviewed_for = models.CharField(max_length=16, choices=Visibility, default=Visibility.INTERNAL)
    reviewed_by = ArrayField(models.CharField(max_length=254), default=list)
    origin = models.CharField(max_length=120, blank=True)
    published_by = models.UUIDField(null=True)
    published_by_name = models.CharField(max_length=254)
    status = models.CharField(max_length=12, choices=ReleaseStatus, default=ReleaseStatus.PUBLISHED)
    status_reason = models.CharField(max_length=500, blank=True)
    replacement = models.CharField(max_length=192, blank=True)
    status_at = models.DateTimeField(null=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version"], name="one_release_per_version"),
            models.UniqueConstraint(
                fields=["template", "number"], name="one_release_per_template_and_number"
            ),
            models.CheckConstraint(
                name="release_status_is_known", condition=models.Q(status__in=ReleaseStatus.values)
            ),
        ]
        indexes = [
            models.Index(fields=["template", "-order", "-id"], name="releases_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.publisher}/{self.slug} {self.number}"

    @property
    def address(self) -> str:
        """`publisher/slug`."""
        return f"{self.publisher}/{self.slug}"


class Certification(TenantModel):
    """That a release was held against the certification checklist, until when. Append-only.

    One that `revokes` another takes it back; it certifies nothing itself.
    """

    template = models.ForeignKey(
        WorkflowTemplate,
        on_delete=models.PROTECT,
        related_name="certifications",
        db_constraint=False,
    )
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="certifications", db_constraint=False
    )
    checklist = models.JSONField(default=list)
    rationale = models.CharField(max_length=4000)
    certified_by = models.UUIDField()
    certified_by_name = models.CharField(max_length=254)
    published_by = models.UUIDField(null=True)
    expires_at = models.DateTimeField()
    revokes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="revoked_by", db_constraint=False
    )

    objects = CertificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="nobody_certifies_their_own",
                condition=models.Q(published_by=None)
                | ~models.Q(certified_by=models.F("published_by")),
            ),
        ]
        indexes = [models.Index(fields=["release", "-id"], name="certifications_of_a_release")]

    def __str__(self) -> str:
        return f"{self.release_id} until {self.expires_at:%Y-%m-%d}"


class ReleaseHealth(TenantModel):
    """How a release did over all tenants, as of `rolled_up_at`. Its publisher's row, rewritten.

    A figure is null where fewer tenants or runs stand behind it than may be told
    (`marketplace/trust.py`), so that no tenant's own can be read off. Durations are seconds.
    """

    release = models.OneToOneField(
        Release, on_delete=models.CASCADE, related_name="health", db_constraint=False
    )
    template = models.ForeignKey(
        WorkflowTemplate, on_delete=models.CASCADE, related_name="healths", db_constraint=False
    )
    runs_7 = models.PositiveIntegerField(null=True)
    runs_30 = models.PositiveIntegerField(null=True)
    tenants_30 = models.PositiveIntegerField(null=True)
    failure_rate_7 = models.FloatField(null=True)
    failure_rate_30 = models.FloatField(null=True)
    average_seconds = models.FloatField(null=True)
    p95_seconds = models.FloatField(null=True)
    last_run_status = models.CharField(max_length=12, blank=True)
    last_run_at = models.DateTimeField(null=True)
    rolled_up_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "health of a release"
        verbose_name_plural = "health of releases"
        indexes = [models.Index(fields=["template"], name="health_of_a_template")]

    def __str__(self) -> str:
        return f"{self.release_id} at {self.rolled_up_at:%Y-%m-%d %H:%M}"
