from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from maestro.kernel.console import (
    PLATFORM,
    ConsoleAdmin,
    Panel,
    ServiceForm,
    link,
    listing,
    when,
)
from maestro.kernel.console.shown import anchor, joined
from maestro.tenancy.models import ApiToken, Membership, Tenant
from maestro.tenancy.services.create_tenant import create_tenant
from maestro.tenancy.services.edit_tenant import edit_tenant


class TenantForm(ServiceForm):
    """Make a tenant, or change its name and zone; its slug is part of addresses and stays."""

    class Meta:
        model = Tenant
        fields = ["slug", "name", "time_zone"]

    def carry_out(self) -> Tenant:
        """By the services."""
        facts = {name: self.cleaned_data[name] for name in ("name", "time_zone")}
        if self.instance._state.adding:
            return create_tenant(actor=self.actor, slug=self.cleaned_data["slug"], **facts)
        return edit_tenant(actor=self.actor, tenant_id=self.instance.pk, **facts)


@admin.register(Tenant)
class TenantAdmin(ConsoleAdmin):
    """Organisations."""

    form = TenantForm
    adds = True
    editable = ["name", "time_zone"]
    list_display = ["slug", "name", "time_zone", "shown_created_at"]
    search_fields = ["slug", "name"]
    ordering = ["slug"]
    fieldsets = [
        (None, {"fields": ["slug", "name", "time_zone", "shown_created_at", "rows", "purpose"]})
    ]
    add_fieldsets = [(None, {"fields": ["slug", "name", "time_zone", "purpose"]})]

    @admin.display(description="Its rows")
    def rows(self, row: Tenant) -> SafeString:
        """The lists of what is its own."""
        lists = {
            "workflows": "catalog.WorkflowDefinition",
            "executions": "runtime.Execution",
            "approvals": "governance.ApprovalRequest",
            "policy decisions": "governance.Decision",
            "receipts": "governance.Receipt",
            "secrets": "governance.Secret",
            "connections": "connectors.Connection",
        }
        return joined(
            *(anchor(listing(label, tenant=row.pk), name) for name, label in lists.items())
        )

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """Its people and their tokens."""
        members = Membership.objects.using(PLATFORM).for_tenant(row.pk).select_related("user")
        tokens = ApiToken.objects.using(PLATFORM).for_tenant(row.pk).defer("token_digest")
        return [
            Panel.of(
                "Members",
                ("Person", "Roles", "Teams"),
                members.order_by("user__email"),
                lambda one: (
                    link("tenancy.Membership", one.pk, one.user.email),
                    ", ".join(one.roles),
                    ", ".join(one.teams) or "—",
                ),
                more=listing("tenancy.Membership", tenant=row.pk),
                empty="Nobody has a place here yet.",
            ),
            Panel.of(
                "API tokens",
                ("Token", "Last used", "Revoked"),
                tokens.order_by("-id"),
                lambda one: (
                    link("tenancy.ApiToken", one.pk, str(one)),
                    when(one.last_used_at),
                    when(one.revoked_at),
                ),
                more=listing("tenancy.ApiToken", tenant=row.pk),
            ),
        ]
