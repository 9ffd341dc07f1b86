from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import semver
from django.db import IntegrityError, transaction

from catalog.document import Document
from catalog.models import (
    DefinitionStatus,
    WorkflowDefinition,
    WorkflowTag,
    WorkflowVersion,
)
from catalog.policies import CREATE, FREEZE, new_workflow_resource, workflow_resource
from catalog.services.examine_document import (
    metadata_problems,
    parse_for,
    placed,
    version_problem,
)
from catalog.services.index_definition import index_definition
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, InvalidInput, TenantRequired
from maestro.kernel.tenant import tenant_scope

MOST = 2**63 - 1  # what a column of the order holds; versions beyond it sort as one


class VersionTaken(Conflict):
    """A version is frozen once; what is frozen never changes."""

    code = "version_taken"


@dataclass(frozen=True, slots=True)
class Frozen:
    """The version, and whether this call froze it; the same document again changes nothing."""

    version: WorkflowVersion
    created: bool
    document: Document


def freeze_version(*, actor: Actor, source: bytes, media_type: str = "", slug: str = "") -> Frozen:
    """Freeze a workflow document as a version, and make its workflow if there is none of the name.

    `slug`, when given, must be the document's name. Raises `DocumentInvalid` with every problem,
    `VersionTaken` for another document under a version there is, `InvalidInput` for a version that
    is not above the latest or says less than it changes against it (`catalog.diff`), `Denied`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant to keep this workflow in.")
    tenant_id = actor.tenant_id
    with tenant_scope(tenant_id):
        document = parse_for(tenant_id, source, media_type)
        wrong = metadata_problems(document, slug)
        if wrong:
            raise InvalidInput(
                wrong[0].message, problems=placed(wrong, document, media_type), hint=wrong[0].hint
            )
        definition = (
            WorkflowDefinition.objects.for_tenant(actor.tenant_id)
            .select_for_update()
            .filter(slug=document.name)
            .first()
        )
        decision = authorize(
            actor=actor,
            action=FREEZE if definition else CREATE,
            resource=workflow_resource(definition)
            if definition
            else new_workflow_resource(actor.tenant_id),
        )
        if definition is not None and (known := _known(definition, document, media_type)):
            return Frozen(known, created=False, document=document)
        definition = _write_definition(actor, definition, document)
        version = WorkflowVersion.objects.create(
            tenant_id=actor.tenant_id,
            definition=definition,
            version=document.version,
            order=_order(document.version),
            digest=document.digest,
            frozen=document.frozen,
            source=document.source,
            media_type=media_type or "application/yaml",
            changelog=document.changelog,
            frozen_by=actor.id,
            frozen_by_name=actor.name,
        )
        issue_receipt(
            kind="workflow.freeze",
            actor=actor,
            tenant_id=actor.tenant_id,
            subject_type="workflow_version",
            subject_id=str(version.pk),
            subject_digest=version.digest,
            predicate={
                "workflow": definition.address,
                "version": version.version,
                "changelog": version.changelog,
            },
            decision=decision,
        )
    return Frozen(version, created=True, document=document)


def _known(
    definition: WorkflowDefinition, document: Document, media_type: str
) -> WorkflowVersion | None:
    """The version there is of this number; anything but the same document is refused."""
    wanted = {document.version, definition.latest_version}
    rows = WorkflowVersion.objects.filter(definition=definition, version__in=wanted)
    frozen = {row.version: row for row in rows.defer("source")}
    known, latest = frozen.get(document.version), frozen.get(definition.latest_version)
    refused = version_problem(known, latest, document)
    if refused is None:
        if known is not None:
            known.definition = definition  # whoever looks at it later has no scope to load it in
        return known
    if known is not None:
        raise VersionTaken(refused.message, hint=refused.hint, digest=known.digest)
    raise InvalidInput(
        refused.message, problems=placed([refused], document, media_type), hint=refused.hint
    )


def _write_definition(
    actor: Actor, definition: WorkflowDefinition | None, document: Document
) -> WorkflowDefinition:
    facts: dict[str, Any] = {
        "title": document.title,
        "description": document.description,
        "category": document.category,
        "risk": document.risk,
        "owner_team": document.owner_team,
        "latest_version": document.version,
    }
    assert actor.tenant_id is not None  # noqa: S101 - checked by the caller
    if definition is None:
        try:
            with transaction.atomic():
                definition = WorkflowDefinition.objects.create(
                    tenant_id=actor.tenant_id,
                    slug=document.name,
                    publisher=actor.tenant_slug,
                    status=DefinitionStatus.ACTIVE,
                    created_by=actor.id,
                    **facts,
                )
        except IntegrityError:
            raise Conflict(
                f"Somebody else has just made {document.name}.", hint="Send it again."
            ) from None
    else:
        for name, value in facts.items():
            setattr(definition, name, value)
        if definition.status == DefinitionStatus.DRAFT:
            definition.status = DefinitionStatus.ACTIVE
        definition.save(update_fields=[*facts, "status", "updated_at"])
    set_tags(definition, document.tags)
    index_definition(definition)
    return definition


def set_tags(definition: WorkflowDefinition, names: list[str] | tuple[str, ...]) -> None:
    """Make a workflow's use cases exactly these."""
    WorkflowTag.objects.filter(definition=definition).exclude(name__in=names).delete()
    WorkflowTag.objects.bulk_create(
        [
            WorkflowTag(tenant_id=definition.tenant_id, definition=definition, name=name)
            for name in dict.fromkeys(names)
        ],
        ignore_conflicts=True,
    )


def _order(version: str) -> list[int]:
    parsed = semver.Version.parse(version)
    numbers = [parsed.major, parsed.minor, parsed.patch]
    return [*(min(number, MOST) for number in numbers), 0 if parsed.prerelease else 1]
