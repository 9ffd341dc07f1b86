from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.console import ConsoleAdmin, TenantFilter, link, pill, row_action
from maestro.tenancy.models import ApiToken
from maestro.tenancy.services.revoke_token import revoke_token


def _is_live(row: ApiToken) -> bool:
    return row.revoked_at is None


@admin.register(ApiToken)
class ApiTokenAdmin(ConsoleAdmin):
    """API tokens, by what people see of them."""

    hidden = ["token_digest"]
    list_display = ["prefix", "name", "person", "tenant", "state", "shown_last_used_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ["user"]
    search_fields = ["prefix__startswith", "user__email__istartswith"]
    search_help_text = "The beginning of a token or of its person's address."
    search_ids = ["pk", "user_id", "tenant_id"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "prefix", "name", "person", "tenant", "state", "scopes", "shown_created_at",
        "shown_expires_at", "shown_last_used_at", "shown_revoked_at",
    ]  # fmt: skip
    row_actions = ["revoke"]

    @admin.display(description="Person")
    def person(self, row: ApiToken) -> SafeString:
        """Whose."""
        return link("tenancy.User", row.user_id, row.user.email)

    @admin.display(description="State")
    def state(self, row: ApiToken) -> SafeString:
        """Whether it opens anything."""
        if row.revoked_at:
            return pill("revoked")
        if row.expires_at and row.expires_at <= now():
            return pill("expired")
        return pill("active")

    @row_action(
        label="Revoke",
        done="revoked",
        roles={"platform_admin"},
        applies=_is_live,
        many=True,
        danger=True,
    )
    def revoke(self, request: HttpRequest, actor: Actor, row: ApiToken, rationale: str) -> str:
        """End it now."""
        revoke_token(actor=actor, tenant_id=row.tenant_id, token_id=row.pk)
        return f"The token {row.prefix}… is revoked: it opens nothing any more."
