from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from governance.audit.rows import link_of, read_records
from governance.audit.verbs import title_of
from governance.models import AuditDue, AuditLink
from maestro.kernel.console import PLATFORM, ConsoleAdmin, MadeFilter, TenantFilter, link, pill
from maestro.kernel.console.shown import joined


@admin.register(AuditLink)
class AuditLinkAdmin(ConsoleAdmin):
    """The audit trail of every tenant: each record's place in its chain."""

    keyset = True
    list_display = ["action", "entry", "record", "tenant", "shown_created_at"]
    list_filter = [TenantFilter, MadeFilter]
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-record_id"]
    sortable_by: list[str] = []
    fields = [
        "action", "entry", "record", "verified", "tenant", "record_digest", "previous", "hash",
        "shown_created_at",
    ]  # fmt: skip

    @admin.display(description="What")
    def action(self, row: AuditLink) -> SafeString:
        """In words."""
        return joined(title_of(row.verb))

    @admin.display(description="Entry")
    def entry(self, row: AuditLink) -> int:
        """Its place."""
        return row.seq

    @admin.display(description="Record")
    def record(self, row: AuditLink) -> SafeString:
        """What it links."""
        return link(row.record_type, row.pk, row.verb)

    @admin.display(description="Verified just now")
    def verified(self, row: AuditLink) -> SafeString:
        """Found out when it is shown: this link and its record, not the whole chain."""
        linked = link_of(row)
        record = read_records(PLATFORM, [(row.record_type, str(row.pk))]).get(str(row.pk))
        if linked.computed() != row.hash:
            return joined(pill("denied", "Not valid"), "The link was changed.")
        if record is None or record.digest() != row.record_digest:
            return joined(pill("denied", "Not valid"), "The record was changed or removed.")
        return pill("allowed", "Verified")


@admin.register(AuditDue)
class AuditDueAdmin(ConsoleAdmin):
    """Records that wait for their places in the audit trail: for a second, as a rule."""

    list_display = ["record_id", "record", "tenant"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    ordering = ["record_id"]
    sortable_by: list[str] = []
    fields = ["record", "tenant"]

    @admin.display(description="Record")
    def record(self, row: AuditDue) -> SafeString:
        """What waits."""
        return link(row.record_type, row.pk, str(row.pk)[-8:])
