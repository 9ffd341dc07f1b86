"""Connections in the console. They hold no secret: a value that is one only names it."""

from __future__ import annotations

from django.contrib import admin

from connectors.models import Connection
from maestro.kernel.console import ConsoleAdmin, TenantFilter


@admin.register(Connection)
class ConnectionAdmin(ConsoleAdmin):
    """How tenants reach outside services."""

    list_display = ["name", "kind", "tenant", "shown_updated_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name", "kind"]
    ordering = ["-id"]
    fields = ["name", "kind", "tenant", "shown_config", "shown_created_at", "shown_updated_at"]
