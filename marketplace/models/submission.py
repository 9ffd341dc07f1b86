from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_noop

from catalog.models import Visibility, WorkflowTemplate, WorkflowVersion
from maestro.kernel.models import TenantModel, TenantQuerySet
from marketplace.querysets import SubmissionQuerySet


class SubmissionStatus(models.TextChoices):
    """Where a version is on its way to being published."""

    IN_REVIEW = "in_review", gettext_noop("In review")
    CHANGES_REQUESTED = "changes_requested", gettext_noop("Changes requested")
    APPROVED = "approved", gettext_noop("Approved")
    PUBLISHED = "published", gettext_noop("Published")
    REJECTED = "rejected", gettext_noop("Rejected")
    RETRACTED = "retracted", gettext_noop("Retracted")


class Submission(TenantModel):
    """A frozen version that its author asked to have published. Its publisher's row.

    A version that nobody put forward is a draft.

        in_review ──all that policy asks for──▶ approved ──signed and listed──▶ published
           ├──a reviewer──▶ changes_requested    │
           ├──a reviewer, or the approver──▶ rejected
           └──its author──▶ retracted ◀──────────┘
        in_review ◀──an override, by somebody else── changes_requested, or rejected by a reviewer

    `execution_id` is its pipeline, an execution of the system workflow `publish-release` in the
    publisher's tenant. One is open per version; after changes were requested, a new version is put
    forward. `changes`, `capabilities` and `new_capabilities` are what was computed when it was put
    forward (`catalog/diff.py`), against `compared_with`, empty for a first release.
    """

    template = models.ForeignKey(
        WorkflowTemplate, on_delete=models.PROTECT, related_name="submissions", db_constraint=False
    )
    version = models.ForeignKey(
        WorkflowVersion, on_delete=models.PROTECT, related_name="submissions", db_constraint=False
    )
    number = models.CharField(max_length=64)
    digest = models.CharField(max_length=71)
    title = models.CharField(max_length=120)
    publisher = models.CharField(max_length=63)
    risk = models.CharField(max_length=8)
    visibility = models.CharField(max_length=16, choices=Visibility)
    status = models.CharField(
        max_length=18, choices=SubmissionStatus, default=SubmissionStatus.IN_REVIEW
    )
    note = models.CharField(max_length=2000, blank=True)
    required_reviews = ArrayField(models.CharField(max_length=12), default=list)
    compared_with = models.CharField(max_length=64, blank=True)
    changes = models.JSONField(default=list)
    capabilities = models.JSONField(default=dict)
    new_capabilities = models.JSONField(default=dict)
    execution_id = models.UUIDField(null=True)
    author_id = models.UUIDField(null=True)  # who froze the version
    requested_by = models.UUIDField()
    requested_by_name = models.CharField(max_length=254)
    due_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    approved_by = models.UUIDField(null=True)
    approved_by_name = models.CharField(max_length=254, blank=True)
    rationale = models.CharField(max_length=4000, blank=True)  # of whoever approved or ended it

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=models.Q(status__in=("in_review", "approved")),
                name="one_open_submission_per_version",
            ),
            models.CheckConstraint(
                name="submission_status_is_known",
                condition=models.Q(status__in=SubmissionStatus.values),
            ),
            models.CheckConstraint(
                name="nobody_approves_their_own_submission",
                condition=models.Q(approved_by=None)
                | (
                    ~models.Q(approved_by=models.F("requested_by"))
                    & (models.Q(author_id=None) | ~models.Q(approved_by=models.F("author_id")))
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="submissions_waiting",
                condition=models.Q(status__in=("in_review", "approved")),
            ),
            models.Index(fields=["tenant_id", "-id"], name="submissions_newest_first"),
            models.Index(fields=["template", "-id"], name="submissions_of_a_template"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


class Level(models.TextChoices):
    """What a finding asks for."""

    ERROR = "error", gettext_noop("Must be mended")
    WARNING = "warning", gettext_noop("Look at this")
    INFO = "info", gettext_noop("For information")


class Finding(TenantModel):
    """What an automatic check found in a submission. Append-only."""

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="findings", db_constraint=False
    )
    check_name = models.CharField(max_length=40)
    level = models.CharField(max_length=8, choices=Level)
    code = models.CharField(max_length=64)
    path = models.CharField(max_length=500, blank=True)
    message = models.CharField(max_length=500)
    hint = models.CharField(max_length=500, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="finding_level_is_known", condition=models.Q(level__in=Level.values)
            ),
        ]
        indexes = [models.Index(fields=["submission", "id"], name="findings_of_a_submission")]

    def __str__(self) -> str:
        return self.message
