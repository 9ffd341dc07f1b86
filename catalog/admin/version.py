from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalog.models import WorkflowVersion
from governance.admin.subjects import receipts_panel
from maestro.kernel.console import ConsoleAdmin, Panel, TenantFilter, link, listing
from maestro.kernel.console.shown import anchor, code


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(ConsoleAdmin):
    """Frozen documents."""

    keyset = True
    heavy = ["frozen", "source", "changelog"]
    list_display = [
        "version", "workflow", "tenant", "short_digest", "frozen_by_name", "shown_created_at",
    ]  # fmt: skip
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["definition__slug__istartswith", "definition__title__istartswith", "digest"]
    search_help_text = "The beginning of a workflow's name or title, or a part of a digest."
    search_ids = ["pk", "definition_id"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "workflow", "version", "tenant", "digest", "media_type", "changelog", "person",
        "shown_created_at", "executions", "written", "shown_frozen",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the name of the workflow, and no more of it."""
        found = super().get_queryset(request).select_related("definition")
        return found.defer("definition__search", "definition__description")

    @admin.display(description="Workflow")
    def workflow(self, row: WorkflowVersion) -> SafeString:
        """Of which it is a version."""
        return link("catalog.WorkflowDefinition", row.definition_id, row.definition.title)

    @admin.display(description="Digest")
    def short_digest(self, row: WorkflowVersion) -> str:
        """Its beginning."""
        return row.digest[:19] + "…"

    @admin.display(description="Frozen by")
    def person(self, row: WorkflowVersion) -> SafeString:
        """Who."""
        return link("tenancy.User", row.frozen_by, row.frozen_by_name)

    @admin.display(description="Runs")
    def executions(self, row: WorkflowVersion) -> SafeString:
        """The executions of exactly this version."""
        url = listing("runtime.Execution", version__id__exact=row.pk)
        return anchor(url, "Executions of this version")

    @admin.display(description="As it was written")
    def written(self, row: WorkflowVersion) -> SafeString:
        """The document."""
        return code(row.source)

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """The receipt of its freezing."""
        return [receipts_panel("Receipts", row.tenant_id, "workflow_version", row.pk)]
