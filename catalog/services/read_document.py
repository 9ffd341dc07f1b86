from __future__ import annotations

import json
from functools import lru_cache
from uuid import UUID

from catalog.document import Document, load_frozen
from catalog.models import WorkflowVersion


def document_of(version: WorkflowVersion) -> Document:
    """The frozen document of a version, read once a process: it never changes."""
    return document_at(version.pk)


def frozen_document(version: WorkflowVersion) -> Document:
    """The document of a version that was read with what it froze; nothing is kept of it."""
    frozen = version.frozen
    return load_frozen(json.loads(frozen) if isinstance(frozen, str) else frozen)


@lru_cache(maxsize=256)
def document_at(version_id: UUID) -> Document:
    """The frozen document of the version with this id.

    Raises `WorkflowVersion.DoesNotExist` for one that the tenant does not see (any more).
    """
    frozen = WorkflowVersion.objects.values_list("frozen", flat=True).get(pk=version_id)
    return load_frozen(json.loads(frozen) if isinstance(frozen, str) else frozen)
