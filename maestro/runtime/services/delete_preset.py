from __future__ import annotations

from uuid import UUID

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.policies import (
    PRESET_SHARE,
    PRESET_WRITE,
    preset_context,
    preset_resource,
)
from maestro.runtime.services.read_presets import find_preset


def delete_preset(*, actor: Actor, preset_id: UUID) -> str:
    """Remove one's own saved answers, or the tenant's; their name. Raises `NotFound`, `Denied`."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    with tenant_scope(actor.tenant_id):
        preset = find_preset(actor, preset_id)
        action = PRESET_SHARE if preset.owner is None else PRESET_WRITE
        decision = authorize(
            actor=actor,
            action=action,
            resource=preset_resource(actor.tenant_id, preset.pk),
            context=preset_context(preset.installation_id),
        )
        issue_receipt(
            kind="preset.delete",
            actor=actor,
            tenant_id=actor.tenant_id,
            subject_type="preset",
            subject_id=str(preset.pk),
            subject_digest=digest(preset.answers),
            predicate={"name": preset.name},
            decision=decision,
        )
        preset.delete()
    return preset.name
