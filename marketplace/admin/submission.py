from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.console import ConsoleAdmin, TenantFilter, link, pill, row_action, when
from maestro.kernel.console.actions import USUAL_PURPOSE
from maestro.kernel.console.admin import platform_roles
from maestro.kernel.console.shown import joined
from maestro.kernel.errors import MaestroError
from maestro.runtime.pages.preview import simulated
from marketplace.admin import reviewing
from marketplace.admin.deciding import DecidingAdmin
from marketplace.admin.queues import (
    REASONS,
    URGENT_FIRST,
    DueFilter,
    QueueFilter,
    RiskFilter,
    medians,
    note_leases,
)
from marketplace.models import Finding, Submission
from marketplace.pages.reviewing import REVIEW_OF, kinds_of, reasons_of
from marketplace.services.hold_lease import hold_lease
from marketplace.services.rehearse_submission import rehearse_submission

LATER = {
    "note": "note",
    "approved_by_name": "approved_by_name",
    "rationale": "rationale",
    "shown_decided_at": "decided_at",
}
"""Lines of the page that are left out while there is nothing in their columns."""
REVIEWERS = {"security_reviewer", "performance_reviewer", "docs_reviewer"}


@admin.register(Submission)
class SubmissionAdmin(DecidingAdmin):
    """What was put forward: the reviewers' queues, and the page on which each is decided."""

    heavy = ["changes", "capabilities", "new_capabilities", "note", "rationale"]
    list_display = [
        "title", "number", "publisher", "reasons", "due", "age", "looking", "status",
    ]  # fmt: skip
    list_filter = [QueueFilter, DueFilter, RiskFilter, "visibility", "status", TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["title__istartswith", "publisher__istartswith"]
    search_ids = ["pk", "template_id", "version_id", "execution_id"]
    ordering = URGENT_FIRST
    sortable_by: list[str] = []
    list_before_template = "console/review/queue.html"
    change_form_outer_before_template = "console/review/summary.html"
    change_form_outer_after_template = "console/review/page.html"
    warn_unsaved_form = False
    row_actions = ["look"]
    fields = [
        "title", "number", "publisher", "status", "risk", "visibility", "reasons", "note",
        "requested_by_name", "shown_created_at", "shown_due_at", "pipeline", "template_page",
        "digest", "tenant", "approved_by_name", "rationale", "shown_decided_at",
    ]  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without what has not come yet."""
        empty = {line for line, column in LATER.items() if not getattr(obj, column, "")}
        return [line for line in super().get_fields(request, obj) if line not in empty]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With why each is there, asked without reading the changes themselves."""
        return super().get_queryset(request).annotate(**REASONS)

    def name_tenants(self, rows: Any) -> None:
        """And with who is looking."""
        rows = list(rows)
        super().name_tenants(rows)
        note_leases(rows)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With how long reviews take."""
        took = [
            {"title": str(REVIEW_OF[kind]), "many": many, "took": _span(span)}
            for kind, (many, span) in sorted(medians().items())
        ]
        response: HttpResponse = super().changelist_view(
            request, {"took": took} | (extra_context or {})
        )
        return response

    # --- columns

    @admin.display(description="Why")
    def reasons(self, row: Any) -> SafeString:
        """Why it waits for people."""
        return joined(*(_marked(tone, words) for tone, words in reasons_of(row)), between=" ")

    @admin.display(description="Due")
    def due(self, row: Submission) -> SafeString:
        """Until when it should be decided; late ones are marked."""
        if row.status != "in_review":
            return SafeString("—")
        if row.due_at < now():
            late = timesince(row.due_at, now(), depth=1)
            return joined(pill("failed", "Overdue"), f"by {late}", between=" ")
        return when(row.due_at)

    @admin.display(description="Waits")
    def age(self, row: Submission) -> str:
        """Since when."""
        return timesince(row.created_at, now(), depth=1)

    @admin.display(description="Looking")
    def looking(self, row: Any) -> SafeString | str:
        """Who has it open, for which review."""
        held = [f"{lease.holder_name} ({lease.kind})" for lease in getattr(row, "held", ())]
        return joined(*held, between=", ") if held else "—"

    @admin.display(description="Pipeline")
    def pipeline(self, row: Submission) -> SafeString:
        """Its execution."""
        return link("runtime.Execution", row.execution_id, "The execution that publishes it")

    @admin.display(description="Template")
    def template_page(self, row: Submission) -> SafeString:
        """What it becomes a release of."""
        return link("catalog.WorkflowTemplate", row.template_id, row.title)

    # --- the page

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With everything that is needed to decide, and the forms that do it."""
        row = kwargs.get("obj")
        if row is not None:
            actor = self.admin_site.acting(request, row.tenant_id, USUAL_PURPOSE)
            forms = self.forms_of(request, row)
            found = reviewing.page_of(row, actor, forms["refused"])
            reviewing.look_at(row, actor, found["holding"])
            context |= forms | {
                "review": found,
                "held": row.held,
                "me": actor.id,
                "rehearse_url": reverse(
                    "admin:marketplace_submission_rehearse", args=[quote(str(row.pk))]
                ),
                "may_rehearse": bool(platform_roles(request)),
                "rehearsal": getattr(request, "rehearsal", None),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """With the rehearsal."""
        view = self.admin_site.admin_view(require_POST(self.rehearse_view))
        name = "marketplace_submission_rehearse"
        return [path("<path:object_id>/rehearse/", view, name=name), *super().get_urls()]

    def decide(self, request: HttpRequest, actor: Actor, row: Submission) -> str:
        """What one form of the page asks."""
        return reviewing.carry_out(
            actor,
            row.pk,
            request.POST.dict(),
            request.POST.getlist("controls"),
            request.FILES.get("file"),
        )

    def rehearse_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page again, with what the first example would do."""
        row, actor = self.asked(request, object_id)
        try:
            found = rehearse_submission(actor=actor, submission_id=row.pk)
        except MaestroError as refusal:
            self.message_user(request, f"{refusal.message} {refusal.hint}".strip(), messages.ERROR)
            return HttpResponseRedirect("../change/")
        told = found.simulation
        request.rehearsal = {  # type: ignore[attr-defined]
            "title": found.title,
            "error": (told.error or {}).get("message", ""),
            "status": told.status,
            "simulation": simulated(
                told.status, told.steps, hosts=told.hosts, secrets=told.secrets
            ),
        }
        request.method = "GET"  # the same page: nothing is sent to its own form
        response: HttpResponse = self.change_view(request, object_id)
        return response

    # --- the queue

    @row_action(label="I look at these", done="taken", roles=REVIEWERS, many=True)
    def look(self, request: HttpRequest, actor: Actor, row: Submission, rationale: str) -> str:
        """Tell the others, for 15 minutes."""
        own = {role.removesuffix("_reviewer") for role in platform_roles(request)}
        for kind in kinds_of(row):
            if kind in own:
                hold_lease(actor=actor, submission_id=row.pk, kind=kind, take=True)
        return "Others see that you look at it."


@admin.register(Finding)
class FindingAdmin(ConsoleAdmin):
    """What automatic checks found."""

    keyset = True
    list_display = ["message", "check_name", "level", "code", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["code__exact"]
    search_ids = ["pk", "submission_id"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "submission_page",
        "message",
        "hint",
        "check_name",
        "level",
        "code",
        "path",
        "tenant",
        "shown_created_at",
    ]

    @admin.display(description="Submission")
    def submission_page(self, row: Finding) -> SafeString:
        """In what."""
        return link("marketplace.Submission", row.submission_id)


def _marked(tone: str, words: str) -> SafeString:
    return format_html('<span class="console-pill console-{}">{}</span>', tone, words)


def _span(span: Any) -> str:
    hours = span.total_seconds() / 3600
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"
