"""A publisher's side of upgrades: who is on which version, how a release comes to them, and asking."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from catalog.models import WorkflowTemplate
from governance.purposes import OWN_WORK
from governance.services.authorize import preview
from maestro.kernel.errors import Conflict, InvalidInput, Problem
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in
from marketplace.models import Release
from marketplace.pages.adoptions import adoptions_page
from marketplace.pages.rolling_out import Proposal, rolling_out_page, rollouts_part
from marketplace.policies import PROPOSE, adopters_resource
from marketplace.services.own_release import own_release
from marketplace.services.propose_upgrade import propose_upgrade
from marketplace.services.read_adoptions import read_adoptions
from marketplace.services.read_rollout import read_rollouts
from marketplace.services.resume_rollout import resume_rollout
from marketplace.views.live import live_part


def adoptions_shown(
    request: ActorRequest,
    publisher: str,
    slug: str,
    *,
    below: UUID | None = None,
    number: str = "",
    asked: Proposal | None = None,
    problems: Iterable[Problem] = (),
    status: int = 200,
) -> HttpResponse:
    """The page of who has a template, for its publisher. Raises `NotFound`, `Denied`."""
    found = read_adoptions(
        actor=request.actor, publisher=publisher, slug=slug, below=below, number=number
    )
    template = found.template
    rows = Release.objects.filter(template=template).installable().newest_first()
    context = adoptions_page(found, number) | rolling_out_page(
        template,
        read_rollouts(actor=request.actor, publisher=publisher, slug=slug)[1],
        list(rows.only("id", "number")[:20]),
        why_not=_why_not(request, template),
        asked=asked,
        problems=problems,
    )
    return render(request, "marketplace/adoptions.html", context, status=status)


@require_safe
@signed_in
def rollouts_live(request: ActorRequest, publisher: str, slug: str) -> HttpResponse:
    """How far each roll-out is, for the page's poll; unchanged is answered 304."""
    template, rows = read_rollouts(actor=request.actor, publisher=publisher, slug=slug)
    context = rollouts_part(template, rows, why_not=_why_not(request, template))
    return live_part(request, "marketplace/_rollouts.html", context)


def _why_not(request: ActorRequest, template: WorkflowTemplate) -> str:
    """Why the reader can't propose an upgrade or let a roll-out go on; empty for who can."""
    answer = preview(
        actor=request.actor.for_purpose(OWN_WORK),
        action=PROPOSE,
        resource=adopters_resource(template.tenant_id),
    )
    return "" if answer.allow else answer.deny[0].message


@require_POST
@signed_in
def propose(request: ActorRequest, publisher: str, slug: str) -> HttpResponse:
    """Ask those on a lower version to upgrade."""
    names = ("number", "message", "deadline", "tenants")
    asked = Proposal(*(request.POST.get(name, "").replace("\x00", "").strip() for name in names))
    try:
        count = propose_upgrade(
            actor=request.actor.for_purpose(OWN_WORK),
            publisher=publisher,
            slug=slug,
            number=asked.number,
            message=asked.message,
            deadline=_date(asked.deadline),
            tenants=asked.tenants.split()[:200],
        )
    except InvalidInput as refusal:
        return adoptions_shown(
            request, publisher, slug, asked=asked, problems=refusal.problems, status=400
        )
    said = ngettext(
        "%(count)s installation was asked.", "%(count)s installations were asked.", count
    )
    none = _("Nobody was asked: nobody is on a lower version who was not asked before.")
    messages.info(request, said % {"count": count} if count else none)
    return HttpResponseRedirect(reverse("marketplace:adoptions", args=[publisher, slug]))


@require_POST
@signed_in
def resume(request: ActorRequest, publisher: str, slug: str, number: str) -> HttpResponse:
    """Let a halted roll-out go on."""
    actor = request.actor.for_purpose(OWN_WORK)
    release = f"{publisher}/{slug}@{number}"
    _tenant, release_id = own_release(actor=actor, release=release, action=PROPOSE)
    try:
        resume_rollout(actor=actor, release_id=release_id)
        said = _("%(number)s goes on to those who follow it. What ran before counts no more.")
        messages.success(request, said % {"number": number})
    except Conflict as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("marketplace:adoptions", args=[publisher, slug]))


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problem = Problem("/deadline", _("Give a day, such as 2026-12-18."), "not_a_date")
        raise InvalidInput(problem.message, problems=[problem]) from None
