"""Saved answers of a run form: to fill it from, to save, to delete."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.purposes import OWN_WORK
from maestro.kernel.errors import NotFound
from maestro.runtime.models import RunPreset
from maestro.runtime.pages.answers import PRESET, Answers
from maestro.runtime.services.delete_preset import delete_preset
from maestro.runtime.services.prepare_run import Prepared
from maestro.runtime.services.read_presets import (
    may_save_presets,
    may_share_presets,
    read_preset,
    read_presets,
)
from maestro.runtime.services.save_preset import save_preset
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in


@require_POST
@signed_in
def delete(request: ActorRequest, /, preset_id: UUID, **named: str) -> HttpResponse:
    """Delete saved answers, and show the form again: a workflow's, or an installation's."""
    name = delete_preset(actor=request.actor.for_purpose(OWN_WORK), preset_id=preset_id)
    messages.success(request, _("The saved answers %(name)s are deleted.") % {"name": name})
    form = "marketplace:run" if "installation_name" in named else "runtime:run"
    return HttpResponseRedirect(reverse(form, kwargs=named))


def picked(request: ActorRequest, prepared: Prepared) -> RunPreset | None:
    """What `?preset=` names. Raises `NotFound`."""
    asked = request.GET.get("preset", "")
    if not asked:
        return None
    try:
        preset_id = UUID(asked)
    except ValueError:
        raise NotFound(
            "There are no such saved answers.", hint="Choose from the list on the form."
        ) from None
    return read_preset(actor=request.actor, prepared=prepared, preset_id=preset_id)


def save(request: ActorRequest, prepared: Prepared, answers: Answers) -> tuple[RunPreset, bool]:
    """Save the answers that the form was sent with, and whether all of them could be kept.

    The purpose may still be open: saving itself is not what it is about. Raises `InvalidInput`.
    """
    parameters = dict(answers.values or {})
    preset = save_preset(
        actor=request.actor.for_purpose(OWN_WORK),
        prepared=prepared,
        name=request.POST.get(PRESET, ""),
        parameters=parameters,
        secrets=answers.secrets,
        endpoints=answers.endpoints,
        purpose=answers.purpose,
        for_everybody=request.POST.get("preset_for_all") == "1",
    )
    return preset, preset.answers["parameters"] == parameters


def with_preset(request: ActorRequest, preset_id: UUID) -> str:
    """The query of the form's address, filled from a preset."""
    query = request.GET.copy()
    query.pop("from", None)
    query["preset"] = str(preset_id)
    return query.urlencode()


def presets_context(request: ActorRequest, prepared: Prepared) -> dict[str, Any]:
    """What `runtime/_presets.html` draws, and what saving needs."""
    chosen = request.GET.get("preset", "").replace("\x00", "")
    may_share = may_share_presets(actor=request.actor, prepared=prepared, purpose=OWN_WORK)
    rows = read_presets(actor=request.actor, prepared=prepared)
    current = next((row.name for row in rows if str(row.pk) == chosen), "")
    return {
        "presets": [
            {
                "name": row.name,
                "url": f"?{with_preset(request, row.pk)}",
                "current": str(row.pk) == chosen,
                "for_everybody": row.owner is None,
                "by": row.saved_by_name,
                "updated_at": row.updated_at,
                "delete_url": _delete_url(prepared, row.pk)
                if row.owner is not None or may_share
                else "",
            }
            for row in rows
        ],
        "preset": current,
        "preset_name": request.POST.get(PRESET, "").replace("\x00", "") or current,
        "may_save": may_save_presets(actor=request.actor, prepared=prepared, purpose=OWN_WORK),
        "may_share": may_share,
        "shares": request.POST.get("preset_for_all") == "1",
    }


def _delete_url(prepared: Prepared, preset_id: UUID) -> str:
    if prepared.granted is not None:
        return reverse("marketplace:delete-preset", args=[prepared.granted.grant.name, preset_id])
    definition = prepared.definition
    address = [definition.publisher, definition.slug]
    return reverse("runtime:delete-preset", args=[*address, preset_id])
