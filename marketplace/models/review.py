from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_noop

from maestro.kernel.models import TenantModel, TenantQuerySet
from marketplace.models.submission import Submission
from marketplace.querysets import ReviewQuerySet


class ReviewKind(models.TextChoices):
    """What a reviewer looks at."""

    SECURITY = "security", gettext_noop("Security")
    PERFORMANCE = "performance", gettext_noop("Performance")
    DOCS = "docs", gettext_noop("Docs")


class ReviewDecision(models.TextChoices):
    """What a reviewer decided."""

    APPROVE = "approve", gettext_noop("Approve")
    REQUEST_CHANGES = "request_changes", gettext_noop("Request changes")
    REJECT = "reject", gettext_noop("Reject")


class Review(TenantModel):
    """What one reviewer decided on a submission, and why. Append-only; its publisher's row.

    An override is a new row of somebody else's that names the one it overrides. `requested_by` and
    `author_id` repeat the submission's (a trigger holds them to it), so that the database itself
    refuses a review of one's own. `checklist` is a list of `{item, done, note}`, `links` are
    addresses of evidence elsewhere, `controls` such as `SOC2:CC8.1`.
    """

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="reviews", db_constraint=False
    )
    kind = models.CharField(max_length=12, choices=ReviewKind)
    decision = models.CharField(max_length=16, choices=ReviewDecision)
    rationale = models.CharField(max_length=4000)
    checklist = models.JSONField(default=list)
    controls = ArrayField(models.CharField(max_length=40), default=list)
    links = ArrayField(models.URLField(max_length=500), default=list)
    reviewer_id = models.UUIDField()
    reviewer_name = models.CharField(max_length=254)
    requested_by = models.UUIDField()
    author_id = models.UUIDField(null=True)
    overrides = models.OneToOneField(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="overridden_by",
        db_constraint=False,
    )
    overridden_reviewer_id = models.UUIDField(null=True)
    decision_id = models.UUIDField(null=True)
    # Seconds from when it was asked for, or decided before, to this.
    took = models.PositiveIntegerField(default=0)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "kind"],
                condition=models.Q(overrides=None),
                name="one_first_review_per_kind",
            ),
            models.CheckConstraint(
                name="review_kind_is_known", condition=models.Q(kind__in=ReviewKind.values)
            ),
            models.CheckConstraint(
                name="review_decision_is_known",
                condition=models.Q(decision__in=ReviewDecision.values),
            ),
            models.CheckConstraint(
                name="nobody_reviews_their_own",
                condition=~models.Q(reviewer_id=models.F("requested_by"))
                & (models.Q(author_id=None) | ~models.Q(reviewer_id=models.F("author_id"))),
            ),
            models.CheckConstraint(
                name="nobody_overrides_their_own",
                condition=models.Q(overridden_reviewer_id=None)
                | ~models.Q(reviewer_id=models.F("overridden_reviewer_id")),
            ),
            models.CheckConstraint(
                name="an_override_names_whose",
                condition=models.Q(overrides=None, overridden_reviewer_id=None)
                | models.Q(overrides__isnull=False, overridden_reviewer_id__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["submission", "id"], name="reviews_of_a_submission")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.decision}"


class ReviewEvidence(TenantModel):
    """A file that a reviewer put beside a review. Append-only; at most 5 MiB."""

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="evidence", db_constraint=False
    )
    kind = models.CharField(max_length=12, choices=ReviewKind)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=71)
    content = models.BinaryField()
    uploaded_by = models.UUIDField()
    uploaded_by_name = models.CharField(max_length=254)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "evidence of a review"
        verbose_name_plural = "evidence of reviews"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "kind", "digest"], name="one_file_per_review_and_digest"
            ),
            models.CheckConstraint(
                name="evidence_is_of_bounded_size", condition=models.Q(size__lte=5 * 1024 * 1024)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReviewLease(TenantModel):
    """Who is looking at a submission now: a hint to others until `until`, and no lock."""

    submission = models.ForeignKey(
        Submission, on_delete=models.CASCADE, related_name="leases", db_constraint=False
    )
    kind = models.CharField(max_length=12, choices=ReviewKind)
    holder_id = models.UUIDField()
    holder_name = models.CharField(max_length=254)
    until = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "kind"], name="one_lease_per_submission_and_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder_name}: {self.kind}"
