from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from governance.models import PolicyData, PurposeEntry
from governance.services.set_purpose import retire_purpose, set_purpose
from maestro.kernel.actor import Actor
from maestro.kernel.console import ConsoleAdmin, ServiceForm, TenantFilter, pill, row_action
from maestro.kernel.tenant import PLATFORM_TENANT


def _is_the_platforms(row: PurposeEntry) -> bool:
    return row.tenant_id == PLATFORM_TENANT and row.retired_at is None


def _is_retired(row: PurposeEntry) -> bool:
    return row.tenant_id == PLATFORM_TENANT and row.retired_at is not None


class PurposeForm(ServiceForm):
    """Add a purpose of the platform's, or change one; its name is in records and stays."""

    allowed_actions = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text="One a line: an action, or a family such as execution.*. Empty: every action.",
    )

    class Meta:
        model = PurposeEntry
        fields = ["name", "title", "description", "in_production"]
        help_texts: ClassVar[dict[str, str]] = {
            "name": "What is sent and recorded, such as legal.hold. It never changes.",
            "description": "When to choose it. One line.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["allowed_actions"] = "\n".join(self.instance.allowed_actions)

    def carry_out(self) -> PurposeEntry:
        """By the service."""
        facts = self.cleaned_data
        adds = self.instance._state.adding
        return set_purpose(
            actor=self.actor,
            tenant_id=PLATFORM_TENANT,
            name=facts["name"].strip() if adds else self.instance.name,
            title=facts["title"],
            description=facts["description"],
            allowed_actions=facts["allowed_actions"].split(),
            in_production=facts["in_production"],
            replaces=not adds,
        )


@admin.register(PurposeEntry)
class PurposeEntryAdmin(ConsoleAdmin):
    """What things are done for: the platform's purposes, which its admins change here, and each
    tenant's own, which the tenant's admins change."""

    form = PurposeForm
    adds = True
    editable = ["title", "description", "allowed_actions", "in_production"]
    list_display = ["name", "tenant", "title", "in_production", "state", "shown_updated_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": [
            "name", "tenant", "title", "description", "allowed_actions", "in_production", "state",
            "updated_by_name", "shown_created_at", "shown_updated_at", "purpose",
        ]}),
    ]  # fmt: skip
    add_fieldsets = [
        (None, {"fields": [
            "name", "title", "description", "allowed_actions", "in_production", "purpose",
        ]}),
    ]  # fmt: skip
    row_actions = ["retire", "restore"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A tenant's own are changed by its admins, and a retired one is first taken into use."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or _is_the_platforms(obj))

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

    @row_action(
        label="Use again", done="in use again", roles={"platform_admin"}, applies=_is_retired
    )
    def restore(self, request: HttpRequest, actor: Actor, row: PurposeEntry, rationale: str) -> str:
        """Take one of the platform's into use again, as it was."""
        set_purpose(
            actor=actor,
            tenant_id=PLATFORM_TENANT,
            name=row.name,
            title=row.title,
            description=row.description,
            allowed_actions=row.allowed_actions,
            in_production=row.in_production,
            replaces=True,
        )
        return f"{row.name} is in use within two seconds."


@admin.register(PolicyData)
class PolicyDataAdmin(ConsoleAdmin):
    """What each tenant lets its work reach, and when. Its own admins change it."""

    list_display = ["tenant", "revision", "updated_by_name", "shown_updated_at"]
    list_display_links = ["revision"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-id"]
    fields = ["tenant", "revision", "content", "updated_by_name", "shown_updated_at"]
