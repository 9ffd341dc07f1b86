"""API tokens: what there is, making one, revoking one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.scopes import known_scopes
from maestro.kernel.clock import now
from maestro.kernel.errors import NotFound, Problem, TenantRequired
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.models import ApiToken, Tenant, User
from maestro.tenancy.pages.questions import (
    REFUSALS,
    ask_purpose,
    errors_of,
    problems_of,
    settings_form,
    with_purpose,
)
from maestro.tenancy.pages.tokens import (
    TokenAnswers,
    first_answers,
    read_token_form,
    token_form,
    token_row,
)
from maestro.tenancy.services.create_token import create_token
from maestro.tenancy.services.read_tokens import read_tokens
from maestro.tenancy.services.revoke_token import revoke_token
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in

MOST = 200  # tokens on the page: the newest; a tenant with more has other troubles


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def tokens(request: ActorRequest) -> HttpResponse:
    """The tokens one may see, and the form that makes one.

    A new token's text stands in the answer to the form and nowhere else: it is not kept, no
    address has it, and the browser is told to keep nothing of that page.
    """
    if request.method != "POST":
        today = timezone.localdate()
        return _page(request, first_answers(today))
    posted = {name: [str(text) for text in texts] for name, texts in request.POST.lists()}
    answers = read_token_form(posted, zone=timezone.get_current_timezone())
    if answers.problems:
        return _page(request, answers, with_purpose(answers.problems, answers.purpose), status=400)
    try:
        token, raw = create_token(
            actor=request.actor.for_purpose(answers.purpose),
            tenant=_tenant(request),
            user=User.objects.get(email=request.actor.email),
            name=answers.name,
            scopes=answers.wanted,
            expires_at=answers.expires_at,
        )
    except REFUSALS as refusal:
        wrong = with_purpose(problems_of(refusal), answers.purpose)
        return _page(request, answers, wrong, status=refusal.status)
    context = {"token": token_row(token, moment=now(), viewer=request.actor.id), "raw": raw}
    response = settings_page(request, "settings/token_made.html", "tokens", context)
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def revoke(request: ActorRequest, token_id: UUID) -> HttpResponse:
    """Say what revoking ends, ask what for, and do it."""
    found = read_tokens(actor=request.actor).select_related("user").filter(pk=token_id).first()
    if found is None:
        raise NotFound("There is no such token.", hint="Look at your tokens.")
    problems: tuple[Problem, ...] = ()
    status, purpose = 200, request.POST.get("purpose", "")
    if request.method == "POST":
        try:
            revoke_token(
                actor=request.actor.for_purpose(purpose),
                tenant_id=found.tenant_id,
                token_id=token_id,
            )
        except REFUSALS as refusal:
            problems, status = problems_of(refusal), refusal.status
        else:
            messages.success(
                request,
                _("%(token)s (%(prefix)s…) opens nothing any more.")
                % {"token": found.name, "prefix": found.prefix},
            )
            return HttpResponseRedirect(reverse("tenancy:tokens"))
    question = ask_purpose(purpose, errors_of(problems).get("purpose", ""))
    context = {
        "token": token_row(found, moment=now(), viewer=request.actor.id),
        "form": settings_form([question], problems),
    }
    return settings_page(request, "settings/token_revoke.html", "tokens", context, status=status)


def _page(
    request: ActorRequest,
    answers: TokenAnswers,
    problems: Iterable[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    moment, viewer = now(), request.actor.id
    found: list[ApiToken] = list(
        read_tokens(actor=request.actor).select_related("user").order_by("-id")[:MOST]
    )
    context = {
        "now": moment,
        "tokens": [token_row(token, moment=moment, viewer=viewer) for token in found],
        "everybodys": "admin" in request.actor.roles,
        "form": token_form(answers, problems, scopes=known_scopes()),
    }
    return settings_page(request, "settings/tokens.html", "tokens", context, status=status)


def _tenant(request: ActorRequest) -> Tenant:
    found = Tenant.objects.filter(slug=request.actor.tenant_slug).first()
    if found is None:
        raise TenantRequired("Choose a tenant first.")
    return found
