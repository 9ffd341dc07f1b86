from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from maestro.kernel.actor import Actor
from maestro.kernel.console import ConsoleAdmin, TenantFilter, row_action
from marketplace.models import Adoption, InstanceChange, Rollout, UpgradeProposal, WorkflowInstance
from marketplace.services.stop_installation import stop_installation


def _runs(row: WorkflowInstance) -> bool:
    return row.status == "active"


@admin.register(WorkflowInstance)
class WorkflowInstanceAdmin(ConsoleAdmin):
    """Installations."""

    hidden = ["parameters", "secrets", "endpoints"]
    list_display = [
        "name",
        "publisher",
        "slug",
        "number",
        "channel",
        "environment",
        "status",
        "tenant",
        "shown_created_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    search_ids = ["pk", "template_id", "release_id"]
    ordering = ["-id"]
    fields = [
        "name",
        "publisher",
        "slug",
        "number",
        "digest",
        "channel",
        "environment",
        "region",
        "hosts",
        "quotas",
        "status",
        "status_reason",
        "installed_by_name",
        "tenant",
        "shown_created_at",
    ]
    row_actions = ["stop"]

    @row_action(
        label="Stop",
        done="stopped",
        roles={"platform_admin"},
        applies=_runs,
        rationale=True,
        danger=True,
    )
    def stop(
        self, request: HttpRequest, actor: Actor, row: WorkflowInstance, rationale: str
    ) -> str:
        """It starts nothing more; its tenant reads why."""
        stop_installation(actor=actor, name=str(row.pk), reason=rationale)
        return f"{row.name} is stopped. What runs is asked to end."


@admin.register(InstanceChange)
class InstanceChangeAdmin(ConsoleAdmin):
    """What happened to installations."""

    hidden = ["before"]
    list_display = ["kind", "from_number", "to_number", "by_name", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["by_name__istartswith"]
    search_ids = ["pk", "instance_id"]
    ordering = ["-id"]
    fields = ["kind", "from_number", "to_number", "reason", "by_name", "tenant", "shown_created_at"]


@admin.register(Adoption)
class AdoptionAdmin(ConsoleAdmin):
    """Which tenant is on which version."""

    list_display = [
        "installer_slug",
        "number",
        "channel",
        "status",
        "since",
        "tenant",
        "shown_created_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["installer_slug__istartswith"]
    search_ids = ["pk", "template_id", "installation_id"]
    ordering = ["-id"]
    fields = [
        "installer_slug",
        "number",
        "channel",
        "status",
        "since",
        "tenant",
        "shown_created_at",
    ]


@admin.register(UpgradeProposal)
class UpgradeProposalAdmin(ConsoleAdmin):
    """Upgrades that publishers asked for."""

    list_display = [
        "number",
        "installer_id",
        "deadline",
        "proposed_by_name",
        "tenant",
        "shown_created_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["number__exact"]
    search_ids = ["pk", "installation_id"]
    ordering = ["-id"]
    fields = [
        "number",
        "installation_id",
        "installer_id",
        "message",
        "deadline",
        "proposed_by_name",
        "tenant",
        "shown_created_at",
    ]


@admin.register(Rollout)
class RolloutAdmin(ConsoleAdmin):
    """Releases on their way to those who follow them."""

    list_display = [
        "release_id",
        "status",
        "wave",
        "followers",
        "done",
        "skipped",
        "tenant",
        "shown_created_at",
    ]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["status__exact"]
    search_ids = ["pk", "release_id"]
    ordering = ["-id"]
    fields = [
        "release_id",
        "status",
        "wave",
        "done",
        "followers",
        "skipped",
        "halted_reason",
        "waves",
        "rates",
        "measured_at",
        "next_at",
        "tenant",
        "shown_created_at",
    ]
