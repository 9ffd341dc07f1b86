from __future__ import annotations

from django.contrib import admin

from maestro.kernel.console import ConsoleAdmin, TenantFilter
from marketplace.models import Finding, Submission


@admin.register(Submission)
class SubmissionAdmin(ConsoleAdmin):
    """Versions that were put forward."""

    list_display = [
        "title",
        "number",
        "publisher",
        "risk",
        "visibility",
        "status",
        "due_at",
        "tenant",
        "shown_created_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["title__istartswith"]
    search_ids = ["pk", "template_id", "version_id", "execution_id"]
    ordering = ["due_at", "id"]
    fields = [
        "title",
        "number",
        "publisher",
        "digest",
        "risk",
        "visibility",
        "status",
        "note",
        "required_reviews",
        "requested_by_name",
        "due_at",
        "decided_at",
        "approved_by_name",
        "rationale",
        "tenant",
        "shown_created_at",
    ]


@admin.register(Finding)
class FindingAdmin(ConsoleAdmin):
    """What automatic checks found."""

    keyset = True
    list_display = ["message", "check_name", "level", "code", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["code__exact"]
    search_ids = ["pk", "submission_id"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "message",
        "hint",
        "check_name",
        "level",
        "code",
        "path",
        "tenant",
        "shown_created_at",
    ]
