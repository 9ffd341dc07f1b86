"""Running an execution again from a step, with other parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from maestro.kernel.errors import Conflict, InvalidInput, Problem
from maestro.kernel.pages.summary import Wrong
from maestro.runtime.pages.answers import Answers, read_answers
from maestro.runtime.pages.editing import EDITS
from maestro.runtime.pages.run import run_form
from maestro.runtime.services.prepare_rerun import Rerun, prepare_rerun
from maestro.runtime.services.rerun_execution import rerun_execution
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in

CONFIRM = "confirmed"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def rerun(request: ActorRequest, execution_id: UUID) -> HttpResponse:
    """The form with the former parameters, for the step in `?step=`; sent, it starts the re-run."""
    step = request.GET.get("step", "").replace("\x00", "")
    asked = prepare_rerun(actor=request.actor, execution_id=execution_id, from_step=step)
    if request.method != "POST":
        return _page(request, asked, Answers(values=dict(asked.former.parameters)))
    posted = {name: [str(text) for text in texts] for name, texts in request.POST.lists()}
    answers = read_answers(asked.document, posted, zone=timezone.get_current_timezone())
    if any(button in request.POST for button in EDITS):
        return _page(request, asked, answers)
    if answers.problems:
        return _page(request, asked, answers, answers.problems, status=400)
    try:
        again = rerun_execution(
            actor=request.actor.for_purpose(asked.former.purpose),
            tenant_id=asked.former.tenant_id,
            execution_id=execution_id,
            from_step=step,
            parameters=answers.values,
            confirmed=request.POST.get(CONFIRM) == "1",
            idempotency_key=answers.idempotency_key(),
        )
    except InvalidInput as refusal:
        return _page(request, asked, answers, refusal.problems, status=400)
    except Conflict as refusal:
        problem = Problem("", refusal.message, refusal.code, refusal.hint)
        return _page(request, asked, answers, (problem,), status=refusal.status)
    return HttpResponseRedirect(reverse("runtime:execution", args=[again.pk]))


def _page(
    request: ActorRequest,
    asked: Rerun,
    answers: Answers,
    problems: tuple[Problem, ...] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    former = asked.former
    unconfirmed = next((each for each in problems if each.path == "/confirmed"), None)
    form = run_form(
        asked.document,
        answers,
        [_placed(each) for each in problems if each is not unconfirmed],
        stored=(),
        purposes=(),
        zone=timezone.get_current_timezone(),
    ).form
    if unconfirmed:
        form = replace(form, summary=(*form.summary, Wrong(_text(unconfirmed), "confirmed")))
    context: dict[str, Any] = {
        "execution": {
            "title": former.title,
            "short_id": str(former.pk)[-8:],
            "url": reverse("runtime:execution", args=[former.pk]),
            "purpose": former.purpose,
        },
        "step": asked.from_step,
        "kept": asked.kept,
        "repeated": asked.repeated,
        "approvals": asked.approvals,
        "reading": asked.reading(answers.values or {}) if unconfirmed else [],
        "unconfirmed": _text(unconfirmed) if unconfirmed else "",
        "form": form,
        "key": answers.nonce,
    }
    return render(request, "runtime/rerun.html", context, status=status)


def _text(problem: Problem) -> str:
    return f"{problem.message} {problem.hint}".strip()


def _placed(problem: Problem) -> Problem:
    """A problem of what this form does not ask, such as a secret, stands in the summary alone."""
    if problem.path.startswith("/parameters"):
        return problem
    return Problem(f"/former{problem.path}", problem.message, problem.code, problem.hint)
