from __future__ import annotations

from django.contrib import admin

from governance.models import PolicyInput
from maestro.kernel.console import ConsoleAdmin, MadeFilter, TenantFilter


@admin.register(PolicyInput)
class PolicyInputAdmin(ConsoleAdmin):
    """What policy was asked, by digest. What it says of people is replayed and not shown."""

    keyset = True
    hidden = ["content"]
    list_display = ["digest", "tenant", "shown_created_at"]
    list_filter = [TenantFilter, MadeFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["digest__exact"]
    search_help_text = "The digest that a decision names."
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = ["digest", "tenant", "shown_created_at"]
