"""Connections of a tenant: how it reaches outside services, changed and tried on a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.services.delete_connection import delete_connection
from connectors.services.mail_config import MailConfig
from connectors.services.read_connections import Reach, read_connections, secret_names
from connectors.services.set_mail_connection import KIND, set_mail_connection
from connectors.services.try_mail_connection import try_mail_connection
from maestro.kernel.clock import now
from maestro.kernel.errors import MaestroError, NotFound, Problem
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.questions import (
    REFUSALS,
    Question,
    SettingsForm,
    ask_purpose,
    choices,
    errors_of,
    problems_of,
    settings_form,
)
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in

_TITLES = {
    KIND: (
        gettext_lazy("Mail"),
        gettext_lazy("What email steps send through, and as whom."),
    )
}
_TLS = [
    ("starttls", gettext_noop("STARTTLS, mostly on port 587")),
    ("implicit", gettext_noop("TLS from the start, mostly on port 465")),
    ("none", gettext_noop("None: readable on its way, and no password")),
]


@dataclass(frozen=True, slots=True)
class MailAnswers:
    """What the form of the mail connection was sent with, as texts."""

    host: str = ""
    port: str = "587"
    tls: str = "starttls"
    sender: str = ""
    sender_name: str = ""
    username: str = ""
    password: str = ""
    purpose: str = ""

    def config(self) -> MailConfig:
        """For the service; a port that is no number is one that can't be."""
        digits = self.port.isascii() and self.port.isdigit() and len(self.port) < 6
        values = {each.name: getattr(self, each.name) for each in fields(MailConfig)}
        return MailConfig(**values | {"port": int(self.port) if digits else 0})


