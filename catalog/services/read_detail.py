from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from catalog.document import Document
from catalog.models import (
    DefinitionStatus,
    WorkflowDefinition,
    WorkflowTemplate,
    WorkflowVersion,
)
from catalog.policies import START, start_context, start_resource
from catalog.services.read_document import document_of
from catalog.services.read_editing import why_not_author
from catalog.services.read_workflows import read_workflow
from governance.actions import RECEIPT_READ, governed_resource
from governance.models import Receipt
from governance.policy.answer import PolicyAnswer
from governance.purposes import OWN_WORK, purposes
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, TenantRequired

VERSIONS_SHOWN = 50
RECEIPTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class WorkflowDetail:
    """A workflow, at one of its versions; version and document are None before the first.

    `versions` and `receipts` are newest first, the latest unless a place was given below which they
    begin; `more_versions` and `more_receipts` tell whether there are older ones. `start` is what
    policy would say to the actor for some purpose or other, `asked` to somebody who may run
    workflows here; `why_not_edit` is empty for who can freeze a version of it.
    `has_template` says whether a release of it is found in the marketplace.
    """

    definition: WorkflowDefinition
    tags: Sequence[str]
    version: WorkflowVersion | None
    document: Document | None
    versions: Sequence[WorkflowVersion]
    receipts: Sequence[Receipt]
    start: PolicyAnswer | None
    asked: PolicyAnswer | None
    why_not_edit: str
    has_template: bool = False
    more_versions: bool = False
    more_receipts: bool = False

    @property
    def is_archived(self) -> bool:
        """Whether it was put away."""
        return self.definition.status == DefinitionStatus.ARCHIVED


def read_detail(
    *,
    actor: Actor,
    address: str,
    version: str = "",
    versions_below: str = "",
    receipts_below: UUID | None = None,
) -> WorkflowDetail:
    """A workflow with what there is to say about it, at `version` or at its latest one.

    Its versions begin below the number `versions_below`, its receipts below that id; a number that
    there is not says nothing. Raises `NotFound`, also for a version there is not; `Denied`,
    `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    definition = read_workflow(actor=actor, address=address)
    all_versions = WorkflowVersion.objects.of(definition)
    listed = all_versions.newest_first().without_documents()
    if versions_below:
        listed = listed.below(all_versions.numbered(versions_below))
    found = list(listed[: VERSIONS_SHOWN + 1])
    versions = found[:VERSIONS_SHOWN]
    wanted = version or definition.latest_version
    shown = next((each for each in versions if each.version == wanted), None)
    if shown is None and wanted:
        shown = all_versions.numbered(wanted).without_documents().first()
    if shown is None and version:
        raise NotFound(
            f"{definition.title} has no version {version}.",
            hint=f"Its latest is {definition.latest_version}." if definition.latest_version else "",
        )
    document = document_of(shown) if shown else None
    are_all = len(found) == len(versions) and not versions_below
    receipts = _receipts(
        actor, actor.tenant_id, definition, versions if are_all else None, receipts_below
    )
    return WorkflowDetail(
        definition=definition,
        tags=[tag.name for tag in definition.tags.all()],
        version=shown,
        document=document,
        versions=versions,
        receipts=receipts[:RECEIPTS_SHOWN],
        start=_would_start(actor, definition, document),
        asked=_would_start(
            replace(actor, roles=actor.roles | {"operator"}, scopes=None), definition, document
        ),
        why_not_edit=why_not_author(actor=actor, definition=definition),
        has_template=WorkflowTemplate.objects.visible_to(actor.tenant_id)
        .filter(definition=definition)
        .exclude(latest_release_id=None)
        .exists(),
        more_versions=len(found) > len(versions),
        more_receipts=len(receipts) > RECEIPTS_SHOWN,
    )


def _receipts(
    actor: Actor,
    tenant_id: UUID,
    definition: WorkflowDefinition,
    versions: Sequence[WorkflowVersion] | None,
    below: UUID | None,
) -> list[Receipt]:
    """One receipt more than is shown, of the workflow and its versions; None: they are to be read."""
    resource = governed_resource("receipt", tenant_id)
    if not preview(actor=actor.for_purpose(OWN_WORK), action=RECEIPT_READ, resource=resource).allow:
        return []
    ids: Iterable[UUID]
    if versions is None:
        ids = WorkflowVersion.objects.of(definition).values_list("pk", flat=True)
    else:
        ids = [version.pk for version in versions]
    subjects = {
        "workflow": [str(definition.pk)],
        "workflow_version": [str(version_id) for version_id in ids],
    }
    found = Receipt.objects.for_tenant(tenant_id).of_any(subjects).newest_first()
    if below is not None:
        found = found.filter(pk__lt=below)
    return list(found[: RECEIPTS_SHOWN + 1])


def _would_start(
    actor: Actor, definition: WorkflowDefinition, document: Document | None
) -> PolicyAnswer | None:
    if document is None:
        return None
    some = next(purpose.name for purpose in purposes() if purpose.in_production)
    return preview(
        actor=actor.for_purpose(some),
        action=START,
        resource=start_resource(definition, document),
        context=start_context(actor, definition, some),
    )
