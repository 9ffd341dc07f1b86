from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from maestro.kernel.console import ConsoleAdmin, TenantFilter, link
from maestro.runtime.models import RunPreset


@admin.register(RunPreset)
class RunPresetAdmin(ConsoleAdmin):
    """Saved answers of run forms, in every tenant."""

    heavy = ["answers"]
    list_display = ["name", "tenant", "whose", "shown_updated_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    ordering = ["-id"]
    fields = [
        "name", "workflow_link", "installation_id", "tenant", "whose", "person", "shown_created_at",
        "shown_updated_at", "shown_answers",
    ]  # fmt: skip

    @admin.display(description="Workflow")
    def workflow_link(self, row: RunPreset) -> SafeString:
        """Whose form it fills."""
        return link("catalog.WorkflowDefinition", row.definition_id)

    @admin.display(description="For")
    def whose(self, row: RunPreset) -> str:
        """Who may use it."""
        return "everybody in the tenant" if row.owner is None else row.saved_by_name

    @admin.display(description="Saved by")
    def person(self, row: RunPreset) -> SafeString:
        """Who saved it last."""
        return link("tenancy.User", row.saved_by, row.saved_by_name)
