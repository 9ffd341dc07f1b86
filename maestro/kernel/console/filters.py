"""Filters that an index answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.admin.options import IncorrectLookupParameters
from django.db import models
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from maestro.kernel.clock import now
from maestro.kernel.identity import first_id_at


class TenantFilter(DropdownFilter):  # type: ignore[misc]
    """By tenant: chosen by name, kept in the address by id."""

    title = "tenant"
    parameter_name = "tenant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The tenants there are."""
        choices: list[tuple[str, str]] = model_admin.admin_site.tenant_choices()
        return choices

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        """The rows of one tenant."""
        wanted = self.value()
        if not wanted:
            return queryset
        try:
            return queryset.filter(tenant_id=UUID(wanted))
        except ValueError as problem:
            raise IncorrectLookupParameters(problem) from None


class MadeFilter(DropdownFilter):  # type: ignore[misc]
    """By age. A UUIDv7 begins with its time, so the primary key answers this."""

    title = "age"
    parameter_name = "made"
    SPANS = {
        "hour": ("In the last hour", timedelta(hours=1)),
        "day": ("In the last day", timedelta(days=1)),
        "week": ("In the last week", timedelta(days=7)),
        "month": ("In the last 30 days", timedelta(days=30)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The spans, shortest first."""
        return [(name, words) for name, (words, _) in self.SPANS.items()]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        """The rows made since."""
        span = self.SPANS.get(self.value() or "")
        return queryset.filter(pk__gte=first_id_at(now() - span[1])) if span else queryset
