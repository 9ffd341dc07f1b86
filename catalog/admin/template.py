from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from catalog.models import GroupMember, PartnerGroup, TemplateAudience, WorkflowTemplate
from maestro.kernel.console import PLATFORM, ConsoleAdmin, Panel, TenantFilter, link, listing, when


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

    def panels(self, request: HttpRequest, row: WorkflowTemplate) -> list[Panel]:
        """Whom it names, when it is for named partners."""
        named = TemplateAudience.objects.using(PLATFORM).filter(template=row)
        return [
            Panel.of(
                "Who finds it besides its publisher",
                ("Tenant", "By the group", "Since"),
                named.select_related("group").order_by("member_slug", "id"),
                lambda one: (
                    _named(one),
                    one.group.name if one.group else "—",
                    when(one.created_at),
                ),
                more=listing("catalog.TemplateAudience", q=row.pk),
                empty={
                    "internal-only": "Nobody: it is internal.",
                    "public-ecosystem": "Everybody: it is public.",
                }.get(row.visibility, "No partner is named yet."),
            )
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

    def panels(self, request: HttpRequest, row: PartnerGroup) -> list[Panel]:
        """Its partners, and the templates that name it."""
        members = GroupMember.objects.using(PLATFORM).filter(group=row)
        naming = TemplateAudience.objects.using(PLATFORM).filter(group=row).values("template")
        templates = WorkflowTemplate.objects.using(PLATFORM).filter(pk__in=naming)
        return [
            Panel.of(
                "Partners",
                ("Tenant", "Since"),
                members.order_by("member_slug"),
                lambda one: (
                    _named(one),
                    when(one.created_at),
                ),
                more=listing("catalog.GroupMember", q=row.pk),
            ),
            Panel.of(
                "Templates that name it",
                ("Template", "Visibility"),
                templates.defer("search").order_by("title", "id"),
                lambda one: (
                    link("catalog.WorkflowTemplate", one.pk, one.title),
                    one.get_visibility_display(),
                ),
            ),
        ]


def _named(one: TemplateAudience | GroupMember) -> str:
    """A partner; its publisher is not told that nobody is called so."""
    if one.member_id is None:
        return f"{one.member_slug} (no tenant)"
    return link("tenancy.Tenant", one.member_id, one.member_slug)


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
