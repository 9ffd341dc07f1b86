from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from governance.models import ApprovalDecision
from maestro.kernel.console import ConsoleAdmin, MadeFilter, TenantFilter, link, pill


@admin.register(ApprovalDecision)
class ApprovalDecisionAdmin(ConsoleAdmin):
    """What people decided, and why."""

    keyset = True
    list_display = ["vote_pill", "person", "tenant", "asked", "rationale", "shown_created_at"]
    list_filter = [TenantFilter, ("vote", ChoicesDropdownFilter), MadeFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["decided_by_name__istartswith"]
    search_ids = ["pk", "request_id", "decision_id"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "asked", "tenant", "vote_pill", "person", "rationale", "policy_decision",
        "shown_created_at",
    ]  # fmt: skip

    @admin.display(description="Decision")
    def vote_pill(self, row: ApprovalDecision) -> SafeString:
        """Coloured."""
        return pill(row.vote)

    @admin.display(description="By")
    def person(self, row: ApprovalDecision) -> SafeString:
        """Who."""
        return link("tenancy.User", row.decided_by, row.decided_by_name)

    @admin.display(description="Request")
    def asked(self, row: ApprovalDecision) -> SafeString:
        """What they were asked."""
        return link("governance.ApprovalRequest", row.request_id)

    @admin.display(description="Policy decision")
    def policy_decision(self, row: ApprovalDecision) -> SafeString:
        """Why they might."""
        return link("governance.Decision", row.decision_id)
