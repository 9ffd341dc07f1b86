"""The base of every model's page in the admin: whom it opens to, which role reads, what is counted."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import connections, models
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin

PLATFORM = "platform"
COUNT_EXACTLY_BELOW = 10_000


class EstimatedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts small lists, and takes the planner's estimate for large ones without a filter."""

    @cached_property
    def count(self) -> int:
        """How many rows; an estimate above 10,000 when nothing narrows them."""
        query = self.object_list.query
        if not query.where:
            with connections[self.object_list.db].cursor() as cursor:
                cursor.execute(
                    "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)",
                    [f'"{query.model._meta.db_table}"'],
                )
                row = cursor.fetchone()
            if row and row[0] > COUNT_EXACTLY_BELOW:
                return int(row[0])
        return super().count


class ConsoleAdmin(ModelAdmin):  # type: ignore[misc]
    """Read by everybody of the platform, over all tenants; changed only by services.

    Tenant rows are read with the platform's own database role, which can write nothing.
    """

    paginator = EstimatedPaginator
    show_full_result_count = False
    list_per_page = 50
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """All tenants' rows, for a tenant's table; the table, otherwise."""
        queryset: models.QuerySet[Any] = super().get_queryset(request)
        held = any(field.attname == "tenant_id" for field in self.model._meta.fields)
        return queryset.using(PLATFORM) if held else queryset

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to everybody of the platform."""
        return _is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Read by everybody of the platform."""
        return _is_staff(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Made by services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Changed by services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here."""
        return False


def _is_staff(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.is_active and user.is_staff)


