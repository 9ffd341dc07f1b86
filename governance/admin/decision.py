from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from governance.admin.subjects import person_link, subject_link
from governance.models import Decision, Receipt
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
from maestro.kernel.console.shown import anchor
from maestro.kernel.identity import first_id_at

STARTS = ("execution.start", "execution.rerun")
ABOUT = timedelta(minutes=1)


@admin.register(Decision)
class DecisionAdmin(ConsoleAdmin):
    """Every answer of policy, as it was given."""

    keyset = True
    heavy = ["reasons", "obligations"]
    list_display = [
        "shown_decided_at", "answer", "action", "resource", "person", "tenant", "purpose",
        "channel",
    ]  # fmt: skip
    list_filter = [TenantFilter, MadeFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["pk"]
    search_help_text = "The id of a decision."
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "answer", "action", "resource", "tenant", "person", "actor_kind", "token", "purpose",
        "channel", "shown_decided_at", "shown_reasons", "shown_obligations", "revision",
        "input_digest", "latency_us", "request_id", "started",
    ]  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By id alone: words would read every row."""
        if search_term and len(search_term.strip()) != 36:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Answer")
    def answer(self, row: Decision) -> SafeString:
        """Coloured."""
        return pill("allowed" if row.allow else "denied")

    @admin.display(description="Resource")
    def resource(self, row: Decision) -> SafeString:
        """What it was about."""
        return subject_link(self.admin_site, row.resource_type, row.resource_id)

    @admin.display(description="Who")
    def person(self, row: Decision) -> SafeString:
        """Who asked."""
        return person_link(row)

    @admin.display(description="Token")
    def token(self, row: Decision) -> SafeString:
        """With which token."""
        return link("tenancy.ApiToken", row.token_id)

    @admin.display(description="Started")
    def started(self, row: Decision) -> SafeString:
        """What was started by it: the executions of about that time, which their key finds."""
        if row.action not in STARTS or not row.allow:
            return SafeString("—")
        url = listing(
            "runtime.Execution",
            decision_id=row.pk,
            id__gte=first_id_at(row.decided_at - ABOUT),
            id__lt=first_id_at(row.decided_at + ABOUT),
        )
        return anchor(url, "The execution")

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """The proof of what it allowed, if it was done to the same thing."""
        receipts = (
            Receipt.objects.using(PLATFORM)
            .for_tenant(row.tenant_id)
            .of(row.resource_type, row.resource_id)
            .filter(decision_id=row.pk)
            .newest_first()
            .defer("statement", "signatures")
        )
        return [
            Panel.of(
                "Receipts",
                ("What", "For", "When"),
                receipts,
                lambda one: (
                    link("governance.Receipt", one.pk, one.kind),
                    one.purpose,
                    when(one.created_at),
                ),
                empty="None about the same thing.",
            )
        ]
