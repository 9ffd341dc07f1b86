"""The catalog's page of a template, with who was granted to decide on it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from catalog.admin.template import WorkflowTemplateAdmin
from catalog.models import WorkflowTemplate
from maestro.kernel.actor import Actor
from maestro.kernel.console import PLATFORM, ConsoleAdmin, TenantFilter, link
from maestro.kernel.console.admin import platform_roles
from maestro.kernel.errors import InvalidInput
from marketplace.admin.deciding import DecidingAdmin, identity
from marketplace.models import TemplateUserObjectPermission
from marketplace.services.grant_template import TITLES, grant_template, take_grant

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
            grants = TemplateUserObjectPermission.objects.using(PLATFORM).filter(content_object=row)
            context |= self.forms_of(request, row) | {
                "grants": grants.select_related("user", "permission").order_by("id"),
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
        if sent.get("what") == "take":
            take_grant(
                actor=actor, template_id=row.pk, grant_id=identity(sent.get("grant", ""), "grant")
            )
            return "The grant is taken back."
        raise InvalidInput("Nothing was chosen.", hint="Press one of the buttons.")


@admin.register(TemplateUserObjectPermission)
class TemplateGrantAdmin(ConsoleAdmin):
    """Who may decide on one template. Given and taken on the template's page."""

    list_display = ["person", "what", "granted_by_name", "tenant", "shown_created_at"]
    list_display_links = ["shown_created_at"]
    list_filter = [TenantFilter]
    list_select_related = ["user", "permission"]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["user__email__istartswith"]
    search_ids = ["pk", "content_object_id", "user_id"]
    ordering = ["-id"]
    fields = ["person", "what", "template_page", "granted_by_name", "tenant", "shown_created_at"]

    @admin.display(description="Person")
    def person(self, row: TemplateUserObjectPermission) -> SafeString:
        """Who may."""
        return link("tenancy.User", row.user_id, row.user)

    @admin.display(description="May")
    def what(self, row: TemplateUserObjectPermission) -> str:
        """Do what."""
        return TITLES.get(row.permission.codename, row.permission.codename)

    @admin.display(description="Template")
    def template_page(self, row: TemplateUserObjectPermission) -> SafeString:
        """With what."""
        return link("catalog.WorkflowTemplate", row.content_object_id)
