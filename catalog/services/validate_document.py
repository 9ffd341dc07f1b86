from __future__ import annotations

from typing import Any

from catalog.document import DocumentInvalid, parse_document
from catalog.policies import READ, new_workflow_resource
from connectors.registry import registry
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import TenantRequired


def validate_document(*, actor: Actor, source: bytes, media_type: str = "") -> dict[str, Any]:
    """What is wrong with a document, if anything, and what it would freeze to. Keeps nothing."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    authorize(actor=actor, action=READ, resource=new_workflow_resource(actor.tenant_id))
    try:
        document = parse_document(
            source, media_type=media_type or None, manifests=registry().manifests()
        )
    except DocumentInvalid as invalid:
        problems = [problem.as_dict() for problem in invalid.problems]
        return {"valid": False, "problems": problems, "warnings": []}
    return {
        "valid": True,
        "problems": [],
        "warnings": [warning.as_dict() for warning in document.warnings],
        "digest": document.digest,
    }
