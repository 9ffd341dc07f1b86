"""Upgrade an installation: what changes, what is missing, and the upgrade. And back, in one action."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from governance.purposes import with_a_purpose
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, Denied, InvalidInput, MaestroError, Problem
from maestro.runtime.pages.answers import Answers
from maestro.runtime.pages.editing import EDITS
from maestro.tenancy.for_a_purpose import asking_when_needed
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in
from marketplace.pages.upgrade_form import first_answers, problems_of, read_upgrade
from marketplace.pages.upgrading import preview_page, upgrade_page
from marketplace.services.prepare_upgrade import (
    FoundUpgrade,
    NothingToUpgrade,
    Overrides,
    PreparedUpgrade,
    find_upgrade,
    prepare_found,
)
from marketplace.services.simulate_upgrade import simulate_upgrade
from marketplace.services.upgrade_installation import (
    roll_back_installation,
    upgrade_installation,
)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@asking_when_needed
def upgrade(request: ActorRequest, installation_name: str) -> HttpResponse:
    """What going to `?to=`, the highest version if it is not said, would do. Sent, it is checked, or
    done."""
    actor = with_a_purpose(request.actor)
    to = (request.POST.get("to") or request.GET.get("to", "")).replace("\x00", "")
    try:
        asked = find_upgrade(actor=actor, name=installation_name, to=to)
    except NothingToUpgrade as nothing:
        messages.info(request, nothing.message)
        return HttpResponseRedirect(_home(installation_name))
    if request.method != "POST":
        found = prepare_found(actor=actor, found=asked)
        return _page(request, found, first_answers(found))
    found, answers, overrides = _read(request, actor, asked)
    if any(button in request.POST for button in EDITS):
        return _page(request, found, answers)
    if request.POST.get("mode") != "upgrade":
        return _page(request, found, answers, problems_of(answers, found.checked), checked=True)
    return _upgrade(request, actor, found, answers, overrides)


@require_POST
@signed_in
def upgrade_preview(request: ActorRequest, installation_name: str) -> HttpResponse:
    """What would follow from the form as it is now: its parts alone, for HTMX."""
    actor = with_a_purpose(request.actor)
    to = request.POST.get("to", "").replace("\x00", "")
    asked = find_upgrade(actor=actor, name=installation_name, to=to)
    found, answers, _overrides = _read(request, actor, asked)
    simulated = simulate_upgrade(actor=actor, found=found)
    context = preview_page(found, answers, simulated=simulated)
    return render(request, "marketplace/_upgrade_preview.html", context)


@require_POST
@signed_in
def roll_back(request: ActorRequest, installation_name: str) -> HttpResponse:
    """Undo the last upgrade."""
    revision = request.POST.get("revision", "")
    try:
        back = roll_back_installation(
            actor=with_a_purpose(request.actor),
            name=installation_name,
            expected_revision=_number(revision),
        )
    except (Denied, Conflict, InvalidInput) as refusal:
        messages.error(request, " ".join(filter(None, (refusal.message, refusal.hint))))
    else:
        said = _("%(name)s is back on %(number)s. What runs now ends on its own version.")
        messages.success(request, said % {"name": back.name, "number": back.number})
    return HttpResponseRedirect(_home(installation_name))


def _read(
    request: ActorRequest, actor: Actor, asked: FoundUpgrade
) -> tuple[PreparedUpgrade, Answers, Overrides]:
    """The upgrade with what was sent, and that."""
    posted = {name: [str(text) for text in texts] for name, texts in request.POST.lists()}
    answers, overrides = read_upgrade(
        asked.after.document,
        posted,
        granted=asked.instance.hosts,
        zone=timezone.get_current_timezone(),
    )
    return prepare_found(actor=actor, found=asked, overrides=overrides), answers, overrides


def _upgrade(
    request: ActorRequest,
    actor: Actor,
    found: PreparedUpgrade,
    answers: Answers,
    overrides: Overrides,
) -> HttpResponse:
    problems = problems_of(answers, found.checked)
    if problems:
        return _page(request, found, answers, problems, status=400)
    try:
        done = upgrade_installation(
            actor=actor,
            name=found.instance.name,
            to=found.after.release.number,
            overrides=overrides,
            expected_revision=_number(request.POST.get("revision", "")),
            expected_digest=request.POST.get("digest", ""),
        )
    except InvalidInput as refusal:
        return _page(request, found, answers, refusal.problems, status=400)
    except (Denied, Conflict) as refusal:
        return _page(request, found, answers, _refused(refusal), status=refusal.status)
    said = _("%(name)s is on %(number)s. What runs now ends on its own version.")
    messages.success(request, said % {"name": done.name, "number": done.number})
    return HttpResponseRedirect(_home(done.name))


def _refused(refusal: MaestroError) -> list[Problem]:
    if isinstance(refusal, Denied) and refusal.reasons:
        return [Problem(f"/{one.code}", one.message, one.code) for one in refusal.reasons]
    return [Problem(f"/{refusal.code}", refusal.message, refusal.code, refusal.hint)]


def _page(
    request: ActorRequest,
    found: PreparedUpgrade,
    answers: Answers,
    problems: Iterable[Problem] = (),
    *,
    checked: bool = False,
    status: int = 200,
) -> HttpResponse:
    problems = list(problems)
    context = upgrade_page(
        found,
        answers,
        problems,
        url=_home(found.instance.name),
        simulated=simulate_upgrade(actor=with_a_purpose(request.actor), found=found),
        zone=timezone.get_current_timezone(),
    )
    context["fine"] = checked and not problems and found.checked.is_fine
    return render(request, "marketplace/upgrade.html", context, status=status)


def _home(name: str) -> str:
    return reverse("marketplace:installation", args=[name])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
