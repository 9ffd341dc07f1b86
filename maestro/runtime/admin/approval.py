from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from governance.models import ApprovalRequest, ApprovalStatus, Decision
from governance.models.approval import REVIEW
from governance.services.decide_approval import decide_approval
from maestro.kernel.actor import Actor
from maestro.kernel.console import (
    PLATFORM,
    ConsoleAdmin,
    Panel,
    TenantFilter,
    link,
    listing,
    pill,
    row_action,
    when,
)
from maestro.kernel.console.shown import joined
from maestro.kernel.errors import NotFound
from maestro.runtime.models import StepRun
from maestro.runtime.services.decide_step import decide_step

DECIDERS = {"approver"}


def _is_pending(row: ApprovalRequest) -> bool:
    return row.status == ApprovalStatus.PENDING and not row.is_review


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ConsoleAdmin):
    """Questions to people: the queue by due date, and the decision on the page of each.

    It stands here and not in governance: a decision lets an execution go on, and that is the
    runtime's to do.
    """

    list_display = [
        "question", "state", "tenant", "asks", "shown_expires_at", "shown_created_at",
    ]  # fmt: skip
    list_filter = [TenantFilter, ("status", ChoicesDropdownFilter)]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["pk"]
    search_help_text = "The id of a request."
    search_ids = ["pk", "started_by"]
    sortable_by = ["expires_at", "created_at"]
    fields = [
        "message", "state", "tenant", "waits", "asks", "team_names", "starter",
        "shown_created_at", "shown_expires_at", "shown_decided_at",
    ]  # fmt: skip
    row_actions = ["approve", "reject"]

    def get_ordering(self, request: HttpRequest) -> Any:
        """What waits comes by its due date, the rest newest first."""
        if request.GET.get("status__exact") == ApprovalStatus.PENDING:
            return [F("expires_at").asc(nulls_last=True), "id"]
        return ["-id"]

    @admin.display(description="Question")
    def question(self, row: ApprovalRequest) -> str:
        """What is asked."""
        return row.message or f"{row.subject_type} …{row.subject_id[-8:]}"

    @admin.display(description="Status")
    def state(self, row: ApprovalRequest) -> SafeString:
        """Coloured."""
        return pill(row.status)

    @admin.display(description="Asks")
    def asks(self, row: ApprovalRequest) -> str:
        """How many people."""
        return "one person" if row.count == 1 else f"{row.count} people"

    @admin.display(description="Teams")
    def team_names(self, row: ApprovalRequest) -> str:
        """Whose members alone decide."""
        return ", ".join(row.teams) or "any"

    @admin.display(description="Started by")
    def starter(self, row: ApprovalRequest) -> SafeString:
        """Who can't decide."""
        return link("tenancy.User", row.started_by)

    @admin.display(description="Waits for the answer")
    def waits(self, row: ApprovalRequest) -> SafeString:
        """What goes on when it is approved."""
        step = _step_of(row)
        if step is None:
            return joined(row.subject_type, row.subject_id, between=" ")
        return joined(
            link("runtime.StepRun", step.pk, f"step {step}"),
            link("runtime.Execution", step.execution_id, str(step.execution)),
            link("catalog.WorkflowDefinition", step.execution.definition_id, "workflow"),
        )

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """What people decided, and what policy said of those who tried."""
        tried = (
            Decision.objects.using(PLATFORM)
            .for_tenant(row.tenant_id)
            .on("approval", str(row.pk))
            .newest_first()
        )
        return [
            Panel.of(
                "Decisions",
                ("Decision", "By", "Why", "When"),
                row.decisions.order_by("id"),
                lambda one: (
                    link("governance.ApprovalDecision", one.pk, one.get_vote_display()),
                    link("tenancy.User", one.decided_by, one.decided_by_name),
                    one.rationale or "—",
                    when(one.created_at),
                ),
                empty=f"Nobody has decided yet; {self.asks(row)} must.",
            ),
            Panel.of(
                "Policy decisions about it",
                ("Action", "Answer", "Who", "When"),
                tried,
                lambda one: (
                    link("governance.Decision", one.pk, one.action),
                    pill("allowed" if one.allow else "denied"),
                    one.actor_name,
                    when(one.decided_at),
                ),
                more=listing(
                    "governance.Decision",
                    tenant=row.tenant_id,
                    resource_type="approval",
                    resource_id=row.pk,
                ),
            ),
        ]

    @row_action(
        label="Approve", done="approved", roles=DECIDERS, applies=_is_pending, rationale=True
    )
    def approve(
        self, request: HttpRequest, actor: Actor, row: ApprovalRequest, rationale: str
    ) -> str:
        """It may go on."""
        return self._decide(actor, row, True, rationale)

    @row_action(
        label="Reject",
        done="rejected",
        roles=DECIDERS,
        applies=_is_pending,
        rationale=True,
        danger=True,
    )
    def reject(
        self, request: HttpRequest, actor: Actor, row: ApprovalRequest, rationale: str
    ) -> str:
        """It may not go on."""
        return self._decide(actor, row, False, rationale)

    def _decide(self, actor: Actor, row: ApprovalRequest, approve: bool, rationale: str) -> str:
        step = _step_of(row)
        if step is not None:
            now = decide_step(
                actor=actor,
                tenant_id=row.tenant_id,
                execution_id=step.execution_id,
                step_id=step.step_id,
                item_index=step.item_index,
                approve=approve,
                rationale=rationale,
            )
        elif row.subject_type == "step":
            raise NotFound("The step that asked is not there any more.")
        else:
            now = decide_approval(
                request_id=row.pk, actor=actor, approve=approve, rationale=rationale
            )
        said = "approved" if approve else "rejected"
        if now.status == ApprovalStatus.PENDING:
            return f"You {said} it; it waits for more people ({self.asks(row)} in all)."
        return f"You {said} it; the request is {now.status}."


def _step_of(row: ApprovalRequest) -> StepRun | None:
    identity = _uuid(row.subject_id) if row.subject_type in ("step", REVIEW) else None
    if identity is None:
        return None
    return (
        StepRun.objects.using(PLATFORM)
        .filter(pk=identity)
        .select_related("execution")
        .only("step_id", "item_index", "execution__title", "execution__definition_id")
        .first()
    )
