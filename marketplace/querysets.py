"""The reads of the marketplace, by name."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import models

from maestro.kernel.models import TenantQuerySet

if TYPE_CHECKING:
    from marketplace.models import (  # noqa: F401
        Certification,
        Release,
        Review,
        Submission,
        WorkflowInstance,
    )


class SubmissionQuerySet(TenantQuerySet["Submission"]):
    """Versions that were put forward."""

    def open(self) -> Self:
        """Those on which somebody may still decide."""
        return self.filter(status__in=("in_review", "approved"))

    def by_due_date(self) -> Self:
        """The most urgent first."""
        return self.order_by("due_at", "id")

    def awaiting_review(self, kind: str) -> Self:
        """Those whose review of this kind is asked for, and not done."""
        return self.filter(status="in_review", required_reviews__contains=[kind]).exclude(
            self._reviewed(kind)
        )

    def awaiting_approval(self) -> Self:
        """Those that are checked, without an error, and reviewed as policy asked.

        While one is in review, every review of it that is in force approves: any other ended it.
        """
        found = self.filter(status="in_review", checked_at__isnull=False)
        for kind in ("security", "performance", "docs"):
            found = found.exclude(
                models.Q(required_reviews__contains=[kind]) & ~self._reviewed(kind)
            )
        return found.exclude(models.Exists(self._of("findings").filter(level="error")))

    def _reviewed(self, kind: str) -> models.Exists:
        return models.Exists(self._of("reviews").filter(kind=kind))

    def _of(self, name: str) -> models.QuerySet[models.Model]:
        rows = self.model._meta.get_field(name).related_model._default_manager  # type: ignore[union-attr]
        return rows.filter(submission=models.OuterRef("pk"))


class ReviewQuerySet(TenantQuerySet["Review"]):
    """What reviewers decided."""

    def in_force(self) -> Self:
        """Those that no later one overrides."""
        return self.filter(overridden_by=None)


class ReleaseQuerySet(TenantQuerySet["Release"]):
    """What was published."""

    def newest_first(self) -> Self:
        """In the order of their versions."""
        return self.order_by("-order", "-id")

    def installable(self) -> Self:
        """Those that are not withdrawn."""
        return self.exclude(status="withdrawn")

    def awaiting_certification(self, until: datetime) -> Self:
        """The latest of what others find, not certified until that moment."""
        certified: Any = self.model._meta.get_field("certifications").related_model
        holds = certified.objects.filter(release=models.OuterRef("pk")).valid(until)
        return self.filter(status="published").exclude(
            models.Q(template__visibility="internal-only") | models.Exists(holds)
        )


class InstanceQuerySet(TenantQuerySet["WorkflowInstance"]):
    """Installations."""

    def in_use(self) -> Self:
        """Those that were not uninstalled."""
        return self.exclude(status="uninstalled")

    def named(self, name: UUID | str) -> Self:
        """The one of an id or of a name."""
        return self.filter(pk=name) if isinstance(name, UUID) else self.filter(name=name)


class CertificationQuerySet(TenantQuerySet["Certification"]):
    """Certifications and what took them back."""

    def valid(self, at: datetime) -> Self:
        """Those that hold at a moment."""
        return self.filter(expires_at__gt=at, revokes=None, revoked_by=None)
