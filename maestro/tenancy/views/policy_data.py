"""What policy is told of the tenant: what its work may reach, and when."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.services.read_purposes import may_write_policy_data, read_policy_data
from governance.services.set_policy_data import set_policy_data
from maestro.kernel.errors import Conflict, InvalidInput, Problem, TenantRequired
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.policy_data import (
    DataAnswers,
    answers_of,
    data_form,
    data_of,
    in_force,
    read_data_form,
)
from maestro.tenancy.pages.questions import REFUSALS, problems_of, with_purpose
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def policy_data(request: ActorRequest) -> HttpResponse:
    """What is in force; for who may, the form that changes it.

    Where somebody changed it meanwhile both are shown, and sending the form again takes its place.
    """
    if request.method != "POST":
        return _page(request)
    posted = {name: [str(text) for text in texts] for name, texts in request.POST.lists()}
    answers = read_data_form(posted)
    try:
        _set(request, answers)
    except REFUSALS as refusal:
        wrong = with_purpose(problems_of(refusal), answers.purpose)
        changed = isinstance(refusal, Conflict)
        return _page(request, answers, wrong, changed=changed, status=refusal.status)
    messages.success(request, _("It is in force within two seconds."))
    return HttpResponseRedirect(reverse("tenancy:policy_data"))


def _set(request: ActorRequest, answers: DataAnswers) -> None:
    if request.actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    data, problems = data_of(answers)
    if problems:
        raise InvalidInput("The policy data can't be like this.", problems=problems)
    set_policy_data(
        actor=request.actor.for_purpose(answers.purpose),
        tenant_id=request.actor.tenant_id,
        data=data,
        revision=_revision(answers.revision),
    )


def _revision(text: str) -> int:
    """The one that was read; what is none was never in force, and so is a conflict."""
    return int(text[:9]) if text.isascii() and text.isdigit() else -1


def _page(
    request: ActorRequest,
    answers: DataAnswers | None = None,
    problems: tuple[Problem, ...] = (),
    *,
    changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    data = read_policy_data(actor=request.actor)
    answers = answers or answers_of(data)
    if changed:  # they have seen now what is in force
        answers = replace(answers, revision=str(data.revision))
    context = {
        "facts": list(in_force(data)),
        "in_force": data.revision,
        "revision": answers.revision,
        "may_write": may_write_policy_data(actor=request.actor),
        "form": data_form(answers, problems),
    }
    return settings_page(
        request, "settings/policy_data.html", "policy_data", context, status=status
    )
