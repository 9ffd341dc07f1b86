"""Configure an installation: the sections of its form again, with what it is in them."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.purposes import with_a_purpose
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, Denied, InvalidInput, Problem
from maestro.runtime.pages.editing import EDITS
from maestro.tenancy.for_a_purpose import asking_when_needed
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in
from marketplace.models import WorkflowInstance
from marketplace.pages.installing import Asked, asked_now, kept, read_asked
from marketplace.services.change_installation import InstallationChanged
from marketplace.services.configure_installation import (
    CHANGEABLE,
    configure_installation,
    wanted_of,
)
from marketplace.services.prepare_installation import Installation, prepare_configuration
from marketplace.services.read_installations import read_changes
from marketplace.views.installing import problem_of, shown


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@asking_when_needed
def configure(request: ActorRequest, installation_name: str) -> HttpResponse:
    """The form, with what it is. Sent, it is checked, or checked and changed."""
    actor = with_a_purpose(request.actor)
    prepared, instance = prepare_configuration(actor=actor, name=installation_name)
    document, now = prepared.found.document, wanted_of(instance)
    if request.method != "POST":
        return _page(request, actor, prepared, instance, asked_now(document, now))
    posted = {name: [str(text) for text in texts] for name, texts in request.POST.lists()}
    asked = kept(read_asked(document, posted, zone=timezone.get_current_timezone()), now)
    if any(button in request.POST for button in EDITS):
        return _page(request, actor, prepared, instance, asked)
    if request.POST.get("mode") != "save":
        return _page(request, actor, prepared, instance, asked, checked=True)
    return _save(request, actor, prepared, instance, asked)


def _save(
    request: ActorRequest,
    actor: Actor,
    prepared: Installation,
    instance: WorkflowInstance,
    asked: Asked,
) -> HttpResponse:
    if asked.problems:
        return _page(request, actor, prepared, instance, asked, checked=True, status=400)
    try:
        changed = configure_installation(
            actor=actor,
            name=str(instance.pk),
            changes={name: getattr(asked.wanted, name) for name in CHANGEABLE},
            expected_revision=_looked_at(request, instance),
        )
    except InvalidInput as refusal:
        return _page(request, actor, prepared, instance, asked, refusal.problems, status=400)
    except InstallationChanged:
        return _page(request, actor, prepared, instance, asked, late=True, status=409)
    except (Denied, Conflict) as refusal:
        problems = [problem_of(refusal)]
        return _page(request, actor, prepared, instance, asked, problems, status=refusal.status)
    if changed.revision == instance.revision:
        text = _("%(name)s is as it was: you changed nothing.")
    else:
        text = _("%(name)s is changed. New runs use it; what runs keeps what it began with.")
    messages.success(request, text % {"name": changed.name})
    return HttpResponseRedirect(reverse("marketplace:installation", args=[changed.name]))


def _looked_at(request: ActorRequest, instance: WorkflowInstance) -> int:
    """The revision that the form was made from."""
    said = request.POST.get("at", "")
    readable = said.isascii() and said.isdigit() and len(said) < 10
    # Of a form without one nobody knows what it was made from: it is no revision there is.
    return int(said) if readable else -1


def _page(
    request: ActorRequest,
    actor: Actor,
    prepared: Installation,
    instance: WorkflowInstance,
    asked: Asked,
    problems: Iterable[Problem] = (),
    *,
    checked: bool = False,
    late: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = shown(actor, prepared, asked, problems, checked=checked)
    context["name"] = instance.name
    # A form that came too late stays so: what is there now is looked at before it is changed.
    context["at"] = _looked_at(request, instance) if request.method == "POST" else instance.revision
    context["late"] = late
    change = next(iter(read_changes(instance=instance, most=1)), None) if late else None
    context["change"] = change and {"by": change.by_name or "Maestro", "at": change.created_at}
    return render(request, "marketplace/configure.html", context, status=status)
