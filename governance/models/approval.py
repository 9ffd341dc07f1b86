from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from governance.querysets import ApprovalRequestQuerySet
from maestro.kernel.models import TenantModel, TenantQuerySet

REVIEW = "review"
"""What waits for a review has this for its `subject_type`."""


class ApprovalStatus(models.TextChoices):
    """Where a request is."""

    PENDING = "pending", "Pending"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    EXPIRED = "expired", "Expired"
    CANCELLED = "cancelled", "Cancelled"


class Vote(models.TextChoices):
    """What one person decided."""

    APPROVE = "approve", "Approve"
    REJECT = "reject", "Reject"


class ApprovalRequest(TenantModel):
    """A question to people: may this go on?

        pending ──the last of `count` approvals──▶ approved
           ├──one rejection──▶ rejected
           ├──nobody in time──▶ expired
           └──no longer asked──▶ cancelled

    `subject_type` and `subject_id` name what waits for the answer. Whoever started it or asked
    for it can't decide; where `teams` are named, only their members and the platform's approvers
    can. One about a `review` is answered by the service that keeps the review, and only there.
    """

    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=255)
    requested_by = models.UUIDField(null=True)
    started_by = models.UUIDField(null=True)
    count = models.PositiveSmallIntegerField()
    teams = ArrayField(models.CharField(max_length=80), default=list)
    message = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=12, choices=ApprovalStatus, default=ApprovalStatus.PENDING)
    decided_at = models.DateTimeField(null=True)

    objects = ApprovalRequestQuerySet.as_manager()

    @property
    def is_review(self) -> bool:
        """Whether a review answers it, through its own service alone."""
        return self.subject_type == REVIEW

    class Meta:
        verbose_name = "approval request"
        constraints = [
            models.CheckConstraint(
                name="approval_status_is_known",
                condition=models.Q(status__in=ApprovalStatus.values),
            ),
            models.CheckConstraint(name="approval_asks_somebody", condition=models.Q(count__gte=1)),
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "id"],
                name="approvals_pending",
                condition=models.Q(status="pending"),
            ),
            models.Index(
                fields=["expires_at"],
                name="approvals_by_expiry",
                condition=models.Q(status="pending"),
            ),
            models.Index(
                fields=["tenant_id", "subject_type", "subject_id"], name="approvals_of_a_subject"
            ),
        ]

    def __str__(self) -> str:
        return self.message or f"{self.subject_type} {self.subject_id}"


class ApprovalDecision(TenantModel):
    """What one person decided on a request, and why. Append-only, one each."""

    request = models.ForeignKey(
        ApprovalRequest, on_delete=models.PROTECT, related_name="decisions", db_constraint=False
    )
    decided_by = models.UUIDField()
    decided_by_name = models.CharField(max_length=254)
    vote = models.CharField(max_length=8, choices=Vote)
    rationale = models.TextField(blank=True)
    decision_id = models.UUIDField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "approval decision"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "request", "decided_by"],
                name="one_decision_per_approver_and_request",
            ),
            models.CheckConstraint(
                name="approval_vote_is_known", condition=models.Q(vote__in=Vote.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decided_by_name}: {self.vote}"
