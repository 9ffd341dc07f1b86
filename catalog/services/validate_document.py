from __future__ import annotations

from typing import Any

from catalog.services.examine_document import examine_document
from maestro.kernel.actor import Actor


def validate_document(*, actor: Actor, source: bytes, media_type: str = "") -> dict[str, Any]:
    """What is wrong with a document, if anything, and what it would freeze to. Keeps nothing.

    As JSON. Raises `Denied`, `TenantRequired`.
    """
    found = examine_document(actor=actor, source=source, media_type=media_type)
    document = found.document
    answer: dict[str, Any] = {
        "valid": found.is_valid,
        "problems": [problem.as_dict() for problem in found.problems],
        "warnings": [warning.as_dict() for warning in document.warnings] if document else [],
    }
    return answer | ({"digest": document.digest} if document and found.is_valid else {})
