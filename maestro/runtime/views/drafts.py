"""Simulating a document before it is saved."""

from __future__ import annotations

from dataclasses import asdict, replace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.pages.drafting import draft_of
from catalog.pages.editing import editing
from catalog.services.examine_document import examine_document
from catalog.services.read_editing import read_editing
from maestro.kernel.errors import Denied, Problem
from maestro.runtime.pages.preview import Simulated, simulated
from maestro.runtime.services.simulate import simulate
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.questions import REFUSALS, problems_of
from maestro.tenancy.signed_in import signed_in


@require_POST
@signed_in
def simulate_draft(request: ActorRequest) -> HttpResponse:
    """The editor again, with what a run of its text would do, given its first example."""
    draft = draft_of(request.POST)
    begun = read_editing(actor=request.actor, address=draft.slug)
    examined = examine_document(actor=request.actor, source=draft.source, slug=draft.slug)
    problems: tuple[Problem, ...] = ()
    shown: Simulated | None = None
    status = 200 if examined.document else 400
    if examined.document:
        examples = examined.document.examples
        try:
            answer = simulate(
                actor=request.actor.for_purpose(draft.purpose),
                document=draft.text,
                parameters=examples[0].parameters if examples else {},
            )
        except (*REFUSALS, Denied) as refusal:
            problems, status = problems_of(refusal), refusal.status
        else:
            found = simulated(
                answer.status, answer.steps, hosts=answer.hosts, secrets=answer.secrets
            )
            given = _("It was given no parameters: the document has no example.")
            if examples:
                said = _("It was given the parameters of its first example, “%(title)s”.")
                given = said % {"title": examples[0].title}
            shown = replace(found, text=f"{given} {found.text}")
    context = editing(begun, draft, examined, problems)
    context |= {"simulation": asdict(shown) if shown else None, "focus": shown is None}
    return render(request, "catalog/edit.html", context, status=status)
