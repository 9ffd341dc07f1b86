from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from governance.models import BundleStatus, PolicyBundle
from governance.policy.bundle import BrokenBundle
from governance.policy.packed import read_bundle
from governance.services.activate_policies import activate_policies, rollback_policies
from governance.services.policy_impact import impact_on_newest
from governance.signing import signing_ring
from maestro.kernel.actor import Actor
from maestro.kernel.console import ConsoleAdmin, Panel, link, pill, row_action

NEWEST = 500  # decisions that are asked again
MOST_SHOWN = 30
IMPACT = "impact"  # in the address of the page that asks them
WOULD_CHANGE = "What would change"
COLUMNS = ("What", "Who", "Does", "Why", "Decisions")


def _is_active(row: PolicyBundle) -> bool:
    return row.status == BundleStatus.ACTIVE


def _is_not_active(row: PolicyBundle) -> bool:
    return not _is_active(row)


@admin.register(PolicyBundle)
class PolicyBundleAdmin(ConsoleAdmin):
    """Sets of policies that were built; one is active at most."""

    hidden = ["content"]
    list_display = ["revision", "state", "person", "shown_built_at", "shown_activated_at"]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["revision__istartswith"]
    search_help_text = "The beginning of a revision."
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "revision", "state", "digest", "person", "shown_built_at", "who_activated",
        "shown_activated_at", "shown_retired_at", "before",
    ]  # fmt: skip
    row_actions = ["activate", "roll_back"]

    @admin.display(description="State")
    def state(self, row: PolicyBundle) -> SafeString:
        """Coloured."""
        return pill(row.status)

    @admin.display(description="Built by")
    def person(self, row: PolicyBundle) -> SafeString:
        """Who."""
        return link("tenancy.User", row.built_by, row.built_by_name)

    @admin.display(description="Activated by")
    def who_activated(self, row: PolicyBundle) -> SafeString:
        """Who."""
        return link("tenancy.User", row.activated_by, row.activated_by_name)

    @admin.display(description="In place of")
    def before(self, row: PolicyBundle) -> SafeString:
        """What a roll-back returns to."""
        return link("governance.PolicyBundle", row.replaced_id)

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """What it would have said to what was asked last: found out when somebody wants to know."""
        if IMPACT in request.GET:
            return [_impact(row)]
        return [
            Panel(
                WOULD_CHANGE,
                COLUMNS,
                (),
                more=f"?{IMPACT}",
                leads_to="Ask them again",
                empty=f"The last {NEWEST} decisions can be asked again of these policies.",
            )
        ]

    @row_action(
        label="Activate",
        done="activated",
        roles={"platform_admin"},
        applies=_is_not_active,
        danger=True,
    )
    def activate(
        self, request: HttpRequest, actor: Actor, row: PolicyBundle, rationale: str
    ) -> str:
        """Put it in force, after its trial."""
        activate_policies(actor=actor, bundle=row)
        return f"{row.revision} is in force; every process follows within two seconds."

    @row_action(
        label="Roll back",
        done="rolled back",
        roles={"platform_admin"},
        applies=_is_active,
        danger=True,
    )
    def roll_back(
        self, request: HttpRequest, actor: Actor, row: PolicyBundle, rationale: str
    ) -> str:
        """Return to the policies before."""
        before = rollback_policies(actor=actor)
        name = before.revision if before else "What came with the code"
        return f"{name} is in force again."


def _impact(row: PolicyBundle) -> Panel:
    try:
        bundle = read_bundle(bytes(row.content), signing_ring().trusted)
        impact = impact_on_newest(bundle=bundle, most=NEWEST)
    except BrokenBundle as problem:
        return Panel(WOULD_CHANGE, COLUMNS, (), empty=f"Not known: {problem}.")
    without = f" ({impact.not_kept} had no input kept)" if impact.not_kept else ""
    return Panel(
        f"{WOULD_CHANGE}, of the last {impact.compared} decisions{without}",
        COLUMNS,
        tuple(
            (group.change, group.actor, group.action, group.reason, number)
            for group, number in impact.listed[:MOST_SHOWN]
        ),
        empty="Nothing.",
        cut=len(impact.groups) > MOST_SHOWN,
    )
