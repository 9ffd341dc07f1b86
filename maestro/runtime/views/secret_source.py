"""Linking a secret to where it is kept elsewhere: a reference goes in, nothing is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.secrets.sources import open_sources
from governance.services.link_secret import link_secret
from maestro.kernel.clock import now
from maestro.kernel.errors import Problem, TenantRequired
from maestro.runtime.services.read_secrets import StoredSecret, may_store_secrets, read_secret
from maestro.tenancy.for_a_purpose import for_a_purpose
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.questions import (
    REFUSALS,
    Question,
    ask_purpose,
    choices,
    errors_of,
    problems_of,
    settings_form,
    with_purpose,
)
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in


@dataclass(frozen=True, slots=True)
class LinkAnswers:
    """What the form was sent with."""

    source: str = ""
    reference: str = ""
    purpose: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@for_a_purpose
def link(request: ActorRequest, name: str) -> HttpResponse:
    """Ask for the source and the reference, and link the secret to them."""
    found, bound = read_secret(actor=request.actor, name=name)
    answers, status = _kept(found), 200
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        answers = _answers(request.POST)
        if request.actor.tenant_id is None:
            raise TenantRequired("Choose a tenant first.")
        try:
            link_secret(
                actor=request.actor.for_purpose(answers.purpose),
                tenant_id=request.actor.tenant_id,
                name=name,
                source=answers.source,
                reference=answers.reference,
            )
        except REFUSALS as refusal:
            problems = with_purpose(problems_of(refusal), answers.purpose)
            status = refusal.status
        else:
            text = _("%(name)s is read from %(source)s from the next call on.")
            messages.success(request, text % {"name": name, "source": answers.source})
            return HttpResponseRedirect(reverse("secrets:one", args=[name]))
    context = {
        "now": now(),
        "secret": found,
        "bound": bound,
        "sources": sorted(open_sources()),
        "may_store": may_store_secrets(actor=request.actor),
        "form": settings_form(link_questions(answers, errors_of(problems)), problems),
    }
    return settings_page(request, "settings/secret_link.html", "secrets", context, status=status)


def _kept(found: StoredSecret) -> LinkAnswers:
    return LinkAnswers(found.source, found.reference) if found.reference else LinkAnswers()


def _answers(posted: QueryDict) -> LinkAnswers:
    def text(name: str) -> str:
        return posted.get(name, "").replace("\x00", "").strip()

    return LinkAnswers(text("source"), text("reference"), text("purpose"))


def link_questions(answers: LinkAnswers, texts: Mapping[str, str]) -> Iterator[Question]:
    """Which source, under which reference, and what for."""
    yield Question(
        "source",
        _("Source"),
        "select",
        hint=_("Where it is kept, as who runs this Maestro opened it."),
        error=texts.get("source", ""),
        options=choices(
            [(each, each) for each in sorted(open_sources())],
            {answers.source},
            prompt=_("Choose a source"),
        ),
    )
    yield Question(
        "reference",
        _("Reference"),
        hint=_("Its name there, such as db/tracker#token. It is among this tenant’s own."),
        error=texts.get("reference", ""),
        value=answers.reference,
        attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )
    yield ask_purpose(answers.purpose, texts.get("purpose", ""))
