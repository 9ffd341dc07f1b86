"""The reads of the marketplace, by name."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

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
