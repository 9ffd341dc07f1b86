from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from catalog.models import DefinitionStatus, WorkflowDefinition
from catalog.services.edit_metadata import edit_metadata
from governance.admin.subjects import receipts_panel
from maestro.kernel.actor import Actor
from maestro.kernel.console import (
    ConsoleAdmin,
    Panel,
    ServiceForm,
    TagsField,
    TenantFilter,
    link,
    listing,
    pill,
    row_action,
    when,
)
from maestro.kernel.console.shown import anchor, joined

FACTS = ["title", "description", "category", "risk", "owner_team", "scope"]


class DefinitionForm(ServiceForm):
    """Change the facts by which a workflow is found; each change leaves a receipt."""

    tags = TagsField(
        required=False, label="Use cases", help_text="At most 20, separated by commas."
    )

    class Meta:
        model = WorkflowDefinition
        fields = FACTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["tags"] = sorted(tag.name for tag in self.instance.tags.all())

    def carry_out(self) -> WorkflowDefinition:
        """By the service."""
        return edit_metadata(
            actor=self.actor,
            tenant_id=self.instance.tenant_id,
            definition_id=self.instance.pk,
            changes={name: self.cleaned_data[name] for name in [*FACTS, "tags"]},
        )


def _is_archived(row: WorkflowDefinition) -> bool:
    return row.status == DefinitionStatus.ARCHIVED


def _is_not_archived(row: WorkflowDefinition) -> bool:
    return row.status != DefinitionStatus.ARCHIVED


@admin.register(WorkflowDefinition)
class WorkflowDefinitionAdmin(ConsoleAdmin):
    """Workflows under their names."""

    form = DefinitionForm
    editable = [*FACTS, "tags"]
    hidden = ["search"]
    heavy = ["description"]
    list_display = [
        "title", "tenant", "slug", "category", "risk_pill", "state", "latest_version",
        "shown_updated_at",
    ]  # fmt: skip
    list_filter = [
        TenantFilter,
        ("status", ChoicesDropdownFilter),
        ("category", ChoicesDropdownFilter),
        ("risk", ChoicesDropdownFilter),
        ("scope", ChoicesDropdownFilter),
    ]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["title", "slug", "owner_team"]
    search_ids = ["pk", "tenant_id"]
    ordering = ["-id"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "address", "tenant", "state", "latest_version", *FACTS, "tags",
                    "shown_created_at", "shown_updated_at", "related", "purpose",
                ]
            },
        )
    ]  # fmt: skip
    row_actions = ["archive", "restore"]

    @admin.display(description="Risk", ordering="risk")
    def risk_pill(self, row: WorkflowDefinition) -> SafeString:
        """Coloured."""
        return pill(row.risk)

    @admin.display(description="Status", ordering="status")
    def state(self, row: WorkflowDefinition) -> SafeString:
        """Coloured."""
        return pill(row.status)

    @admin.display(description="Use cases")
    def tags(self, row: WorkflowDefinition) -> str:
        """As words, for those who may not change them."""
        return ", ".join(tag.name for tag in row.tags.all()) or "—"

    @admin.display(description="Related")
    def related(self, row: WorkflowDefinition) -> SafeString:
        """The lists of what concerns it."""
        lists = {
            "executions": listing("runtime.Execution", definition__id__exact=row.pk),
            "policy decisions": listing(
                "governance.Decision",
                tenant=row.tenant_id,
                resource_type="workflow",
                resource_id=row.pk,
            ),
            "use cases": listing("catalog.WorkflowTag", definition__id__exact=row.pk),
        }
        return joined(*(anchor(url, name) for name, url in lists.items()))

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """Its versions and its receipts."""
        versions = row.versions.newest_first().defer("frozen", "source", "changelog")
        return [
            Panel.of(
                "Versions",
                ("Version", "Digest", "Frozen by", "Frozen"),
                versions,
                lambda one: (
                    link("catalog.WorkflowVersion", one.pk, one.version),
                    one.digest[:19] + "…",
                    one.frozen_by_name or "—",
                    when(one.created_at),
                ),
                more=listing("catalog.WorkflowVersion", definition__id__exact=row.pk),
                empty="Nothing is frozen yet.",
            ),
            receipts_panel(
                "Receipts of edits",
                row.tenant_id,
                "workflow",
                row.pk,
                more=listing(
                    "governance.Receipt",
                    tenant=row.tenant_id,
                    subject_type="workflow",
                    subject_id=row.pk,
                ),
            ),
        ]

    @row_action(
        label="Archive",
        done="archived",
        roles={"platform_admin"},
        applies=_is_not_archived,
        many=True,
        danger=True,
    )
    def archive(
        self, request: HttpRequest, actor: Actor, row: WorkflowDefinition, rationale: str
    ) -> str:
        """Nobody can start it any more."""
        self._become(actor, row, DefinitionStatus.ARCHIVED)
        return f"{row.title} is archived: it can't be started, and lists leave it out."

    @row_action(label="Restore", done="restored", roles={"platform_admin"}, applies=_is_archived)
    def restore(
        self, request: HttpRequest, actor: Actor, row: WorkflowDefinition, rationale: str
    ) -> str:
        """It can be started again."""
        self._become(actor, row, DefinitionStatus.ACTIVE)
        return f"{row.title} is active again."

    def _become(self, actor: Actor, row: WorkflowDefinition, status: DefinitionStatus) -> None:
        edit_metadata(
            actor=actor,
            tenant_id=row.tenant_id,
            definition_id=row.pk,
            changes={"status": status.value},
        )
