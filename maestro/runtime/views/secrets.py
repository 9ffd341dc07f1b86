"""Secrets of a tenant: what there is, storing, replacing and deleting one. No value is ever shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from governance.services.delete_secret import delete_secret
from maestro.kernel.clock import now
from maestro.kernel.errors import Problem, TenantRequired
from maestro.runtime.services.read_secrets import may_store_secrets, read_secret, read_secrets
from maestro.runtime.services.store_secret import store_secret
from maestro.tenancy.for_a_purpose import for_a_purpose
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.questions import (
    REFUSALS,
    Question,
    SettingsForm,
    ask_purpose,
    errors_of,
    problems_of,
    settings_form,
    with_purpose,
)
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in


@dataclass(frozen=True, slots=True)
class SecretAnswers:
    """What a form was sent with, but for the value: that goes to the service and nowhere else."""

    name: str = ""
    description: str = ""
    purpose: str = ""


@sensitive_post_parameters("value")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@for_a_purpose
def secrets(request: ActorRequest) -> HttpResponse:
    """The secrets by name; for who may, the form that stores one."""
    if request.method != "POST":
        return _list(request, SecretAnswers())
    answers = _answers(request.POST)
    try:
        store_secret(
            actor=request.actor.for_purpose(answers.purpose),
            name=answers.name,
            value=_value(request.POST),
            description=answers.description,
            replaces=False,
        )
    except REFUSALS as refusal:
        wrong = with_purpose(problems_of(refusal), answers.purpose)
        return _list(request, answers, wrong, status=refusal.status)
    messages.success(request, _("The secret %(name)s is stored.") % {"name": answers.name})
    return HttpResponseRedirect(reverse("secrets:list"))


@sensitive_post_parameters("value")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@for_a_purpose
def secret(request: ActorRequest, name: str) -> HttpResponse:
    """One secret: what uses it, and a new value for it."""
    found, bound = read_secret(actor=request.actor, name=name)
    answers = SecretAnswers(name=name, description=found.description)
    problems: tuple[Problem, ...] = ()
    status = 200
    if request.method == "POST":
        answers = _answers(request.POST)
        try:
            store_secret(
                actor=request.actor.for_purpose(answers.purpose),
                name=name,
                value=_value(request.POST),
                description=answers.description,
                replaces=True,
            )
        except REFUSALS as refusal:
            problems = with_purpose(problems_of(refusal), answers.purpose)
            status = refusal.status
        else:
            messages.success(
                request, _("%(name)s has its new value from the next call on.") % {"name": name}
            )
            return HttpResponseRedirect(reverse("secrets:one", args=[name]))
    context = {
        "now": now(),
        "secret": found,
        "bound": bound,
        "may_store": may_store_secrets(actor=request.actor),
        "form": _form(answers, problems, new=False),
    }
    return settings_page(request, "settings/secret.html", "secrets", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@for_a_purpose
def delete(request: ActorRequest, name: str) -> HttpResponse:
    """Say what would fail without it, ask what for, and delete it."""
    found, bound = read_secret(actor=request.actor, name=name)
    problems: tuple[Problem, ...] = ()
    status, purpose = 200, request.POST.get("purpose", "")
    if request.method == "POST":
        if request.actor.tenant_id is None:
            raise TenantRequired("Choose a tenant first.")
        try:
            delete_secret(
                actor=request.actor.for_purpose(purpose),
                tenant_id=request.actor.tenant_id,
                name=name,
            )
        except REFUSALS as refusal:
            problems, status = problems_of(refusal), refusal.status
        else:
            messages.success(request, _("The secret %(name)s is gone.") % {"name": name})
            return HttpResponseRedirect(reverse("secrets:list"))
    question = ask_purpose(purpose, errors_of(problems).get("purpose", ""))
    context = {
        "now": now(),
        "secret": found,
        "bound": bound,
        "form": settings_form([question], problems),
    }
    return settings_page(request, "settings/secret_delete.html", "secrets", context, status=status)


def _list(
    request: ActorRequest,
    answers: SecretAnswers,
    problems: Iterable[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "now": now(),
        "secrets": read_secrets(actor=request.actor),
        "may_store": may_store_secrets(actor=request.actor),
        "form": _form(answers, problems, new=True),
    }
    return settings_page(request, "settings/secrets.html", "secrets", context, status=status)


def _answers(posted: QueryDict) -> SecretAnswers:
    def text(name: str) -> str:
        return posted.get(name, "").replace("\x00", "").strip()

    return SecretAnswers(text("name"), text("description"), text("purpose"))


def _value(posted: QueryDict) -> str:
    """As it was typed, with the line ends of a file rather than those of a form."""
    return posted.get("value", "").replace("\r\n", "\n").rstrip("\n")


def _form(answers: SecretAnswers, problems: Iterable[Problem], *, new: bool) -> SettingsForm:
    problems = tuple(problems)
    return settings_form(_questions(answers, errors_of(problems), new), problems)


def _questions(answers: SecretAnswers, texts: Mapping[str, str], new: bool) -> Iterator[Question]:
    if new:
        yield Question(
            "name",
            _("Name"),
            hint=_("What workflows and connections call it by, such as tracker-token."),
            error=texts.get("name", ""),
            value=answers.name,
            attrs={"autocomplete": "off", "autocapitalize": "off", "maxlength": "63"},
        )
    yield Question(
        "value",
        _("Value") if new else _("New value"),
        "textarea",
        hint=_("It is sealed and never shown again. A line break at its end is left out."),
        error=texts.get("value", ""),
        attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )
    yield Question(
        "description",
        _("Description"),
        required=False,
        hint=_("What it opens and who can renew it. People who run workflows see this."),
        error=texts.get("description", ""),
        value=answers.description,
        attrs={"autocomplete": "off", "maxlength": "200"},
    )
    yield ask_purpose(answers.purpose, texts.get("purpose", ""))
