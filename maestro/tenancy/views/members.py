"""Members: who has a place in the tenant, adding one, changing and removing one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from maestro.kernel.clock import now
from maestro.kernel.errors import NotFound, Problem
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.models import Membership
from maestro.tenancy.pages.members import (
    MemberAnswers,
    answers_of,
    member_form,
    member_row,
    read_member_form,
)
from maestro.tenancy.pages.questions import (
    REFUSALS,
    ask_purpose,
    errors_of,
    problems_of,
    settings_form,
)
from maestro.tenancy.services.add_person import add_person
from maestro.tenancy.services.change_member import change_member
from maestro.tenancy.services.read_members import may_change_members, read_members
from maestro.tenancy.services.remove_member import remove_member
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in

MOST = 500  # members on the page


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def members(request: ActorRequest) -> HttpResponse:
    """Who has a place here; for who may, the form that adds one."""
    if request.method != "POST":
        return _page(request, MemberAnswers(roles=("viewer",)))
    answers = _answers(request)
    try:
        added = add_person(
            actor=request.actor.for_purpose(answers.purpose),
            email=answers.email,
            roles=answers.roles,
            teams=answers.team_names,
        )
    except REFUSALS as refusal:
        return _page(request, answers, problems_of(refusal), status=refusal.status)
    messages.success(request, _("%(person)s has a place here now.") % {"person": added.user})
    return HttpResponseRedirect(reverse("tenancy:members"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def member(request: ActorRequest, membership_id: UUID) -> HttpResponse:
    """Change what somebody is here."""
    found = _found(request, membership_id)
    problems: tuple[Problem, ...] = ()
    answers, status = answers_of(found), 200
    if request.method == "POST":
        answers = _answers(request)
        try:
            change_member(
                actor=request.actor.for_purpose(answers.purpose),
                tenant_id=found.tenant_id,
                membership_id=membership_id,
                roles=answers.roles,
                teams=answers.team_names,
            )
        except REFUSALS as refusal:
            problems, status = problems_of(refusal), refusal.status
        else:
            messages.success(
                request, _("What %(person)s may do here is saved.") % {"person": found.user}
            )
            return HttpResponseRedirect(reverse("tenancy:members"))
    context = {
        "now": now(),
        "member": member_row(found, viewer=request.actor.id),
        "may_change": may_change_members(actor=request.actor),
        "form": member_form(answers, problems, adds=False),
    }
    return settings_page(request, "settings/member.html", "members", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def remove(request: ActorRequest, membership_id: UUID) -> HttpResponse:
    """Say what removing ends, ask what for, and do it."""
    found = _found(request, membership_id)
    problems: tuple[Problem, ...] = ()
    status, purpose = 200, request.POST.get("purpose", "")
    if request.method == "POST":
        try:
            remove_member(
                actor=request.actor.for_purpose(purpose),
                tenant_id=found.tenant_id,
                membership_id=membership_id,
            )
        except REFUSALS as refusal:
            problems, status = problems_of(refusal), refusal.status
        else:
            messages.success(
                request, _("%(person)s has no place here any more.") % {"person": found.user}
            )
            own = found.user_id == request.actor.id
            return HttpResponseRedirect(reverse("home" if own else "tenancy:members"))
    question = ask_purpose(purpose, errors_of(problems).get("purpose", ""))
    context = {
        "member": member_row(found, viewer=request.actor.id),
        "form": settings_form([question], problems),
    }
    return settings_page(request, "settings/member_remove.html", "members", context, status=status)


def _answers(request: ActorRequest) -> MemberAnswers:
    return read_member_form(
        {name: [str(text) for text in texts] for name, texts in request.POST.lists()}
    )


def _found(request: ActorRequest, membership_id: UUID) -> Membership:
    found = read_members(actor=request.actor).filter(pk=membership_id).first()
    if found is None:
        raise NotFound("There is no such member.", hint="Look at the members.")
    return found


def _page(
    request: ActorRequest,
    answers: MemberAnswers,
    problems: Iterable[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    rows = read_members(actor=request.actor)[:MOST]
    context = {
        "now": now(),
        "members": [member_row(row, viewer=request.actor.id) for row in rows],
        "may_change": may_change_members(actor=request.actor),
        "form": member_form(answers, problems, adds=True),
    }
    return settings_page(request, "settings/members.html", "members", context, status=status)
