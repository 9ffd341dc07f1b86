from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from governance.models import PolicyData, PurposeEntry
from governance.services.set_purpose import retire_purpose
from maestro.kernel.actor import Actor
from maestro.kernel.console import ConsoleAdmin, TenantFilter, pill, row_action
from maestro.kernel.tenant import PLATFORM_TENANT


def _is_the_platforms(row: PurposeEntry) -> bool:
    return row.tenant_id == PLATFORM_TENANT and row.retired_at is None


@admin.register(PurposeEntry)
class PurposeEntryAdmin(ConsoleAdmin):
    """What things are done for: the platform's purposes, and each tenant's own."""

    list_display = ["name", "tenant", "title", "in_production", "state", "shown_updated_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    ordering = ["-id"]
    fields = [
        "name", "tenant", "title", "description", "allowed_actions", "in_production", "state",
        "updated_by_name", "shown_created_at", "shown_updated_at",
    ]  # fmt: skip
    row_actions = ["retire"]

    @admin.display(description="State")
    def state(self, row: PurposeEntry) -> SafeString:
        """Coloured."""
        return pill("retired" if row.retired_at else "active")

    @row_action(
        label="Retire",
        done="retired",
        roles={"platform_admin"},
        applies=_is_the_platforms,
        danger=True,
    )
    def retire(self, request: HttpRequest, actor: Actor, row: PurposeEntry, rationale: str) -> str:
        """Take one of the platform's out of use, in every tenant."""
        retire_purpose(actor=actor, tenant_id=PLATFORM_TENANT, name=row.name)
        return f"Nothing more is done for {row.name}; every process follows within two seconds."


@admin.register(PolicyData)
class PolicyDataAdmin(ConsoleAdmin):
    """What each tenant lets its work reach, and when. Its own admins change it."""

    list_display = ["tenant", "revision", "updated_by_name", "shown_updated_at"]
    list_display_links = ["revision"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-id"]
    fields = ["tenant", "revision", "content", "updated_by_name", "shown_updated_at"]
