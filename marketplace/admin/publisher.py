from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from maestro.kernel.actor import Actor
from maestro.kernel.console import ConsoleAdmin, ServiceForm, pill, row_action
from marketplace.models import VerifiedPublisher
from marketplace.services.verify_publisher import revoke_publisher, verify_publisher


def _holds(row: VerifiedPublisher) -> bool:
    return row.revoked_at is None


class PublisherForm(ServiceForm):
    """Say that a publisher is who they say."""

    class Meta:
        model = VerifiedPublisher
        fields = ["publisher", "evidence", "link"]

    def carry_out(self) -> VerifiedPublisher:
        """By the service."""
        facts = self.cleaned_data
        return verify_publisher(
            actor=self.actor,
            publisher=facts.get("publisher") or self.instance.publisher,
            evidence=facts["evidence"],
            link=facts.get("link") or "",
        )


@admin.register(VerifiedPublisher)
class VerifiedPublisherAdmin(ConsoleAdmin):
    """Publishers of whom was confirmed who they are."""

    form = PublisherForm
    adds = True
    editable = ["evidence", "link"]
    list_display = ["publisher", "state", "verified_by_name", "shown_verified_at"]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["publisher__istartswith"]
    ordering = ["publisher"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "publisher", "state", "evidence", "link", "verified_by_name",
                    "shown_verified_at", "shown_revoked_at", "revoked_reason", "purpose",
                ]
            },
        )
    ]  # fmt: skip
    add_fieldsets = [(None, {"fields": ["publisher", "evidence", "link", "purpose"]})]
    row_actions = ["revoke"]

    @admin.display(description="State")
    def state(self, row: VerifiedPublisher) -> SafeString:
        """Coloured."""
        return pill("verified" if _holds(row) else "revoked")

    @row_action(
        label="Take back",
        done="taken back",
        roles={"platform_admin"},
        applies=_holds,
        rationale=True,
        danger=True,
    )
    def revoke(
        self, request: HttpRequest, actor: Actor, row: VerifiedPublisher, rationale: str
    ) -> str:
        """It wears the badge no more."""
        revoke_publisher(actor=actor, publisher=row.publisher, reason=rationale)
        return f"{row.publisher} is no verified publisher any more."
