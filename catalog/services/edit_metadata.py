from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from catalog.models import (
    Category,
    DefinitionStatus,
    Risk,
    Scope,
    WorkflowDefinition,
    WorkflowTag,
)
from catalog.policies import UPDATE, workflow_resource
from catalog.services.freeze_version import set_tags
from catalog.services.index_definition import index_definition
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import IllegalTransition, InvalidInput, NotFound, Problem
from maestro.kernel.tenant import tenant_scope

_CHOICES: dict[str, Sequence[str]] = {
    "category": Category.values,
    "risk": Risk.values,
    "scope": [Scope.TENANT, Scope.GLOBAL],  # a system workflow is Maestro's own
    "status": DefinitionStatus.values,
}
_LENGTHS = {"title": 120, "description": 10_000, "owner_team": 80}
_REQUIRED = {"title", "owner_team"}
EDITABLE = frozenset({*_CHOICES, *_LENGTHS, "tags"})


def edit_metadata(
    *, actor: Actor, tenant_id: UUID, definition_id: UUID, changes: dict[str, Any]
) -> WorkflowDefinition:
    """Change the facts by which a workflow is found. What it does changes only by a new version.

    `changes` may hold title, description, category, risk, owner_team, scope, status and tags (the
    whole list). What stays as it is leaves no receipt. Raises `NotFound`, `InvalidInput`, `Denied`,
    `IllegalTransition`.
    """
    problems = check_changes(changes)
    if problems:
        raise InvalidInput("The workflow can't be changed like this.", problems=problems)
    with tenant_scope(tenant_id):
        definition = (
            WorkflowDefinition.objects.for_tenant(tenant_id)
            .select_for_update()
            .filter(pk=definition_id)
            .first()
        )
        if definition is None:
            raise NotFound("There is no such workflow.", hint="Look for it in the catalog.")
        decision = authorize(actor=actor, action=UPDATE, resource=workflow_resource(definition))
        before = _facts(definition)
        after = before | changes
        if "tags" in changes:
            after["tags"] = sorted(set(changes["tags"]))
        changed = {name: value for name, value in after.items() if value != before[name]}
        if not changed:
            return definition
        _check_status(definition, changed.get("status"))
        for name, value in changed.items():
            if name != "tags":
                setattr(definition, name, value)
        definition.save(update_fields=[*(changed.keys() - {"tags"}), "updated_at"])
        if "tags" in changed:
            set_tags(definition, changed["tags"])
        index_definition(definition)
        issue_receipt(
            kind="workflow.edit_metadata",
            actor=actor,
            tenant_id=tenant_id,
            subject_type="workflow",
            subject_id=str(definition.pk),
            subject_digest=digest(after),
            predicate={
                "workflow": definition.address,
                "before": {name: before[name] for name in changed},
                "after": changed,
            },
            decision=decision,
        )
    return definition


def _facts(definition: WorkflowDefinition) -> dict[str, Any]:
    facts: dict[str, Any] = {
        name: getattr(definition, name) for name in sorted(EDITABLE - {"tags"})
    }
    facts["tags"] = sorted(
        WorkflowTag.objects.filter(definition=definition).values_list("name", flat=True)
    )
    return facts


def check_changes(changes: dict[str, Any]) -> list[Problem]:
    """What is wrong with changed facts, all of it."""
    problems = []
    for name, value in changes.items():
        if name not in EDITABLE:
            problems.append(Problem(f"/{name}", f"{name} can't be edited.", "not_editable"))
        elif name in _CHOICES and value not in _CHOICES[name]:
            known = ", ".join(_CHOICES[name])
            problems.append(Problem(f"/{name}", f"Choose one of {known}.", "unknown_choice"))
        elif name in _LENGTHS and not isinstance(value, str):
            problems.append(Problem(f"/{name}", "Write a text.", "wrong_type"))
        elif name in _LENGTHS and len(value) > _LENGTHS[name]:
            problems.append(
                Problem(f"/{name}", f"At most {_LENGTHS[name]} characters.", "too_long")
            )
        elif name in _REQUIRED and not value.strip():
            problems.append(Problem(f"/{name}", "This can't be empty.", "required"))
        elif name == "tags" and not _are_tags(value):
            problems.append(
                Problem("/tags", "A list of at most 20 names of up to 40 characters.", "wrong_type")
            )
    return problems


def _are_tags(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 20
        and all(isinstance(tag, str) and 0 < len(tag.strip()) <= 40 for tag in value)
    )


def _check_status(definition: WorkflowDefinition, wanted: str | None) -> None:
    """Draft and active are made by freezing, not by editing."""
    if wanted is None:
        return
    has_version = bool(definition.latest_version)
    if wanted == DefinitionStatus.DRAFT or (
        not has_version and wanted != DefinitionStatus.ARCHIVED
    ):
        raise IllegalTransition(
            f"A workflow {'with' if has_version else 'without'} versions can't become {wanted}.",
            hint="Freeze a version to make it active.",
            current=definition.status,
            wanted=wanted,
        )
