from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from maestro.kernel.console import (
    PLATFORM,
    ConsoleAdmin,
    MadeFilter,
    Panel,
    TenantFilter,
    link,
    listing,
    pill,
    when,
)
from maestro.kernel.console.shown import duration, joined
from maestro.runtime.models import ExecutionEvent, StepRun
from maestro.runtime.states import WaitingFor


def awaited(row: StepRun) -> SafeString:
    """What a step waits or waited for: the approval request, the execution it called, or a word."""
    if row.related_id and row.task.startswith("workflow.call@"):
        return link("runtime.Execution", row.related_id, "its execution")
    if row.related_id and (
        row.task.startswith("core.approval@") or row.waiting_for == WaitingFor.APPROVAL
    ):
        return link("governance.ApprovalRequest", row.related_id, "approval")
    return joined(row.waiting_for or "—")


@admin.register(StepRun)
class StepRunAdmin(ConsoleAdmin):
    """Steps. The engine alone moves them."""

    keyset = True
    heavy = ["input", "output", "error", "log", "fan"]
    list_display = [
        "name", "state", "task", "execution_link", "tenant", "attempt", "waits_for",
        "shown_created_at", "took",
    ]  # fmt: skip
    list_filter = [TenantFilter, ("status", ChoicesDropdownFilter), MadeFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["pk"]
    search_help_text = "The id of a step or of its execution."
    search_ids = ["pk", "execution_id"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name", "execution_link", "tenant", "task", "state", "waits_for", "awaited",
                    "attempt", "shown_created_at", "shown_started_at", "shown_finished_at", "took",
                    "shown_error", "shown_input", "shown_output", "shown_log",
                ]
            },
        ),
        (
            "How the engine holds it",
            {
                "classes": ["collapse"],
                "fields": [
                    "worker", "fence", "takeovers", "revision", "shown_lease_until",
                    "shown_next_attempt_at", "shown_wake_sent_at", "shown_fan", "output_digest",
                    "output_size", "output_file",
                ],
            },
        ),
    ]  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """By id alone: words would read every row."""
        if search_term and len(search_term.strip()) != 36:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Step")
    def name(self, row: StepRun) -> str:
        """Its id in the document, and which item of it."""
        return str(row)

    @admin.display(description="Status")
    def state(self, row: StepRun) -> SafeString:
        """Coloured."""
        return pill(row.status)

    @admin.display(description="Execution")
    def execution_link(self, row: StepRun) -> SafeString:
        """Of which it is a step."""
        return link("runtime.Execution", row.execution_id)

    @admin.display(description="Waits for")
    def waits_for(self, row: StepRun) -> str:
        """What it waits for."""
        return row.waiting_for or "—"

    @admin.display(description="Asked or called")
    def awaited(self, row: StepRun) -> SafeString:
        """The approval request it waits for, or the execution it called."""
        return awaited(row)

    @admin.display(description="Took")
    def took(self, row: StepRun) -> str:
        """From its beginning to its end."""
        return duration(row.started_at, row.finished_at)

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """Its events, and what it called."""
        events = ExecutionEvent.objects.using(PLATFORM).filter(
            execution_id=row.execution_id, step_id=row.step_id, item_index=row.item_index
        )
        return [
            Panel.of(
                "Events",
                ("What", "When"),
                events.defer("data").order_by("-id"),
                lambda one: (link("runtime.ExecutionEvent", one.pk, one.kind), when(one.at)),
                more=listing(
                    "runtime.ExecutionEvent",
                    execution__id__exact=row.execution_id,
                    step_id=row.step_id,
                ),
            )
        ]
