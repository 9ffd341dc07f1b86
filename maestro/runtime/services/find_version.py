from __future__ import annotations

import json
from functools import lru_cache
from uuid import UUID

from catalog.document import Document, load_frozen
from catalog.models import DefinitionStatus, WorkflowDefinition, WorkflowVersion
from maestro.kernel.errors import Conflict, NotFound


class WorkflowArchived(Conflict):
    """It was put away; nobody may start it."""

    code = "workflow_archived"


class NoVersion(Conflict):
    """There is nothing to run yet."""

    code = "no_version"


def find_version(
    *, tenant_id: UUID, workflow: str, version: str = ""
) -> tuple[WorkflowDefinition, WorkflowVersion, Document]:
    """The workflow at an address, its version (the latest when none is named), and the document.

    Raises `NotFound` for what this tenant does not see, `WorkflowArchived`, `NoVersion`.
    """
    definition = WorkflowDefinition.objects.at_address(tenant_id, workflow).first()
    if definition is None:
        raise NotFound(
            f"There is no workflow called {workflow} here.",
            hint="Use its slug, or publisher/slug for one that another tenant shares.",
        )
    if definition.status == DefinitionStatus.ARCHIVED:
        raise WorkflowArchived(
            f"{definition.title} is archived.", hint="Ask its owner to restore it."
        )
    if not definition.latest_version:
        raise NoVersion(f"{definition.title} has no version yet.", hint="Freeze one first.")
    wanted = version or definition.latest_version
    row = (
        WorkflowVersion.objects.filter(definition=definition, version=wanted)
        .defer("frozen", "source")
        .first()
    )
    if row is None:
        raise NotFound(
            f"{definition.title} has no version {wanted}.",
            hint=f"Its latest is {definition.latest_version}.",
        )
    return definition, row, document_of(row)


def document_of(version: WorkflowVersion) -> Document:
    """The frozen document of a version, read once a process: it never changes."""
    return _document(version.digest, version.pk)


@lru_cache(maxsize=256)
def _document(digest: str, version_id: UUID) -> Document:
    frozen = WorkflowVersion.objects.values_list("frozen", flat=True).get(pk=version_id)
    return load_frozen(json.loads(frozen) if isinstance(frozen, str) else frozen)
