from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from governance.models import TrustedKey
from governance.services.trust_key import distrust_key
from maestro.kernel.actor import Actor
from maestro.kernel.console import ConsoleAdmin, pill, row_action


def _is_trusted(row: TrustedKey) -> bool:
    return row.revoked_at is None


@admin.register(TrustedKey)
class TrustedKeyAdmin(ConsoleAdmin):
    """Whose releases, signed elsewhere, may be imported and run. Added by `trust_publisher`."""

    list_display = ["publisher", "key_id", "state", "added_by_name", "added_at"]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["publisher__istartswith", "key_id__startswith"]
    search_help_text = "A publisher, or the beginning of a key's id."
    ordering = ["publisher", "-id"]
    fields = [
        "publisher", "key_id", "state", "pem", "added_by_name", "added_at", "revoked_by_name",
        "revoked_at",
    ]  # fmt: skip
    row_actions = ["revoke"]

    @admin.display(description="State")
    def state(self, row: TrustedKey) -> SafeString:
        """Whether it counts."""
        return pill("trusted" if _is_trusted(row) else "revoked")

    @row_action(
        label="Revoke",
        done="revoked",
        roles={"platform_admin"},
        applies=_is_trusted,
        danger=True,
    )
    def revoke(self, request: HttpRequest, actor: Actor, row: TrustedKey, rationale: str) -> str:
        """Believe it no more; what it has signed runs no more."""
        gone = distrust_key(actor=actor, publisher=row.publisher, key_id=row.key_id)
        return f"{gone} is trusted no more. What only it has signed starts nothing from now on."
