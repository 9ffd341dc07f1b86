from __future__ import annotations

from django.contrib import admin

from maestro.kernel.console import ConsoleAdmin, TenantFilter
from marketplace.models import Review, ReviewEvidence, ReviewLease


@admin.register(Review)
class ReviewAdmin(ConsoleAdmin):
    """What reviewers decided."""

    list_display = ["kind", "decision", "reviewer_name", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["reviewer_name__istartswith"]
    search_ids = ["pk", "submission_id"]
    ordering = ["-id"]
    fields = [
        "kind",
        "decision",
        "rationale",
        "controls",
        "links",
        "reviewer_name",
        "tenant",
        "shown_created_at",
    ]


@admin.register(ReviewEvidence)
class ReviewEvidenceAdmin(ConsoleAdmin):
    """Files that reviewers put beside their reviews."""

    hidden = ["content"]
    list_display = ["name", "kind", "size", "uploaded_by_name", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    search_ids = ["pk", "submission_id"]
    ordering = ["-id"]
    fields = [
        "name",
        "kind",
        "media_type",
        "size",
        "digest",
        "uploaded_by_name",
        "tenant",
        "shown_created_at",
    ]


@admin.register(ReviewLease)
class ReviewLeaseAdmin(ConsoleAdmin):
    """Who is looking at what."""

    list_display = ["holder_name", "kind", "until", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["holder_name__istartswith"]
    search_ids = ["pk", "submission_id"]
    ordering = ["-id"]
    fields = ["holder_name", "kind", "until", "tenant", "shown_created_at"]
