from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
)

from maestro.kernel.actor import Actor
from maestro.kernel.console import (
    ConsoleAdmin,
    ServiceForm,
    TagsField,
    TenantFilter,
    link,
    row_action,
)
from maestro.tenancy.models import Membership, Role, Tenant, User
from maestro.tenancy.services.add_member import add_member
from maestro.tenancy.services.remove_member import remove_member


class MembershipForm(ServiceForm):
    """Give somebody a place in a tenant, or change what they may do there."""

    tenant = forms.ModelChoiceField(
        Tenant.objects.all(), empty_label="Choose a tenant", widget=UnfoldAdminSelectWidget
    )
    person = forms.EmailField(
        label="Person's address",
        help_text="Of somebody who is here already.",
        widget=UnfoldAdminEmailInputWidget,
    )
    roles = forms.MultipleChoiceField(
        choices=Role.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    teams = TagsField(required=False, help_text="Separated by commas.")

    class Meta:
        model = Membership
        fields = ["roles", "teams", "attributes"]

    def clean_person(self) -> User:
        """The person of that address."""
        person = User.objects.filter(email=self.cleaned_data["person"].lower()).first()
        if person is None:
            raise forms.ValidationError("Nobody has this address. Make the person first.")
        return person

    def carry_out(self) -> Membership:
        """By the service."""
        facts = self.cleaned_data
        if self.instance._state.adding:
            tenant, user = facts["tenant"], facts["person"]
        else:
            tenant = Tenant.objects.get(pk=self.instance.tenant_id)
            user = self.instance.user
        return add_member(
            actor=self.acting_in(tenant.pk),
            tenant=tenant,
            user=user,
            roles=facts["roles"],
            teams=facts["teams"],
            attributes=facts.get("attributes") or {},
        )


class RoleFilter(admin.SimpleListFilter):
    """By a role."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The roles."""
        return [(str(value), str(name)) for value, name in Role.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The members who have it."""
        wanted = self.value()
        return queryset.filter(roles__contains=[wanted]) if wanted else queryset


@admin.register(Membership)
class MembershipAdmin(ConsoleAdmin):
    """People in tenants."""

    form = MembershipForm
    adds = True
    editable = ["roles", "teams", "attributes"]
    list_display = ["person", "tenant", "role_names", "team_names", "shown_created_at"]
    list_display_links = ["shown_created_at"]
    list_filter = [TenantFilter, RoleFilter]
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ["user"]
    search_fields = ["user__email__istartswith"]
    search_ids = ["pk", "user_id", "tenant_id"]
    ordering = ["-id"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "person",
                    "tenant",
                    "roles",
                    "teams",
                    "attributes",
                    "shown_created_at",
                    "purpose",
                ]
            },
        )
    ]
    add_fieldsets = [
        (None, {"fields": ["tenant", "person", "roles", "teams", "attributes", "purpose"]})
    ]
    row_actions = ["remove"]

    @admin.display(description="Person", ordering="user__email")
    def person(self, row: Membership) -> SafeString:
        """Who."""
        return link("tenancy.User", row.user_id, row.user.email)

    @admin.display(description="Roles")
    def role_names(self, row: Membership) -> str:
        """As words."""
        return ", ".join(row.roles)

    @admin.display(description="Teams")
    def team_names(self, row: Membership) -> str:
        """As words."""
        return ", ".join(row.teams) or "—"

    @row_action(
        label="Remove from the tenant", done="removed", roles={"platform_admin"}, danger=True
    )
    def remove(self, request: HttpRequest, actor: Actor, row: Membership, rationale: str) -> str:
        """Take away the place."""
        remove_member(actor=actor, tenant_id=row.tenant_id, membership_id=row.pk)
        return f"{row.user.email} has no place in {row.tenant_slug} any more."  # type: ignore[attr-defined]
