from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from maestro.kernel.console import ConsoleAdmin, link
from maestro.runtime.models import ExecutionEvent


@admin.register(ExecutionEvent)
class ExecutionEventAdmin(ConsoleAdmin):
    """What happened in executions, in order."""

    keyset = True
    heavy = ["data"]
    list_display = ["kind", "step_id", "execution_link", "tenant", "shown_at"]
    # There is no filter by tenant: no index would answer it among millions. An execution leads here.
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["execution_id"]
    search_help_text = "The id of an execution."
    search_ids = ["execution_id"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "id", "kind", "execution_link", "step_id", "item_index", "tenant", "shown_at",
        "shown_data",
    ]  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """By an execution's id alone: words would read every row."""
        if search_term and len(search_term.strip()) != 36:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Execution")
    def execution_link(self, row: ExecutionEvent) -> SafeString:
        """In which it happened."""
        return link("runtime.Execution", row.execution_id)
