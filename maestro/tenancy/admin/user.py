from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminPasswordWidget

from maestro.kernel.console import PLATFORM, ConsoleAdmin, Panel, ServiceForm, link, listing, when
from maestro.kernel.console.shown import anchor, joined
from maestro.tenancy.models import ApiToken, Membership, PlatformRole, User
from maestro.tenancy.services.create_user import create_user
from maestro.tenancy.services.edit_user import edit_user


class UserForm(ServiceForm):
    """Make a person, or change who they are and what they may do for the platform."""

    platform_roles = forms.MultipleChoiceField(
        choices=PlatformRole.choices, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    password = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}),
        help_text="At least 10 characters. Without one nobody can sign in as them.",
    )

    class Meta:
        model = User
        fields = ["email", "name", "platform_roles", "time_zone", "is_active"]

    def carry_out(self) -> User:
        """By the services."""
        facts = self.cleaned_data
        if self.instance._state.adding:
            return create_user(
                actor=self.actor,
                email=facts["email"],
                name=facts["name"],
                password=facts["password"] or None,
                platform_roles=facts["platform_roles"],
            )
        return edit_user(
            actor=self.actor,
            user_id=self.instance.pk,
            name=facts["name"],
            platform_roles=facts["platform_roles"],
            time_zone=facts["time_zone"],
            is_active=facts["is_active"],
        )


class PlatformRoleFilter(admin.SimpleListFilter):
    """By a role of the platform."""

    title = "platform role"
    parameter_name = "platform_role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The roles, and whether there is any."""
        return [("any", "Any"), *((str(value), str(name)) for value, name in PlatformRole.choices)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The people who have it."""
        wanted = self.value()
        if not wanted:
            return queryset
        if wanted == "any":
            return queryset.exclude(platform_roles=[])
        return queryset.filter(platform_roles__contains=[wanted])


@admin.register(User)
class UserAdmin(ConsoleAdmin):
    """People. What they may do in a tenant is said by their membership there."""

    form = UserForm
    adds = True
    hidden = ["password"]
    editable = ["name", "platform_roles", "time_zone", "is_active"]
    list_display = ["email", "name", "roles", "is_active", "shown_last_login"]
    list_filter = [PlatformRoleFilter, "is_active"]
    list_filter_submit = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["email__istartswith", "name__istartswith"]
    search_help_text = "An address or a name, from its beginning."
    ordering = ["email"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "email", "name", "platform_roles", "time_zone", "release_mail", "is_active",
                    "shown_created_at", "shown_last_login", "records", "purpose",
                ]
            },
        )
    ]  # fmt: skip
    add_fieldsets = [(None, {"fields": ["email", "name", "password", "platform_roles", "purpose"]})]

    @admin.display(description="Platform roles")
    def roles(self, row: User) -> str:
        """As words."""
        return ", ".join(str(PlatformRole(role).label) for role in row.platform_roles) or "—"

    @admin.display(description="What they did this week")
    def records(self, row: User) -> SafeString:
        """The records of the last week that name them: their keys bound how far a list looks."""
        lists = {
            "policy decisions": listing("governance.Decision", actor_id=row.pk, made="week"),
            "receipts": listing("governance.Receipt", actor_id=row.pk, made="week"),
            "executions": listing("runtime.Execution", started_by=row.pk, made="week"),
            "in this console": listing("admin.LogEntry", user__id__exact=row.pk),
        }
        return joined(*(anchor(url, name) for name, url in lists.items()))

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """Their places and their tokens, in every tenant."""
        members = list(Membership.objects.using(PLATFORM).filter(user=row).order_by("id")[:50])
        tokens = list(
            ApiToken.objects.using(PLATFORM)
            .filter(user=row)
            .defer("token_digest")
            .order_by("-id")[:50]
        )
        self.admin_site._registry[Membership].name_tenants([*members, *tokens])
        return [
            Panel.of(
                "Places in tenants",
                ("Tenant", "Roles", "Teams"),
                members,
                lambda one: (
                    link("tenancy.Membership", one.pk, one.tenant_slug),
                    ", ".join(one.roles),
                    ", ".join(one.teams) or "—",
                ),
                more=listing("tenancy.Membership", user__id__exact=row.pk),
                empty="They have no place in a tenant.",
            ),
            Panel.of(
                "Groups",
                ("Group",),
                row.groups.order_by("name"),
                lambda one: (link("auth.Group", one.pk, one),),
                empty="They are in no group.",
            ),
            Panel.of(
                "API tokens",
                ("Token", "Tenant", "Last used", "Revoked"),
                tokens,
                lambda one: (
                    link("tenancy.ApiToken", one.pk, str(one)),
                    one.tenant_slug,
                    when(one.last_used_at),
                    when(one.revoked_at),
                ),
                more=listing("tenancy.ApiToken", user__id__exact=row.pk),
            ),
        ]
