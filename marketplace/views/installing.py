"""Install from Marketplace: one form in sections, what policy says first, and the installation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.purposes import purposes, with_a_purpose
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, Denied, InvalidInput, MaestroError, Problem
from maestro.runtime.pages.editing import EDITS
from maestro.tenancy.for_a_purpose import asking_when_needed
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in
from marketplace.pages.installing import (
    Asked,
    first_asked,
    install_form,
    read_asked,
    verdict_of,
)
from marketplace.pages.release import reach
from marketplace.pages.upgrading import why_not
from marketplace.policies import CONFIGURE, INSTALL
from marketplace.services.check_installation import check_installation
from marketplace.services.install_release import install as install_wanted
from marketplace.services.prepare_installation import Installation, prepare_installation


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@asking_when_needed
def install(request: ActorRequest, publisher: str, slug: str) -> HttpResponse:
    """The form for the latest release or `number`. Sent, it is checked, or checked and installed."""
    actor = with_a_purpose(request.actor)
    number = (request.POST.get("number") or request.GET.get("number", "")).replace("\x00", "")
    address = f"{publisher}/{slug}@{number}" if number else f"{publisher}/{slug}"
    prepared = prepare_installation(actor=actor, release=address)
    if request.method != "POST":
        asked = first_asked(
            prepared.found.document,
            name=prepared.name,
            environments=prepared.environments,
            regions=prepared.regions,
        )
        return _page(request, actor, prepared, asked)
    posted = {name: [str(text) for text in texts] for name, texts in request.POST.lists()}
    asked = read_asked(prepared.found.document, posted, zone=timezone.get_current_timezone())
    if any(button in request.POST for button in EDITS):
        return _page(request, actor, prepared, asked)
    changed = request.POST.get("shown") != prepared.found.release.number
    if request.POST.get("mode") != "install" or changed:
        return _page(request, actor, prepared, asked, checked=True)
    return _install(request, actor, prepared, asked)


def _install(
    request: ActorRequest, actor: Actor, prepared: Installation, asked: Asked
) -> HttpResponse:
    if asked.problems:
        return _page(request, actor, prepared, asked, checked=True, status=400)
    try:
        done = install_wanted(
            actor=actor,
            release=prepared.found.address,
            wanted=asked.wanted,
            expected_digest=request.POST.get("digest", ""),
            idempotency_key=asked.key,
        )
    except InvalidInput as refusal:
        return _page(request, actor, prepared, asked, refusal.problems, status=400)
    except (Denied, Conflict) as refusal:
        problems = [problem_of(refusal)]
        return _page(request, actor, prepared, asked, problems, status=refusal.status)
    if done.created:
        messages.success(request, _("%(name)s is installed.") % {"name": done.instance.name})
    return HttpResponseRedirect(reverse("marketplace:installation", args=[done.instance.name]))


def problem_of(refusal: MaestroError) -> Problem:
    """A refusal as one of the problems of the form."""
    return Problem(f"/{refusal.code}", refusal.message, refusal.code, refusal.hint)


def shown(
    actor: Actor,
    prepared: Installation,
    asked: Asked,
    problems: Iterable[Problem] = (),
    *,
    checked: bool = False,
) -> dict[str, Any]:
    """The context of the form, with what is wrong once it is `checked`, and what policy says."""
    found, instance = prepared.found, prepared.instance
    action = INSTALL if instance is None else CONFIGURE
    check = check_installation(
        actor=actor, found=found, wanted=asked.wanted, action=action, instance=instance
    )
    # What could not be understood is said once, and not again as what is missing.
    unread = {one.path for one in asked.problems}
    wrong = [*asked.problems, *(one for one in check.problems if one.path not in unread)]
    release = found.release
    form = install_form(
        found.document,
        asked,
        [*(wrong if checked else ()), *problems],
        numbers=prepared.numbers,
        number="" if instance else release.number,
        environments=prepared.environments,
        regions=prepared.regions,
        stored=prepared.stored,
        purposes=[(each.name, f"{_(each.title)} ({each.name})") for each in purposes()],
        zone=timezone.get_current_timezone(),
    )
    verdict, rules = verdict_of(check.answer, len(wrong), installed=instance is not None)
    return {
        "release": {
            "title": release.title,
            "address": release.address,
            "number": release.number,
            "digest": release.digest,
            "risk": found.document.risk,
            "url": reverse("marketplace:release", args=[release.publisher, release.slug]),
            "verified": found.verification.verified,
        },
        "form": form,
        "key": asked.answers.nonce,
        "reach": list(reach(prepared.reach.as_json())),
        "verdict": verdict,
        "rules": rules,
        "revision": check.answer.revision,
        "checked": checked and not form.summary and check.is_fine,
        "why_not": why_not(check.answer)
        or ("" if check.answer.allow or wrong else check.answer.deny[0].message),
    }


def _page(
    request: ActorRequest,
    actor: Actor,
    prepared: Installation,
    asked: Asked,
    problems: Iterable[Problem] = (),
    *,
    checked: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = shown(actor, prepared, asked, problems, checked=checked)
    return render(request, "marketplace/install.html", context, status=status)
