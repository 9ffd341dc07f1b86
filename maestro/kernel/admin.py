"""The kernel's own tables in the console."""

from __future__ import annotations

from django.contrib import admin

from maestro.kernel.console import ConsoleAdmin, TenantFilter
from maestro.kernel.models import Heartbeat, OutboxEvent


@admin.register(Heartbeat)
class HeartbeatAdmin(ConsoleAdmin):
    """When each part was last heard from."""

    list_display = ["name", "shown_seen_at"]
    fields = ["name", "shown_seen_at"]
    ordering = ["name"]


@admin.register(OutboxEvent)
class OutboxEventAdmin(ConsoleAdmin):
    """Events for others, in the order in which they are delivered."""

    keyset = True
    heavy = ["data"]
    list_display = [
        "id", "kind", "subject", "tenant", "shown_created_at", "shown_told_at", "shown_delivered_at",
    ]  # fmt: skip
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "id", "kind", "subject", "tenant", "shown_created_at", "shown_told_at", "shown_delivered_at",
        "shown_data",
    ]  # fmt: skip
