"""What is for oneself alone: the theme, the zone of the pages' times, and mails."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maestro.kernel.errors import InvalidInput, Problem
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.questions import (
    Question,
    SettingsForm,
    choices,
    errors_of,
    settings_form,
)
from maestro.tenancy.pages.zones import zone_names
from maestro.tenancy.services.choose_mail import choose_mail
from maestro.tenancy.services.choose_zone import choose_zone
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in


@require_safe
@signed_in
def settings_home(request: ActorRequest) -> HttpResponse:
    """The first page of the settings."""
    return redirect("tenancy:preferences")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def preferences(request: ActorRequest) -> HttpResponse:
    """The theme is a cookie, which its own form sets; the zone is kept with the person."""
    if request.method != "POST":
        return _page(request, getattr(request.user, "time_zone", ""))
    zone = request.POST.get("time_zone", "").replace("\x00", "")
    try:
        choose_zone(actor=request.actor, time_zone=zone)
    except InvalidInput as refusal:
        return _page(request, zone, refusal.problems)
    messages.success(
        request,
        _("Times are shown in %(zone)s from now on.") % {"zone": zone or _tenant_zone(request)},
    )
    return HttpResponseRedirect(reverse("tenancy:preferences"))


@require_POST
@signed_in
def mail(request: ActorRequest) -> HttpResponse:
    """Whether one is mailed; what is not ticked is not posted."""
    wanted = request.POST.get("release_mail") == "true"
    choose_mail(actor=request.actor, release_mail=wanted)
    messages.success(
        request,
        _("You get mails about releases and installations.")
        if wanted
        else _("You get no mails about releases and installations any more."),
    )
    return HttpResponseRedirect(reverse("tenancy:preferences"))


def _page(request: ActorRequest, zone: str, problems: Iterable[Problem] = ()) -> HttpResponse:
    problems = tuple(problems)
    context = {"form": _form(request, zone, problems), "mail_form": _mail_form(request)}
    status = 400 if problems else 200
    return settings_page(
        request, "settings/preferences.html", "preferences", context, status=status
    )


def _form(request: ActorRequest, zone: str, problems: tuple[Problem, ...]) -> SettingsForm:
    own = [("", _("As the tenant has it (%(zone)s)") % {"zone": _tenant_zone(request)})]
    names = zone_names()
    if zone and zone not in names and not problems:
        own.append((zone, zone))
    question = Question(
        "time_zone",
        _("Time zone"),
        "select",
        required=False,
        hint=_("Pages show times in it, and forms understand them so."),
        error=errors_of(problems).get("time_zone", ""),
        options=choices([*own, *((name, name.replace("_", " ")) for name in names)], {zone}),
    )
    return settings_form([question], problems)


def _mail_form(request: ActorRequest) -> SettingsForm:
    question = Question(
        "release_mail",
        _("Mail me about releases and installations"),
        "checkbox",
        required=False,
        hint=_(
            "What became of what you put forward; as an admin also what is withdrawn or deprecated,"
            " upgrades that are asked for or wait, and roll-outs that stop. In all your tenants."
        ),
        value="true" if getattr(request.user, "release_mail", False) else "",
    )
    return settings_form([question])


def _tenant_zone(request: ActorRequest) -> str:
    of_tenant = (s.time_zone for s in request.seats if s.tenant_id == request.actor.tenant_id)
    return next(of_tenant, "UTC") or "UTC"
