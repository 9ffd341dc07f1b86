from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from catalog.models import WorkflowDefinition
from governance.models import Decision
from maestro.kernel.actor import Actor
from maestro.kernel.console import (
    PLATFORM,
    ConsoleAdmin,
    MadeFilter,
    Panel,
    TenantFilter,
    link,
    listing,
    pill,
    row_action,
    when,
)
from maestro.kernel.console.shown import duration, joined, short
from maestro.runtime.admin.step_run import awaited
from maestro.runtime.models import Execution, ExecutionEvent, StepRun
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.rerun_execution import rerun_execution
from maestro.runtime.states import ExecutionStatus

MOST_WORKFLOWS = 50  # that a search looks for the runs of


def _runs(row: Execution) -> bool:
    return not row.has_ended


def _has_ended(row: Execution) -> bool:
    return row.has_ended


def _can_go_on(row: Execution) -> bool:
    return row.has_ended and row.status != ExecutionStatus.SUCCEEDED


@admin.register(Execution)
class ExecutionAdmin(ConsoleAdmin):
    """Runs of workflows, in every tenant."""

    keyset = True
    heavy = [
        "parameters", "endpoints", "secrets", "obligations", "outputs", "error",
        "idempotency_key", "request_digest",
    ]  # fmt: skip
    list_display = [
        "name", "state", "tenant", "number", "person", "purpose", "shown_created_at", "took",
    ]  # fmt: skip
    list_filter = [
        TenantFilter,
        ("status", ChoicesDropdownFilter),
        MadeFilter,
    ]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["definition__slug"]
    search_help_text = "The id of an execution, or the beginning of a workflow's name or title."
    search_ids = ["pk", "rerun_of_id", "definition_id"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "workflow_link", "version_link", "tenant", "state", "risk_pill", "person",
                    "purpose", "reason", "trigger", "policy_decision", "shown_created_at",
                    "shown_started_at", "shown_finished_at", "took", "cancelled", "origin",
                    "shown_error", "shown_outputs", "shown_parameters",
                ]
            },
        ),
        (
            "What it was given",
            {
                "classes": ["collapse"],
                "fields": [
                    "shown_endpoints", "shown_secrets", "shown_obligations", "version_digest",
                    "idempotency_key", "revision", "depth", "shown_wake_at", "shown_wake_sent_at",
                ],
            },
        ),
    ]  # fmt: skip
    row_actions = ["cancel", "rerun", "rerun_all"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Words find workflows, which are few, and then their runs by index."""
        words = search_term.strip()
        if not words or len(words) == 36:
            return super().get_search_results(request, queryset, search_term)
        found = WorkflowDefinition.objects.using(PLATFORM).filter(
            Q(slug__istartswith=words) | Q(title__istartswith=words)
        )
        wanted = list(found.values_list("pk", flat=True)[:MOST_WORKFLOWS])
        return queryset.filter(definition_id__in=wanted), False

    @admin.display(description="Execution")
    def name(self, row: Execution) -> str:
        """The workflow's title then, and the end of the id."""
        return str(row)

    @admin.display(description="Status")
    def state(self, row: Execution) -> SafeString:
        """Coloured."""
        return pill(row.status)

    @admin.display(description="Version")
    def number(self, row: Execution) -> str:
        """Of the document."""
        return row.version_number

    @admin.display(description="Risk")
    def risk_pill(self, row: Execution) -> SafeString:
        """Coloured."""
        return pill(row.risk)

    @admin.display(description="Started by")
    def person(self, row: Execution) -> SafeString:
        """Who."""
        if row.started_by is None:
            return joined(row.started_by_name or "Maestro")
        return link("tenancy.User", row.started_by, row.started_by_name)

    @admin.display(description="Took")
    def took(self, row: Execution) -> str:
        """From its first step to its end."""
        return duration(row.started_at, row.finished_at)

    @admin.display(description="Workflow")
    def workflow_link(self, row: Execution) -> SafeString:
        """What it runs."""
        return link(
            "catalog.WorkflowDefinition", row.definition_id, f"{row.title} ({row.workflow})"
        )

    @admin.display(description="Version")
    def version_link(self, row: Execution) -> SafeString:
        """Exactly which document."""
        return link("catalog.WorkflowVersion", row.version_id, row.version_number)

    @admin.display(description="Policy decision")
    def policy_decision(self, row: Execution) -> SafeString:
        """Why it might be started."""
        return link("governance.Decision", row.decision_id)

    @admin.display(description="Cancelled")
    def cancelled(self, row: Execution) -> SafeString:
        """When it was asked to end, and by whom."""
        if row.cancel_requested_at is None:
            return SafeString("—")
        return format_html("{} by {}", when(row.cancel_requested_at), row.cancelled_by_name)

    @admin.display(description="Came from")
    def origin(self, row: Execution) -> SafeString:
        """The execution that it is a re-run of, or the step that called it."""
        if row.rerun_of_id:
            return format_html("a re-run of {}", link("runtime.Execution", row.rerun_of_id))
        if row.parent_step_id:
            return format_html("called by step {}", link("runtime.StepRun", row.parent_step_id))
        return SafeString("—")

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """Its steps, events, re-runs, and what policy said of it."""
        steps = StepRun.objects.using(PLATFORM).filter(execution=row)
        events = ExecutionEvent.objects.using(PLATFORM).filter(execution=row)
        decisions = (
            Decision.objects.using(PLATFORM)
            .for_tenant(row.tenant_id)
            .on("execution", str(row.pk))
            .newest_first()
        )
        reruns = Execution.objects.using(PLATFORM).filter(rerun_of=row).newest_first()
        return [
            Panel.of(
                "Steps",
                ("Step", "Status", "Task", "Attempt", "Waits for", "Took"),
                steps.only(
                    "step_id", "item_index", "status", "task", "attempt", "waiting_for", "related_id",
                    "started_at", "finished_at",
                ).order_by("id"),
                lambda one: (
                    link("runtime.StepRun", one.pk, str(one)),
                    pill(one.status),
                    one.task,
                    one.attempt,
                    awaited(one),
                    duration(one.started_at, one.finished_at),
                ),
                more=listing("runtime.StepRun", execution__id__exact=row.pk),
                empty="No step has begun.",
                most=25,
            ),
            Panel.of(
                "Latest events",
                ("What", "Step", "When"),
                events.defer("data").order_by("-id"),
                lambda one: (
                    link("runtime.ExecutionEvent", one.pk, one.kind),
                    one.step_id or "—",
                    when(one.at),
                ),
                more=listing("runtime.ExecutionEvent", execution__id__exact=row.pk),
                empty="Nothing has happened.",
            ),
            Panel.of(
                "Re-runs",
                ("Execution", "Status", "Made"),
                reruns.defer(*self.heavy),
                lambda one: (
                    link("runtime.Execution", one.pk, str(one)),
                    pill(one.status),
                    when(one.created_at),
                ),
                more=listing("runtime.Execution", rerun_of__id__exact=row.pk),
            ),
            Panel.of(
                "Policy decisions about it",
                ("Action", "Answer", "Who", "For", "When"),
                decisions,
                lambda one: (
                    link("governance.Decision", one.pk, one.action),
                    pill("allowed" if one.allow else "denied"),
                    one.actor_name,
                    one.purpose or "—",
                    when(one.decided_at),
                ),
                more=listing(
                    "governance.Decision",
                    tenant=row.tenant_id,
                    resource_type="execution",
                    resource_id=row.pk,
                ),
            ),
        ]  # fmt: skip

    @row_action(
        label="Cancel",
        done="asked to end",
        roles={"platform_admin"},
        applies=_runs,
        many=True,
        danger=True,
    )
    def cancel(self, request: HttpRequest, actor: Actor, row: Execution, rationale: str) -> str:
        """Ask it to end."""
        cancel_execution(actor=actor, tenant_id=row.tenant_id, execution_id=row.pk)
        return f"{row} was asked to end. Steps not begun never begin."

    @row_action(
        label="Re-run what did not succeed",
        done="re-run",
        roles={"platform_admin"},
        applies=_can_go_on,
        many=True,
    )
    def rerun(self, request: HttpRequest, actor: Actor, row: Execution, rationale: str) -> str:
        """Keep what succeeded, and do the rest again."""
        again = rerun_execution(actor=actor, tenant_id=row.tenant_id, execution_id=row.pk)
        return _runs_again(row, again)

    @row_action(
        label="Re-run all of it", done="re-run", roles={"platform_admin"}, applies=_has_ended
    )
    def rerun_all(self, request: HttpRequest, actor: Actor, row: Execution, rationale: str) -> str:
        """Do every step again."""
        again = rerun_execution(
            actor=actor, tenant_id=row.tenant_id, execution_id=row.pk, everything=True
        )
        return _runs_again(row, again)


def _runs_again(row: Execution, again: Execution) -> SafeString:
    return format_html(
        "{} runs again, as {}.", row, link("runtime.Execution", again.pk, short(again.pk))
    )
