from __future__ import annotations

from django.contrib import admin

from maestro.kernel.console import ConsoleAdmin, TenantFilter
from marketplace.admin.queues import CertifyFilter, RiskFilter
from marketplace.models import Certification, Release, ReleaseHealth


@admin.register(Release)
class ReleaseAdmin(ConsoleAdmin):
    """What was published."""

    hidden = ["statement", "signatures"]
    list_display = ["title", "publisher", "number", "risk", "status", "tenant", "shown_created_at"]
    list_filter = [CertifyFilter, "status", RiskFilter, TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["slug__istartswith"]
    search_ids = ["pk", "template_id", "version_id"]
    ordering = ["-id"]
    fields = [
        "title",
        "publisher",
        "slug",
        "number",
        "digest",
        "risk",
        "changelog",
        "status",
        "status_reason",
        "replacement",
        "reviewed_by",
        "published_by_name",
        "origin",
        "tenant",
        "shown_created_at",
    ]


@admin.register(Certification)
class CertificationAdmin(ConsoleAdmin):
    """What was certified, until when."""

    list_display = ["certified_by_name", "expires_at", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["certified_by_name__istartswith"]
    search_ids = ["pk", "release_id"]
    ordering = ["-id"]
    fields = [
        "release_id",
        "rationale",
        "certified_by_name",
        "expires_at",
        "tenant",
        "shown_created_at",
    ]


@admin.register(ReleaseHealth)
class ReleaseHealthAdmin(ConsoleAdmin):
    """How releases did."""

    list_display = [
        "release_id",
        "runs_7",
        "failure_rate_7",
        "rolled_up_at",
        "tenant",
        "shown_created_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["last_run_status__exact"]
    search_ids = ["pk", "release_id"]
    ordering = ["-id"]
    fields = [
        "release_id",
        "runs_7",
        "runs_30",
        "tenants_30",
        "failure_rate_7",
        "failure_rate_30",
        "average_seconds",
        "p95_seconds",
        "rolled_up_at",
        "tenant",
        "shown_created_at",
    ]
