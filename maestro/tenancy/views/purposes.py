"""Purposes: what things are done for here. The platform's are shown, a tenant's own are changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.services.read_purposes import (
    Registered,
    may_write_purposes,
    read_purpose,
    read_purposes,
)
from governance.services.set_purpose import retire_purpose, set_purpose
from maestro.kernel.errors import Problem, TenantRequired
from maestro.kernel.pages.picks import Option
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
class PurposeAnswers:
    """What the form was sent with; `actions` is one name a line."""

    name: str = ""
    title: str = ""
    description: str = ""
    actions: str = ""
    in_production: bool = True
    purpose: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def purposes(request: ActorRequest) -> HttpResponse:
    """All purposes; for who may, the form that adds one. `?edit=NAME` asks for changes of one of the
    tenant's own, and can retire it."""
    edited = _edited(request)
    if request.method != "POST":
        return _page(request, edited, _answers_of(edited))
    answers = _answers(request.POST, edited)
    retires = edited is not None and "retire" in request.POST
    try:
        if request.actor.tenant_id is None:
            raise TenantRequired("Choose a tenant first.")
        actor = request.actor.for_purpose(answers.purpose)
        if retires:
            retire_purpose(actor=actor, tenant_id=request.actor.tenant_id, name=answers.name)
        else:
            set_purpose(
                actor=actor,
                tenant_id=request.actor.tenant_id,
                name=answers.name,
                title=answers.title,
                description=answers.description,
                allowed_actions=answers.actions.split(),
                in_production=answers.in_production,
                replaces=edited is not None,
            )
    except REFUSALS as refusal:
        wrong = with_purpose(problems_of(refusal), answers.purpose)
        return _page(request, edited, answers, wrong, status=refusal.status)
    said = _("%(name)s is retired.") if retires else _("%(name)s is in use within two seconds.")
    messages.success(request, said % {"name": answers.name})
    return HttpResponseRedirect(reverse("tenancy:purposes"))


def _edited(request: ActorRequest) -> Registered | None:
    name = request.GET.get("edit", "").replace("\x00", "")
    return read_purpose(actor=request.actor, name=name) if name else None


def _page(
    request: ActorRequest,
    edited: Registered | None,
    answers: PurposeAnswers,
    problems: Iterable[Problem] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    problems = tuple(problems)
    questions = _questions(
        answers,
        errors_of(problems),
        new=edited is None,
        retired=edited is not None and edited.retired,
    )
    form: SettingsForm = settings_form(questions, problems)
    context = {
        "purposes": read_purposes(actor=request.actor),
        "may_write": may_write_purposes(actor=request.actor),
        "edited": edited,
        "form": form,
    }
    return settings_page(request, "settings/purposes.html", "purposes", context, status=status)


def _answers(posted: QueryDict, edited: Registered | None) -> PurposeAnswers:
    def text(name: str) -> str:
        return posted.get(name, "").replace("\x00", "").strip()

    return PurposeAnswers(
        name=edited.purpose.name if edited else text("name"),
        title=text("title"),
        description=text("description"),
        actions=text("allowed_actions"),
        in_production=bool(posted.getlist("in_production")),
        purpose=text("purpose"),
    )


def _answers_of(edited: Registered | None) -> PurposeAnswers:
    if edited is None:
        return PurposeAnswers()
    kept = edited.purpose
    return PurposeAnswers(
        kept.name,
        kept.title,
        kept.description,
        "\n".join(kept.allowed_actions),
        kept.in_production,
    )


def _questions(
    answers: PurposeAnswers, texts: Mapping[str, str], *, new: bool, retired: bool
) -> Iterator[Question]:
    if new:
        yield Question(
            "name",
            _("Name"),
            hint=_("What is sent and recorded, such as legal.hold. It never changes."),
            error=texts.get("name", ""),
            value=answers.name,
            attrs={"autocomplete": "off", "autocapitalize": "off", "maxlength": "64"},
        )
    yield Question(
        "title",
        _("Title"),
        error=texts.get("title", ""),
        value=answers.title,
        attrs={"autocomplete": "off", "maxlength": "80"},
    )
    yield Question(
        "description",
        _("Description"),
        hint=_("When to choose it. One line."),
        error=texts.get("description", ""),
        value=answers.description,
        attrs={"autocomplete": "off", "maxlength": "300"},
    )
    yield Question(
        "allowed_actions",
        _("Allowed actions"),
        "textarea",
        required=False,
        hint=_("One a line: an action, or a family such as execution.*. Empty: every action."),
        error=texts.get("allowed_actions", ""),
        value=answers.actions,
        attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )
    yield Question(
        "in_production",
        _("Environments"),
        "checkboxes",
        required=False,
        options=(Option("yes", _("May be used in production"), answers.in_production),),
    )
    if not new:
        yield Question(
            "retire",
            _("State"),
            "checkboxes",
            required=False,
            options=(Option("yes", _("Retired: nothing more is done for it"), retired),),
        )
    yield ask_purpose(answers.purpose, texts.get("purpose", ""))
