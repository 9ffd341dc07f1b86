from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from governance.models import Secret
from maestro.kernel.console import ConsoleAdmin, TenantFilter, link


@admin.register(Secret)
class SecretAdmin(ConsoleAdmin):
    """That a secret is there, and when it was used. What it is, not even sealed, is read here."""

    hidden = ["ciphertext", "nonce", "wrapped_key"]
    list_display = [
        "name",
        "tenant",
        "description",
        "source",
        "version",
        "shown_updated_at",
        "shown_last_used_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    ordering = ["-id"]
    fields = [
        "name", "tenant", "description", "source", "reference", "version", "key_id", "person",
        "shown_created_at", "shown_updated_at", "shown_last_used_at",
    ]  # fmt: skip

    @admin.display(description="Written by")
    def person(self, row: Secret) -> SafeString:
        """Who."""
        return link("tenancy.User", row.created_by)
