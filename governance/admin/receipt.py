from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from governance.admin.downloads import ProofAdmin
from governance.admin.subjects import person_link, subject_link
from governance.models import Receipt
from governance.services.verify_receipt import verify_receipt
from governance.trust.dsse import ENVELOPE
from governance.trust.statement import signed_statement
from maestro.kernel.canonical import canonical_bytes
from maestro.kernel.console import MadeFilter, TenantFilter, link, pill
from maestro.kernel.console.shown import joined


@admin.register(Receipt)
class ReceiptAdmin(ProofAdmin):
    """Proof of what was done."""

    keyset = True
    heavy = ["statement", "signatures"]
    list_display = ["kind", "subject", "person", "tenant", "purpose", "shown_created_at"]
    list_filter = [TenantFilter, MadeFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["pk"]
    search_help_text = "The id of a receipt."
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "kind", "verified", "file", "subject", "tenant", "person", "purpose", "policy_decision",
        "digest", "shown_created_at", "shown_statement", "shown_signatures",
    ]  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By id alone: words would read every row."""
        if search_term and len(search_term.strip()) != 36:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def file_of(self, row: Receipt) -> tuple[str, str, bytes]:
        """A DSSE envelope."""
        envelope = signed_statement(row.statement, row.signatures)
        return f"receipt-{row.pk}.dsse.json", ENVELOPE, canonical_bytes(envelope.as_dict())

    @admin.display(description="Verified just now")
    def verified(self, row: Receipt) -> SafeString:
        """Found out when it is shown."""
        found = verify_receipt(row)
        return (
            pill("allowed", "Verified")
            if found.verified
            else joined(pill("denied", "Not valid"), found.why_not)
        )

    @admin.display(description="Subject")
    def subject(self, row: Receipt) -> SafeString:
        """What it was done to."""
        return subject_link(self.admin_site, row.subject_type, row.subject_id)

    @admin.display(description="Who")
    def person(self, row: Receipt) -> SafeString:
        """Who did it."""
        return person_link(row)

    @admin.display(description="Policy decision")
    def policy_decision(self, row: Receipt) -> SafeString:
        """Why they might."""
        return link("governance.Decision", row.decision_id)
