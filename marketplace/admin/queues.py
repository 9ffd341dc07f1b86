"""The reviewers' queues: what waits for whom, in which order, and why it is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import connections, models
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from maestro.kernel.clock import now
from maestro.kernel.console import PLATFORM
from maestro.kernel.identity import first_id_at
from marketplace.models import ReviewKind, ReviewLease

APPROVE = "approve"
RENEWED_BEFORE = timedelta(days=30)  # a certification that ends sooner waits to be renewed
_MEDIANS = """
SELECT kind, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY took)
FROM marketplace_review WHERE id >= %s GROUP BY kind
"""

URGENT_FIRST = (
    TruncDate("due_at").asc(),
    models.Case(
        models.When(risk="high", then=0), models.When(risk="medium", then=1), default=2
    ).asc(),
    models.F("due_at").asc(),
    models.F("id").asc(),
)
REASONS = {
    "is_first": models.Q(compared_with=""),
    "is_breaking": models.Q(changes__contains=[{"class": "breaking"}]),
    "reaches_more": models.Q(changes__contains=[{"class": "capability"}]),
}


class QueueFilter(DropdownFilter):  # type: ignore[misc]
    """By queue: the reviews that wait for somebody, and what waits for an approver."""

    title = "waits for"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The three reviews, and approval."""
        reviews = [(kind.value, f"{kind.label} review") for kind in ReviewKind]
        return [*reviews, (APPROVE, "Approval")]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        """What waits in it."""
        wanted: Any = queryset
        if self.value() == APPROVE:
            return wanted.awaiting_approval()  # type: ignore[no-any-return]
        if self.value() in ReviewKind.values:
            return wanted.awaiting_review(self.value())  # type: ignore[no-any-return]
        return queryset


class DueFilter(DropdownFilter):  # type: ignore[misc]
    """By due date."""

    title = "due"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Late, or soon."""
        return [("late", "Overdue"), ("day", "Within a day")]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        """Those open that are due by then."""
        if self.value() not in ("late", "day"):
            return queryset
        until = now() + (timedelta(days=1) if self.value() == "day" else timedelta())
        return queryset.filter(status="in_review", due_at__lte=until)


class RiskFilter(DropdownFilter):  # type: ignore[misc]
    """By risk. The three are known: nothing is asked for them."""

    title = "risk"
    parameter_name = "risk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The highest first."""
        return [("high", "High"), ("medium", "Medium"), ("low", "Low")]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        """Those of it."""
        return queryset.filter(risk=self.value()) if self.value() else queryset


class CertifyFilter(DropdownFilter):  # type: ignore[misc]
    """Releases that others find and nobody certified, or whose certification ends soon."""

    title = "waits for"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One."""
        return [("certify", "Certification")]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        """What waits in it."""
        wanted: Any = queryset
        if self.value() == "certify":
            return wanted.awaiting_certification(now() + RENEWED_BEFORE)  # type: ignore[no-any-return]
        return queryset


def medians() -> Mapping[str, tuple[int, timedelta]]:
    """How many reviews of each kind were decided in 30 days, and how long the middle one took."""
    with connections[PLATFORM].cursor() as cursor:
        cursor.execute(_MEDIANS, [first_id_at(now() - timedelta(days=30))])
        return {
            kind: (many, timedelta(seconds=seconds)) for kind, many, seconds in cursor.fetchall()
        }


def note_leases(rows: Iterable[Any]) -> None:
    """Give each submission the leases that are on, by one query for all of them."""
    rows = list(rows)
    leases = ReviewLease.objects.using(PLATFORM).filter(
        submission__in=[row.pk for row in rows], until__gt=now()
    )
    held: dict[Any, list[ReviewLease]] = {}
    for lease in leases.order_by("kind") if rows else ():
        held.setdefault(lease.submission_id, []).append(lease)
    for row in rows:
        row.held = held.get(row.pk, [])
