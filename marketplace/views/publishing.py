"""From a version to a release: asking for it, following it, deciding on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maestro.kernel.errors import Denied, InvalidInput, Problem
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.questions import REFUSALS, problems_of, with_purpose
from maestro.tenancy.signed_in import signed_in
from marketplace.pages.publishing import publish_page, submission_line, submission_page
from marketplace.services.approve_release import approve_release
from marketplace.services.end_submission import reject_submission, retract_submission
from marketplace.services.prepare_publish import prepare_publish
from marketplace.services.read_submissions import read_submission, read_submissions
from marketplace.services.request_publish import request_publish
from marketplace.views.live import live_part

PAGE_SIZE = 50
ACTIONS = {
    "approve": approve_release,
    "reject": reject_submission,
}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def publish(request: ActorRequest, publisher: str, slug: str) -> HttpResponse:
    """Ask that a version be published, with what is known before: changes, findings, reviews."""
    address = f"{publisher}/{slug}"
    given = said(request.POST if request.method == "POST" else request.GET)
    problems: tuple[Problem, ...] = ()
    status = 200
    if request.method == "POST" and not (problems := with_purpose((), given.get("purpose", ""))):
        try:
            made = request_publish(
                actor=request.actor.for_purpose(given["purpose"]),
                workflow=address,
                version=given.get("version", ""),
                visibility=given.get("visibility", ""),
                note=given.get("note", ""),
                audience=given.get("audience", "").splitlines(),
            )
        except (*REFUSALS, Denied) as refusal:
            problems, status = problems_of(refusal), refusal.status
        else:
            messages.success(request, _("It is put forward. Its reviewers are asked now."))
            return HttpResponseRedirect(reverse("marketplace:submission", args=[made.pk]))
    elif problems:
        status = 400
    found = prepare_publish(actor=request.actor, workflow=address, version=given.get("version", ""))
    context = publish_page(found, given, problems)
    return render(request, "marketplace/publish.html", context, status=status)


@require_safe
@signed_in
def submission_list(request: ActorRequest) -> HttpResponse:
    """What the tenant put forward, newest first."""
    rows = read_submissions(actor=request.actor).order_by("-id")
    below = _id(request.GET.get("below", ""))
    found = list((rows.filter(pk__lt=below) if below else rows)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    older = f"?below={shown[-1].pk}" if len(found) > PAGE_SIZE else ""
    context = {
        "submissions": [submission_line(row) for row in shown],
        "pager": {"next": older, "previous": reverse("marketplace:submissions") if below else ""},
    }
    return render(request, "marketplace/submissions.html", context)


@require_safe
@signed_in
def submission(request: ActorRequest, submission_id: UUID) -> HttpResponse:
    """A submission, and what one may do with it."""
    return _page(request, submission_id, {})


@require_safe
@signed_in
def submission_live(request: ActorRequest, submission_id: UUID) -> HttpResponse:
    """Where its pipeline is, for the page's poll; unchanged is answered 304."""
    context = submission_page(read_submission(actor=request.actor, submission_id=submission_id), {})
    return live_part(request, "marketplace/_pipeline.html", context)


@require_POST
@signed_in
def submission_act(request: ActorRequest, submission_id: UUID) -> HttpResponse:
    """Approve, reject or retract it, with the reason why."""
    given = said(request.POST)
    asked, purpose = given.get("action", ""), given.get("purpose", "")
    problems = with_purpose((), purpose)
    if problems:
        return _page(request, submission_id, given, problems, status=400)
    actor = request.actor.for_purpose(purpose)
    rationale = given.get("rationale", "")
    try:
        if asked == "retract":
            retract_submission(actor=actor, submission_id=submission_id, reason=rationale)
        elif asked in ACTIONS:
            ACTIONS[asked](actor=actor, submission_id=submission_id, rationale=rationale)
        else:
            raise InvalidInput("This page can’t do that.", hint="Load the submission again.")
    except (*REFUSALS, Denied) as refusal:
        return _page(request, submission_id, given, problems_of(refusal), status=refusal.status)
    told = {
        "approve": _("Approved. It is signed, then listed."),
        "reject": _("Rejected."),
        "retract": _("Taken back. Nothing is published."),
    }
    messages.success(request, told[asked])
    return HttpResponseRedirect(reverse("marketplace:submission", args=[submission_id]))


def _page(
    request: ActorRequest,
    submission_id: UUID,
    given: Mapping[str, str],
    problems: Iterable[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    found = read_submission(actor=request.actor, submission_id=submission_id)
    context = submission_page(found, given, problems)
    return render(request, "marketplace/submission.html", context, status=status)


def said(given: Mapping[str, str]) -> dict[str, str]:
    """What a form was sent with, without what no text may hold."""
    return {name: str(text).replace("\x00", "") for name, text in given.items()}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