@require_safe
@signed_in
def connections(request: ActorRequest) -> HttpResponse:
    """Every kind, and how the tenant reaches it."""
    rows = [_row(reach) for reach in read_connections(actor=request.actor)]
    context = {"now": now(), "connections": rows}
    return settings_page(request, "settings/connections.html", "connections", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def mail(request: ActorRequest) -> HttpResponse:
    """The mail connection's form."""
    reach = _reach(request)
    if request.method != "POST":
        return _page(request, reach, _stored(reach))
    answers = _posted(request.POST)
    try:
        set_mail_connection(
            actor=request.actor.for_purpose(answers.purpose), config=answers.config()
        )
    except REFUSALS as refusal:
        return _page(request, reach, answers, problems_of(refusal), status=refusal.status)
    messages.success(request, _("The mail connection is stored. Try it, to see that it works."))
    return HttpResponseRedirect(reverse("connectors:mail"))


@require_POST
@signed_in
def try_mail(request: ActorRequest) -> HttpResponse:
    """Try what is stored, and say what came of it."""
    purpose = request.POST.get("purpose", "")
    try:
        trial = try_mail_connection(actor=request.actor.for_purpose(purpose))
    except REFUSALS as refusal:
        return _unless_done(request, refusal, "try", purpose)
    say = messages.success if trial.works else messages.error
    say(request, f"{trial.message} {trial.hint}".strip())
    return HttpResponseRedirect(reverse("connectors:mail"))


@require_POST
@signed_in
def delete_mail(request: ActorRequest) -> HttpResponse:
    """Take the tenant's own mail connection away."""
    purpose = request.POST.get("purpose", "")
    try:
        delete_connection(actor=request.actor.for_purpose(purpose), kind=KIND)
    except REFUSALS as refusal:
        return _unless_done(request, refusal, "delete", purpose)
    messages.success(request, _("The tenant’s own mail connection is gone."))
    return HttpResponseRedirect(reverse("connectors:list"))


def _reach(request: ActorRequest) -> Reach:
    return next(each for each in read_connections(actor=request.actor) if each.kind == KIND)


def _row(reach: Reach) -> dict[str, Any]:
    title, about = _TITLES[reach.kind]
    config = reach.row.config if reach.row else {}
    return {
        "title": str(title),
        "about": str(about),
        "url": reverse("connectors:mail"),
        "state": "own" if reach.row else "platform" if reach.has_platform else "none",
        "server": f"{config.get('host')}:{config.get('port')}" if reach.row else "",
        "sender": config.get("sender", ""),
        "changed_at": reach.row.updated_at if reach.row else None,
    }


def _stored(reach: Reach) -> MailAnswers:
    """What is stored as the texts of the form; a value that is not of its kind is left out."""
    if reach.row is None:
        return MailAnswers()
    texts = {
        name: str(value.get("secret", "")) if isinstance(value, dict) else str(value)
        for name, value in reach.row.config.items()
        if name in {each.name for each in fields(MailAnswers)}
    }
    return MailAnswers(**texts)


def _posted(posted: QueryDict) -> MailAnswers:
    return MailAnswers(
        **{
            each.name: posted.get(each.name, "").replace("\x00", "").strip()
            for each in fields(MailAnswers)
        }
    )


def _unless_done(
    request: ActorRequest, refusal: MaestroError, asked: str, purpose: str
) -> HttpResponse:
    """The page again, with what is wrong at the button that was pressed."""
    reach = _reach(request)
    if isinstance(refusal, NotFound):
        raise refusal
    wrong: dict[str, Any] = {asked: problems_of(refusal), f"{asked}_purpose": purpose}
    return _page(request, reach, _stored(reach), status=refusal.status, **wrong)


def _page(
    request: ActorRequest,
    reach: Reach,
    answers: MailAnswers,
    problems: Iterable[Problem] = (),
    *,
    status: int = 200,
    **wrong: Any,
) -> HttpResponse:
    context = {
        "now": now(),
        "connection": _row(reach),
        "form": _form(answers, problems, secret_names(actor=request.actor)),
        "try_form": _small("try", wrong),
        "delete_form": _small("delete", wrong),
    }
    return settings_page(request, "settings/connection.html", "connections", context, status=status)


def _small(name: str, wrong: Mapping[str, Any]) -> SettingsForm:
    problems = wrong.get(name, ())
    purpose = ask_purpose(
        wrong.get(f"{name}_purpose", ""), errors_of(problems).get("purpose", ""), place=name
    )
    return settings_form([purpose], problems)


def _form(
    answers: MailAnswers, problems: Iterable[Problem], secrets: Iterable[str]
) -> SettingsForm:
    problems = tuple(problems)
    return settings_form(_questions(answers, errors_of(problems), secrets), problems)


def _questions(
    answers: MailAnswers, texts: Mapping[str, str], secrets: Iterable[str]
) -> Iterator[Question]:
    def typed(
        name: str, label: str, hint: str, *, control: str = "text", required: bool = True
    ) -> Question:
        return Question(
            name,
            label,
            control,
            required=required,
            hint=hint,
            error=texts.get(name, ""),
            value=getattr(answers, name),
            attrs={"autocomplete": "off"},
        )

    yield typed("host", _("Host"), _("The mail server’s name, as its certificate has it."))
    yield typed(
        "port", _("Port"), _("Mostly 587, or 465 for TLS from the start."), control="number"
    )
    yield Question(
        "tls",
        _("Encryption"),
        "radio",
        error=texts.get("tls", ""),
        options=choices([(name, _(label)) for name, label in _TLS], {answers.tls}),
    )
    yield typed("sender", _("Sender’s address"), _("What mail is sent from."), control="email")
    yield typed("sender_name", _("Sender’s name"), _("Shown beside the address."), required=False)
    yield typed("username", _("User name"), _("Left empty, nobody logs in."), required=False)
    known = [(name, name) for name in secrets]
    if answers.password and (answers.password, answers.password) not in known:
        known.append((answers.password, _("%(name)s (not stored)") % {"name": answers.password}))
    yield Question(
        "password",
        _("Password"),
        "select",
        required=False,
        hint=_("A stored secret, by its name."),
        error=texts.get("password", ""),
        options=choices(known, {answers.password}, prompt=_("None")),
    )
    yield ask_purpose(answers.purpose, texts.get("purpose", ""))
