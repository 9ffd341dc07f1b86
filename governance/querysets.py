"""The reads of governance, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.db.models import Prefetch, Q

from maestro.kernel.models import TenantQuerySet

if TYPE_CHECKING:
    from governance.models import ApprovalRequest, Decision, EvidenceBundle, Receipt  # noqa: F401


class DecisionQuerySet(TenantQuerySet["Decision"]):
    """Policy decisions."""

    def newest_first(self) -> Self:
        """By id, a UUIDv7, and so by time."""
        return self.order_by("-id")

    def on(self, resource_type: str, resource_id: str) -> Self:
        """About one thing."""
        return self.filter(resource_type=resource_type, resource_id=resource_id)

    def behind(self, decision_id: UUID | None, resource_type: str, resource_id: str) -> Self:
        """That by which a thing began, and those about it since."""
        about = Q(resource_type=resource_type, resource_id=resource_id)
        return self.filter(Q(pk=decision_id) | about)


class ReceiptQuerySet(TenantQuerySet["Receipt"]):
    """Receipts."""

    def newest_first(self) -> Self:
        """By id, a UUIDv7, and so by time."""
        return self.order_by("-id")

    def of(self, subject_type: str, subject_id: str) -> Self:
        """About one thing."""
        return self.filter(subject_type=subject_type, subject_id=subject_id)

    def of_any(self, subjects: Mapping[str, Sequence[str]]) -> Self:
        """About any of these things: their ids, by their type."""
        about = Q(pk__in=[])
        for subject_type, ids in subjects.items():
            about |= Q(subject_type=subject_type, subject_id__in=ids)
        return self.filter(about)


class EvidenceQuerySet(TenantQuerySet["EvidenceBundle"]):
    """Evidence bundles."""

    def of(self, subject_type: str, subject_id: UUID) -> Self:
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

    def with_decisions(self, ids: Iterable[UUID]) -> Self:
        """These, with what people decided, the first decision first."""
        return self._decided().filter(pk__in=list(ids)).order_by("id")

    def waiting(self) -> Self:
        """Pending ones with what people decided so far, the longest waiting first."""
        return self._decided().pending()

    def of_people(self) -> Self:
        """Without those that a review answers."""
        return self.exclude(subject_type="review")

    def settled(self) -> Self:
        """Those that wait no longer, the latest decided first."""
        return self._decided().exclude(decided_at=None).order_by("-decided_at")

    def _decided(self) -> Self:
        ordered = apps.get_model("governance.ApprovalDecision")._default_manager.order_by("id")
        return self.prefetch_related(Prefetch("decisions", queryset=ordered))

    def due(self, moment: datetime) -> Self:
        """Pending ones whose time is over at `moment`, the longest overdue first."""
        return self.filter(status="pending", expires_at__lte=moment).order_by("expires_at")
