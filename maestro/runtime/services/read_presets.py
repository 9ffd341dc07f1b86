from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, TenantRequired
from maestro.runtime.models import RunPreset
from maestro.runtime.policies import (
    PRESET_READ,
    PRESET_SHARE,
    PRESET_WRITE,
    preset_context,
    preset_resource,
)
from maestro.runtime.services.prepare_run import Prepared


def read_presets(*, actor: Actor, prepared: Prepared) -> Sequence[RunPreset]:
    """The saved answers that the actor may fill this form from, by name; none for who may not run.

    What they hold is not read.
    """
    if not _may(actor, prepared, PRESET_READ):
        return ()
    rows = RunPreset.objects.for_tenant(prepared.tenant_id)
    rows = rows.of_form(prepared.definition.pk, prepared.installation_id)
    return list(rows.visible_to(actor.id).defer("answers").order_by("name", "id"))


def read_preset(*, actor: Actor, prepared: Prepared, preset_id: UUID) -> RunPreset:
    """One of them, with its answers. Raises `NotFound`, `Denied`."""
    authorize(
        actor=actor,
        action=PRESET_READ,
        resource=preset_resource(prepared.tenant_id),
        context=preset_context(prepared.installation_id),
    )
    preset = find_preset(actor, preset_id)
    form = (prepared.definition.pk, prepared.installation_id)
    if (preset.definition_id, preset.installation_id) != form:
        raise _unknown()
    return preset


def find_preset(actor: Actor, preset_id: UUID) -> RunPreset:
    """One's own or the tenant's. Raises `NotFound` for another person's as well."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    rows = RunPreset.objects.for_tenant(actor.tenant_id).visible_to(actor.id)
    preset = rows.filter(pk=preset_id).first()
    if preset is None:
        raise _unknown()
    return preset


def may_save_presets(*, actor: Actor, prepared: Prepared, purpose: str) -> bool:
    """Whether policy would let the actor save answers for themselves."""
    return _may(actor.for_purpose(purpose), prepared, PRESET_WRITE)


def may_share_presets(*, actor: Actor, prepared: Prepared, purpose: str) -> bool:
    """Whether policy would let the actor save answers for everybody in the tenant."""
    return _may(actor.for_purpose(purpose), prepared, PRESET_SHARE)


def _may(actor: Actor, prepared: Prepared, action: str) -> bool:
    return preview(
        actor=actor,
        action=action,
        resource=preset_resource(prepared.tenant_id),
        context=preset_context(prepared.installation_id),
    ).allow


def _unknown() -> NotFound:
    return NotFound("There are no such saved answers.", hint="They may have been deleted.")
