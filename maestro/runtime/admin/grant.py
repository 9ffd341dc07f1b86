from __future__ import annotations

from django.contrib import admin

from maestro.kernel.console import ConsoleAdmin, TenantFilter
from maestro.runtime.models import Grant, Withdrawal


@admin.register(Grant)
class GrantAdmin(ConsoleAdmin):
    """What installations may run with."""

    hidden = ["parameters", "secrets", "endpoints", "statement", "signatures"]
    list_display = [
        "name",
        "publisher",
        "slug",
        "number",
        "environment",
        "stopped_at",
        "superseded_at",
        "tenant",
        "shown_created_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    search_ids = ["pk", "installation_id", "version_id"]
    ordering = ["-id"]
    fields = [
        "name",
        "publisher",
        "slug",
        "number",
        "digest",
        "hosts",
        "environment",
        "region",
        "quotas",
        "policies",
        "stopped_at",
        "stop_reason",
        "superseded_at",
        "tenant",
        "shown_created_at",
    ]


@admin.register(Withdrawal)
class WithdrawalAdmin(ConsoleAdmin):
    """Versions that were taken back."""

    list_display = ["version_id", "mode", "reason", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["reason__icontains"]
    search_ids = ["pk", "version_id"]
    ordering = ["-id"]
    fields = [
        "version_id",
        "mode",
        "reason",
        "replacement",
        "withdrawn_by_name",
        "tenant",
        "shown_created_at",
    ]
