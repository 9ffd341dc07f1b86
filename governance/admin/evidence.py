from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from governance.admin.downloads import ProofAdmin
from governance.admin.subjects import subject_link
from governance.models import EvidenceBundle, EvidenceDue
from governance.signing import signing_ring
from governance.trust.evidence import BundleRefused, BundleUnreadable, verify_bundle
from maestro.kernel.console import ConsoleAdmin, MadeFilter, TenantFilter, pill
from maestro.kernel.console.shown import joined


@admin.register(EvidenceBundle)
class EvidenceBundleAdmin(ProofAdmin):
    """The signed evidence of what has ended."""

    keyset = True
    heavy = ["content"]
    list_display = ["subject", "tenant", "size", "key", "shown_created_at"]
    list_display_links = ["shown_created_at"]
    list_filter = [TenantFilter, MadeFilter]
    show_facets = admin.ShowFacets.NEVER
    search_ids = ["pk", "subject_id"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "subject",
        "verified",
        "file",
        "tenant",
        "digest",
        "size",
        "key_id",
        "shown_created_at",
    ]

    def file_of(self, row: EvidenceBundle) -> tuple[str, str, bytes]:
        """A TAR.GZ."""
        return f"evidence-{row.subject_id}.tar.gz", "application/gzip", bytes(row.content)

    @admin.display(description="Verified just now")
    def verified(self, row: EvidenceBundle) -> SafeString:
        """Found out when it is shown."""
        try:
            verify_bundle(bytes(row.content), signing_ring().trusted)
        except (BundleRefused, BundleUnreadable) as problem:
            return joined(pill("denied", "Not valid"), str(problem))
        return pill("allowed", "Verified")

    @admin.display(description="Of")
    def subject(self, row: EvidenceBundle) -> SafeString:
        """What has ended."""
        return subject_link(self.admin_site, row.subject_type, str(row.subject_id))

    @admin.display(description="Signed by key")
    def key(self, row: EvidenceBundle) -> str:
        """The beginning of its id."""
        return row.key_id[:12]


@admin.register(EvidenceDue)
class EvidenceDueAdmin(ConsoleAdmin):
    """What has ended and waits for its evidence. A row that stays shows a fault of the signing."""

    list_display = ["subject", "tenant", "since", "attempts", "next_attempt_at"]
    list_display_links = ["since"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_ids = ["pk"]
    ordering = ["next_attempt_at"]
    sortable_by: list[str] = []
    fields = ["subject", "tenant", "since", "attempts", "next_attempt_at"]

    @admin.display(description="Of")
    def subject(self, row: EvidenceDue) -> SafeString:
        """What has ended."""
        return subject_link(self.admin_site, row.subject_type, str(row.pk))
