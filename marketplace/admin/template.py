"""The catalog's page of a template, with who was granted to decide on it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from catalog.admin.template import WorkflowTemplateAdmin
from catalog.models import WorkflowTemplate
from maestro.kernel.actor import Actor
from maestro.kernel.console import PLATFORM, ConsoleAdmin, TenantFilter, link
from maestro.kernel.console.admin import platform_roles
from maestro.kernel.errors import InvalidInput
from marketplace.admin.deciding import DecidingAdmin, identity
from marketplace.models import TemplateGroupObjectPermission, TemplateUserObjectPermission
from marketplace.services.grant_template import (
    TITLES,
    Grant,
    grant_template,
    grant_template_to_group,
    take_grant,
)

admin.site.unregister(WorkflowTemplate)


@admin.register(WorkflowTemplate)
class GrantingTemplateAdmin(DecidingAdmin, WorkflowTemplateAdmin):
    """What others may install, and who besides the reviewers may decide on it."""

    change_form_outer_before_template = "console/template/grants.html"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With its grants, and the form for another."""
        row = kwargs.get("obj")
        if row is not None:
            context |= self.forms_of(request, row) | {
                "grants": _grants_on(row),
                "groups": Group.objects.annotate(people=Count("user")).order_by("name"),
                "titles": TITLES,
                "may_grant": "platform_admin" in platform_roles(request),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def decide(self, request: HttpRequest, actor: Actor, row: WorkflowTemplate) -> str:
        """Give one, or take one back."""
        sent = request.POST
        if sent.get("what") == "grant":
            made = grant_template(
                actor=actor,
                template_id=row.pk,
                email=sent.get("email", ""),
                permission=sent.get("permission", ""),
            )
            return f"{made.user} may decide on {row}."
        if sent.get("what") == "grant-group":
            given = grant_template_to_group(
                actor=actor,
                template_id=row.pk,
                group=sent.get("group", ""),
                permission=sent.get("permission", ""),
            )
            return f"Who is in {given.group} may decide on {row}."
        if sent.get("what") == "take":
            take_grant(
                actor=actor, template_id=row.pk, grant_id=identity(sent.get("grant", ""), "grant")
            )
            return "The grant is taken back."
        raise InvalidInput("Nothing was chosen.", hint="Press one of the buttons.")


class _GrantAdmin(ConsoleAdmin):
    """Who may decide on one template. Given and taken on the template's page."""

    list_display_links = ["shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-id"]

    @admin.display(description="May")
    def what(self, row: Grant) -> str:
        """Do what."""
        return _what(row)

    @admin.display(description="Template")
    def template_page(self, row: Grant) -> SafeString:
        """With what."""
        return link("catalog.WorkflowTemplate", row.content_object_id)


@admin.register(TemplateUserObjectPermission)
class TemplateGrantAdmin(_GrantAdmin):
    """What is granted to one person."""

    list_display = ["person", "what", "granted_by_name", "tenant", "shown_created_at"]
    list_select_related = ["user", "permission"]
    search_fields = ["user__email__istartswith"]
    search_ids = ["pk", "content_object_id", "user_id"]
    fields = ["person", "what", "template_page", "granted_by_name", "tenant", "shown_created_at"]

    @admin.display(description="Person")
    def person(self, row: TemplateUserObjectPermission) -> SafeString:
        """Who may."""
        return link("tenancy.User", row.user_id, row.user)


@admin.register(TemplateGroupObjectPermission)
class TemplateGroupGrantAdmin(_GrantAdmin):
    """What is granted to the people of a group."""

    list_display = ["people", "what", "granted_by_name", "tenant", "shown_created_at"]
    list_select_related = ["group", "permission"]
    search_fields = ["group__name__istartswith"]
    search_ids = ["pk", "content_object_id"]
    fields = ["people", "what", "template_page", "granted_by_name", "tenant", "shown_created_at"]

    @admin.display(description="Group")
    def people(self, row: TemplateGroupObjectPermission) -> SafeString:
        """Who may."""
        return link("auth.Group", row.group_id, row.group)


def _grants_on(template: WorkflowTemplate) -> list[dict[str, Any]]:
    """What was granted on a template: to people, then to groups. Two statements."""
    people = TemplateUserObjectPermission.objects.using(PLATFORM).select_related("user")
    groups = TemplateGroupObjectPermission.objects.using(PLATFORM).select_related("group")
    found: list[tuple[Grant, Any, SafeString]] = [
        *(
            (one, one.user, link("tenancy.User", one.user_id, one.user))
            for one in _of(people, template)
        ),
        *(
            (one, one.group, link("auth.Group", one.group_id, f"Who is in {one.group}"))
            for one in _of(groups, template)
        ),
    ]
    return [
        {"pk": one.pk, "who": who, "page": page, "what": _what(one), "by": one.granted_by_name}
        for one, who, page in found
    ]


def _of(rows: Any, template: WorkflowTemplate) -> Any:
    return rows.select_related("permission").filter(content_object=template).order_by("id")


def _what(row: Grant) -> str:
    return TITLES.get(row.permission.codename, row.permission.codename)
