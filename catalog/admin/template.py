from __future__ import annotations

from django.contrib import admin

from catalog.models import GroupMember, PartnerGroup, TemplateAudience, WorkflowTemplate
from maestro.kernel.console import ConsoleAdmin, TenantFilter


@admin.register(WorkflowTemplate)
class WorkflowTemplateAdmin(ConsoleAdmin):
    """What others may install."""

    hidden = ["search"]
    list_display = [
        "title",
        "publisher",
        "visibility",
        "standing",
        "latest_number",
        "tenant",
        "shown_created_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["slug__istartswith"]
    search_ids = ["pk"]
    ordering = ["-id"]
    fields = [
        "title",
        "publisher",
        "slug",
        "description",
        "category",
        "risk",
        "owner_team",
        "visibility",
        "standing",
        "latest_number",
        "certified_until",
        "last_reviewed_at",
        "installs",
        "tenant",
        "shown_created_at",
    ]


@admin.register(PartnerGroup)
class PartnerGroupAdmin(ConsoleAdmin):
    """Tenants that a publisher names together."""

    list_display = ["name", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    search_ids = ["pk"]
    ordering = ["-id"]
    fields = ["name", "tenant", "shown_created_at"]


@admin.register(GroupMember)
class GroupMemberAdmin(ConsoleAdmin):
    """The tenants of a group."""

    list_display = ["member_slug", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["member_slug__istartswith"]
    search_ids = ["pk", "group_id", "member_id"]
    ordering = ["-id"]
    fields = ["member_slug", "member_id", "tenant", "shown_created_at"]


@admin.register(TemplateAudience)
class TemplateAudienceAdmin(ConsoleAdmin):
    """Who finds a partner-curated template."""

    list_display = ["member_slug", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["member_slug__istartswith"]
    search_ids = ["pk", "template_id", "member_id"]
    ordering = ["-id"]
    fields = ["member_slug", "member_id", "tenant", "shown_created_at"]
