from __future__ import annotations

from uuid import UUID

from catalog.document import Document
from catalog.models import DefinitionStatus, WorkflowDefinition, WorkflowVersion
from catalog.services.read_document import document_of
from catalog.services.read_version import read_version
from maestro.kernel.errors import Conflict, MaestroError, NotFound

__all__ = ["NoVersion", "WorkflowArchived", "document_of", "find_version"]


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
    row = read_version(tenant_id=tenant_id, address=workflow, version=version)
    if row is None or row.definition.status == DefinitionStatus.ARCHIVED:
        raise _refusal(tenant_id, workflow, version)
    return row.definition, row, document_of(row)


def _refusal(tenant_id: UUID, workflow: str, version: str) -> MaestroError:
    """Why there is no such version to run; asked only when there is none."""
    definition = WorkflowDefinition.objects.at_address(tenant_id, workflow).first()
    if definition is None:
        return NotFound(
            f"There is no workflow called {workflow} here.",
            hint="Use its slug, or publisher/slug for one that another tenant shares.",
        )
    if definition.status == DefinitionStatus.ARCHIVED:
        return WorkflowArchived(
            f"{definition.title} is archived.", hint="Ask its owner to restore it."
        )
    if not definition.latest_version:
        return NoVersion(f"{definition.title} has no version yet.", hint="Freeze one first.")
    return NotFound(
        f"{definition.title} has no version {version}.",
        hint=f"Its latest is {definition.latest_version}.",
    )
