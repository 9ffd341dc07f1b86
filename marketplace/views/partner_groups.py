"""A publisher's groups of partners: looking at them, making, changing and taking one away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, InvalidInput, NotFound, Problem
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.questions import REFUSALS, problems_of, with_purpose
from maestro.tenancy.signed_in import signed_in
from marketplace.pages.partner_groups import group_page, groups_page, new_group_page, taking_page
from marketplace.services.partner_groups import (
    NEW,
    PartnerGroupChanged,
    delete_partner_group,
    set_partner_group,
)
from marketplace.services.show_partner_groups import (
    ShownGroup,
    show_partner_group,
    show_partner_groups,
    why_not_change_groups,
)
from marketplace.views.publishing import said


@require_safe
@signed_in
def group_list(request: ActorRequest) -> HttpResponse:
    """The tenant's groups, and which templates name each."""
    groups = show_partner_groups(actor=request.actor)
    context = groups_page(groups, why_not_change_groups(actor=request.actor))
    return render(request, "marketplace/partner_groups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_group(request: ActorRequest) -> HttpResponse:
    """The form of a group that is to be made."""
    if request.method != "POST":
        return _new(request, {})
    given = said(request.POST)
    try:
        _save(request, given, at=NEW)
    except (*REFUSALS, Denied) as refusal:
        return _new(request, given, problems_of(refusal), status=refusal.status)
    messages.success(request, _("%(name)s is made.") % {"name": given["name"]})
    return _to_the_list()


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def group(request: ActorRequest, group_id: UUID) -> HttpResponse:
    """A group, and the form that changes it."""
    if request.method != "POST":
        return _group(request, show_partner_group(actor=request.actor, group_id=group_id))
    given = said(request.POST)
    try:
        _save(request, given, at=given.get("at", ""), group_id=group_id)
    except PartnerGroupChanged as refusal:
        return _late(request, given, group_id, refusal)
    except (*REFUSALS, Denied) as refusal:
        found = show_partner_group(actor=request.actor, group_id=group_id)
        return _group(request, found, given, problems_of(refusal), status=refusal.status)
    messages.success(request, _("%(name)s is saved.") % {"name": given["name"]})
    return _to_the_list()


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete_group(request: ActorRequest, group_id: UUID) -> HttpResponse:
    """Say what taking it away does, ask what for, and do it."""
    found = show_partner_group(actor=request.actor, group_id=group_id)
    given = said(request.POST)
    if request.method != "POST":
        return _taking(request, found, given)
    try:
        delete_partner_group(
            actor=_acting(request, given), group_id=group_id, expected_revision=given.get("at", "")
        )
    except PartnerGroupChanged as refusal:
        return _taking(request, found, given, late=True, status=refusal.status)
    except (*REFUSALS, Denied) as refusal:
        return _taking(request, found, given, problems_of(refusal), status=refusal.status)
    messages.success(request, _("%(name)s is taken away.") % {"name": found.name})
    return _to_the_list()


def _acting(request: ActorRequest, given: Mapping[str, str]) -> Actor:
    """Who asks, with what for. Raises `InvalidInput` when that is missing."""
    purpose = given.get("purpose", "")
    if problems := with_purpose((), purpose):
        raise InvalidInput(problems=problems)
    return request.actor.for_purpose(purpose)


def _save(
    request: ActorRequest, given: Mapping[str, str], *, at: str, group_id: UUID | None = None
) -> None:
    set_partner_group(
        actor=_acting(request, given),
        name=given.get("name", "").strip(),
        members=given.get("members", "").splitlines(),
        group_id=group_id,
        expected_revision=at,
    )


def _to_the_list() -> HttpResponse:
    return HttpResponseRedirect(reverse("marketplace:partner-groups"))


def _new(
    request: ActorRequest,
    given: Mapping[str, str],
    problems: Iterable[Problem] = (),
    *,
    gone: bool = False,
    status: int = 200,
) -> HttpResponse:
    reason = why_not_change_groups(actor=request.actor)
    context = new_group_page(given, problems, why_not=reason, gone=gone)
    return render(request, "marketplace/partner_group.html", context, status=status)


def _late(
    request: ActorRequest, given: Mapping[str, str], group_id: UUID, refusal: PartnerGroupChanged
) -> HttpResponse:
    """The form as it was sent: of what is something else now, or is not there any more."""
    try:
        found = show_partner_group(actor=request.actor, group_id=group_id)
    except NotFound:
        return _new(request, given, gone=True, status=refusal.status)
    return _group(request, found, given, late=True, status=refusal.status)


def _group(
    request: ActorRequest,
    found: ShownGroup,
    given: Mapping[str, str] | None = None,
    problems: Iterable[Problem] = (),
    *,
    late: bool = False,
    status: int = 200,
) -> HttpResponse:
    reason = why_not_change_groups(actor=request.actor)
    context = group_page(found, given, problems, why_not=reason, late=late)
    return render(request, "marketplace/partner_group.html", context, status=status)


def _taking(
    request: ActorRequest,
    found: ShownGroup,
    given: Mapping[str, str],
    problems: Iterable[Problem] = (),
    *,
    late: bool = False,
    status: int = 200,
) -> HttpResponse:
    reason = why_not_change_groups(actor=request.actor)
    context = taking_page(found, given, problems, why_not=reason, late=late)
    return render(request, "marketplace/partner_group_delete.html", context, status=status)
