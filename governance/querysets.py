"""The reads of governance, by name."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from maestro.kernel.models import TenantQuerySet

if TYPE_CHECKING:
    from governance.models import ApprovalRequest, Decision, Receipt  # noqa: F401


class DecisionQuerySet(TenantQuerySet["Decision"]):
    """Policy decisions."""

    def newest_first(self) -> Self:
        """By id, a UUIDv7, and so by time."""
        return self.order_by("-id")

    def on(self, resource_type: str, resource_id: str) -> Self:
        """About one thing."""
        return self.filter(resource_type=resource_type, resource_id=resource_id)


class ReceiptQuerySet(TenantQuerySet["Receipt"]):
    """Receipts."""

    def newest_first(self) -> Self:
        """By id, a UUIDv7, and so by time."""
        return self.order_by("-id")

    def of(self, subject_type: str, subject_id: str) -> Self:
        """About one thing."""
        return self.filter(subject_type=subject_type, subject_id=subject_id)


class ApprovalRequestQuerySet(TenantQuerySet["ApprovalRequest"]):
    """Approval requests."""

    def pending(self) -> Self:
        """Those that wait for people, the longest waiting first."""
        return self.filter(status="pending").order_by("id")

    def of(self, subject_type: str, subject_id: str) -> Self:
        """About one thing."""
        return self.filter(subject_type=subject_type, subject_id=subject_id)

    def due(self, moment: datetime) -> Self:
        """Pending ones whose time is over at `moment`, the longest overdue first."""
        return self.filter(status="pending", expires_at__lte=moment).order_by("expires_at")
