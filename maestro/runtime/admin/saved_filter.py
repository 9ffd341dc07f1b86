from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from maestro.kernel.console import ConsoleAdmin, TenantFilter, link
from maestro.runtime.models import SavedFilter


@admin.register(SavedFilter)
class SavedFilterAdmin(ConsoleAdmin):
    """Filters of lists that people saved, in every tenant."""

    list_display = ["name", "page", "tenant", "opens", "shown_updated_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    ordering = ["-id"]
    fields = [
        "name", "page", "query", "opens", "tenant", "person", "shown_created_at",
        "shown_updated_at",
    ]  # fmt: skip

    @admin.display(description="Saved by")
    def person(self, row: SavedFilter) -> SafeString:
        """Whose it is."""
        return link("tenancy.User", row.owner, "")
