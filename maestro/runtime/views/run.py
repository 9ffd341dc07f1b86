"""Run Workflow: a form made from the document, what policy says first, and the start."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from governance.purposes import find_purpose
from maestro.kernel.errors import (
    Conflict,
    Denied,
    InvalidInput,
    MaestroError,
    NotFound,
    Problem,
    PurposeRequired,
    TooManyRequests,
)
from maestro.runtime.pages.answers import Answers, Fitted, fitted, read_answers, same_answers
from maestro.runtime.pages.editing import EDITS
from maestro.runtime.pages.forms import first_values
from maestro.runtime.pages.preview import ABOUT_PURPOSE, simulated
from maestro.runtime.services.prepare_run import Prepared, check_run, prepare_run
from maestro.runtime.services.read_inputs import read_inputs
from maestro.runtime.services.simulate import simulate
from maestro.runtime.services.start_execution import start_execution
from maestro.runtime.views.presets import picked, save, with_preset
from maestro.runtime.views.run_page import panel, run_page
from maestro.tenancy.for_a_purpose import asking_when_needed
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@asking_when_needed
def run(request: ActorRequest, /, **named: str) -> HttpResponse:
    """The form, filled from the first example, `?from=` an execution or a `?preset=`; that of an
    installation (`installation_name` in place of `publisher` and `slug`) from what it says.

    Sent, it changes the rows of a list, saves the answers, simulates or starts.
    """
    prepared = _prepared(request, **named)
    if request.method != "POST":
        answers, fit = _first(request, prepared)
        return run_page(request, prepared, answers, fit=fit)
    answers = _answers(request, prepared)
    if any(button in request.POST for button in EDITS):
        return run_page(request, prepared, answers)
    if request.POST.get("mode") == "simulate":
        return _simulate(request, prepared, answers)
    if request.POST.get("mode") == "save":
        return _save(request, prepared, answers)
    return _start(request, prepared, answers)


@require_POST
@signed_in
def run_preview(request: ActorRequest, /, **named: str) -> HttpResponse:
    """What would happen if the form were sent now: the panel alone, for HTMX."""
    prepared = _prepared(request, **named)
    answers = _answers(request, prepared)
    return render(request, "runtime/_preview.html", panel(request, prepared, answers))


def _prepared(
    request: ActorRequest, publisher: str = "", slug: str = "", installation_name: str = ""
) -> Prepared:
    if installation_name:
        return prepare_run(actor=request.actor, installation=installation_name)
    version = request.GET.get("version", "").replace("\x00", "")
    return prepare_run(actor=request.actor, workflow=f"{publisher}/{slug}", version=version)


def _first(request: ActorRequest, prepared: Prepared) -> tuple[Answers, Fitted | None]:
    """What a new form holds: nothing yet, a preset with how far it fits, what `?from=` was started
    with, or what an installation says."""
    asked = "" if prepared.granted else request.GET.get("from", "")
    if asked:
        return _former(request, prepared, asked), None
    kept = picked(request, prepared)
    if kept:
        fit = fitted(prepared.document, kept.answers["parameters"])
        held = {**kept.answers, "parameters": fit.parameters}
        return same_answers(prepared.document, **held), fit
    chosen = find_purpose(request.actor.purpose, prepared.tenant_id)
    purpose = chosen.name if chosen else ""
    if prepared.granted is None:
        return Answers(values=None, purpose=purpose), None
    defaults = first_values(prepared.document.parameters, {})
    return Answers(values={**defaults, **prepared.granted.grant.parameters}), None


def _former(request: ActorRequest, prepared: Prepared, asked: str) -> Answers:
    try:
        former = UUID(asked)
    except ValueError:
        hint = "Follow the link on the execution’s page."
        raise NotFound("There is no such execution.", hint=hint) from None
    inputs = read_inputs(
        actor=request.actor, execution_id=former, workflow=prepared.definition.address
    )
    return same_answers(
        prepared.document,
        parameters=inputs.parameters,
        secrets=inputs.secrets,
        endpoints=inputs.endpoints,
        purpose=inputs.purpose,
        reason=inputs.reason,
    )


def _answers(request: ActorRequest, prepared: Prepared) -> Answers:
    posted = {name: [str(text) for text in texts] for name, texts in request.POST.lists()}
    return read_answers(prepared.document, posted, zone=timezone.get_current_timezone())


def _start(request: ActorRequest, prepared: Prepared, answers: Answers) -> HttpResponse:
    problems = [*_problems(prepared, answers, reason=answers.reason)]
    if not answers.purpose:
        problems.append(Problem("/purpose", _("Choose what this run is for."), "purpose_required"))
    if problems:
        return run_page(request, prepared, answers, problems, status=400)
    try:
        started = start_execution(
            actor=request.actor.for_purpose(answers.purpose),
            **_named(prepared),
            parameters=answers.values,
            secrets=answers.secrets,
            endpoints=answers.endpoints,
            reason=answers.reason,
            idempotency_key=answers.idempotency_key(),
        )
    except (InvalidInput, Denied, PurposeRequired, Conflict, TooManyRequests) as refusal:
        return run_page(request, prepared, answers, _refused(refusal), status=refusal.status)
    if not started.created:
        messages.info(request, _("This form was sent before. Here is what it started then."))
    return HttpResponseRedirect(reverse("runtime:execution", args=[started.execution.pk]))


def _named(prepared: Prepared) -> dict[str, Any]:
    if prepared.granted is not None:
        return {"installation": prepared.granted.grant.installation_id}
    return {"workflow": prepared.definition.address, "version": prepared.version.version}


def _simulate(request: ActorRequest, prepared: Prepared, answers: Answers) -> HttpResponse:
    problems = _problems(prepared, answers)
    if problems:
        return run_page(request, prepared, answers, problems, status=400)
    try:
        answer = simulate(
            actor=request.actor.for_purpose(answers.purpose),
            **_named(prepared),
            parameters=answers.values,
            secrets=answers.secrets,
            endpoints=answers.endpoints,
        )
    except (InvalidInput, Denied, PurposeRequired, Conflict) as refusal:
        return run_page(request, prepared, answers, _refused(refusal), status=refusal.status)
    # While no purpose is chosen, that it is missing is asked for by the form itself.
    open_yet = () if answers.purpose else (*ABOUT_PURPOSE, "purpose_not_granted")
    shown = simulated(
        answer.status,
        answer.steps,
        hosts=answer.hosts,
        secrets=answer.secrets,
        refusals=[one for one in answer.refusals if one["code"] not in open_yet],
        missing=answer.missing_secrets,
    )
    return run_page(request, prepared, answers, simulation=shown)


def _save(request: ActorRequest, prepared: Prepared, answers: Answers) -> HttpResponse:
    try:
        if answers.problems:
            raise InvalidInput("", problems=_problems(prepared, answers))
        preset, whole = save(request, prepared, answers)
    except InvalidInput as refusal:
        fact = _("Nothing was saved.")
        return run_page(request, prepared, answers, refusal.problems, fact=fact, status=400)
    text = (
        _("Saved as %(name)s.") if whole else _("Saved as %(name)s. Secret values were left out.")
    )
    messages.success(request, text % {"name": preset.name})
    return HttpResponseRedirect(f"?{with_preset(request, preset.pk)}")


def _problems(
    prepared: Prepared, answers: Answers, *, reason: str | None = None
) -> tuple[Problem, ...]:
    """What could not be understood; if all was, what is not allowed. Secrets and endpoints always.

    A reason is asked for by a start alone.
    """
    values = {} if answers.problems else answers.values or {}
    found = check_run(
        prepared=prepared,
        parameters=values,
        secrets=answers.secrets,
        endpoints=answers.endpoints,
        reason=reason,
    )
    if answers.problems:
        found = tuple(each for each in found if not each.path.startswith("/parameters"))
    return (*answers.problems, *found)


def _refused(refusal: MaestroError) -> list[Problem]:
    if isinstance(refusal, InvalidInput) and refusal.problems:
        return list(refusal.problems)
    if isinstance(refusal, Denied) and refusal.reasons:
        return [
            Problem(_place(reason.code), reason.message, reason.code) for reason in refusal.reasons
        ]
    return [Problem(_place(refusal.code), refusal.message, refusal.code, refusal.hint)]


def _place(code: str) -> str:
    return "/purpose" if code in ABOUT_PURPOSE else f"/{code}"
