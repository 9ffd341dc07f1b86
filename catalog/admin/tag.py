from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalog.models import WorkflowTag
from maestro.kernel.console import ConsoleAdmin, TenantFilter, link


@admin.register(WorkflowTag)
class WorkflowTagAdmin(ConsoleAdmin):
    """Use cases. They are edited on the page of their workflow."""

    list_display = ["name", "workflow", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    search_ids = ["pk", "definition_id"]
    ordering = ["name", "-id"]
    fields = ["name", "workflow", "tenant", "shown_created_at"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the name of the workflow, and no more of it."""
        found = super().get_queryset(request).select_related("definition")
        return found.defer("definition__search", "definition__description")

    @admin.display(description="Workflow")
    def workflow(self, row: WorkflowTag) -> SafeString:
        """What serves it."""
        return link("catalog.WorkflowDefinition", row.definition_id, row.definition.title)
