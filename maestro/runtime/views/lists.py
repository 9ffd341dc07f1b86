"""What was run, and what waits for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from catalog.document_schema import RISKS
from governance.purposes import purposes
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput
from maestro.kernel.pages.picks import picks
from maestro.kernel.templatetags.switchboard import words
from maestro.runtime.models import Execution, Trigger
from maestro.runtime.services.cancel_executions import may_cancel
from maestro.runtime.services.find_executions import find_executions
from maestro.runtime.services.read_approvals import Waiting, read_approvals
from maestro.runtime.services.read_executions import read_executions
from maestro.runtime.services.read_filters import read_filters
from maestro.runtime.states import ExecutionStatus
from maestro.runtime.views import filters
from maestro.runtime.views.asking import given
from maestro.runtime.views.outline import seconds_of, shown_status
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in

PAGE_SIZE = 25
LATEST = 5


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def execution_list(request: ActorRequest) -> HttpResponse:
    """Executions, newest first, by what the address asks for; pages go on by id, both ways.

    An address that asks for nothing shows the saved view that the list opens with, if there is one.
    Posted, what the address asks for is saved under a name.
    """
    asked = request.GET
    said = filters.said(asked)
    refused: InvalidInput | None = None
    if request.method == "POST":
        try:
            return filters.after_saving(filters.saved(request, said))
        except InvalidInput as problem:
            refused = problem
    views = read_filters(actor=request.actor)
    if not asked and refused is None and (opening := filters.opening(views)):
        return HttpResponseRedirect(f"?{opening}")
    context = _listed(request, said) | filters.views_context(request, said, views, refused)
    return render(request, "runtime/list.html", context, status=400 if refused else 200)


def _listed(request: ActorRequest, said: Mapping[str, str]) -> dict[str, Any]:
    asked, wanted = request.GET, filters.wanted(said)
    rows = read_executions(actor=request.actor)
    workflows = rows.workflows()
    cursor, newer_than = _place(asked, "cursor"), _place(asked, "after")
    found = find_executions(
        rows=rows,
        actor=request.actor,
        wanted=wanted,
        before=cursor,
        after=newer_than,
        most=PAGE_SIZE,
    )
    looked = ""
    if found.looked_to:
        text = ngettext(
            "Looked through %(count)s execution.",
            "Looked through %(count)s executions.",
            found.looked,
        )
        looked = text % {"count": f"{found.looked:,}"}
    return {
        "executions": [execution_row(execution) for execution in found.rows],
        "statuses": picks(
            [(each.value, words(each.value)) for each in ExecutionStatus], wanted.status
        ),
        "risks": picks([(name, words(name)) for name in RISKS], wanted.risk),
        "triggers": picks([(value, _(label)) for value, label in Trigger.choices], wanted.trigger),
        "purposes": picks([(each.name, _(each.title)) for each in purposes()], wanted.purpose),
        "workflows": workflows,
        "workflow": wanted.workflow,
        "installation": wanted.installation,
        "person": wanted.person,
        "since": said.get("from", ""),
        "until": said.get("to", ""),
        "mine": wanted.mine,
        "more_set": any(name not in ("status", "workflow", "mine") for name in said),
        "chips": list(filters.chips(said, dict(workflows))),
        "clear": f"{reverse('runtime:list')}?view={filters.ALL}",
        "pager": {
            "text": looked,
            "next": _link(asked, "cursor", found.older),
            "previous": _link(asked, "after", found.newer),
        },
        "looked": looked,
        "can_choose": any(not each.has_ended for each in found.rows)
        and may_cancel(actor=request.actor),
        "further_back": cursor is not None,
    }


@require_safe
@signed_in
def latest(request: ActorRequest) -> HttpResponse:
    """The latest runs of `?workflow=`, for the page of the workflow."""
    workflow = request.GET.get("workflow", "").replace("\x00", "")
    rows = read_executions(actor=request.actor).at_address(workflow).for_lists()[:LATEST]
    context = {"executions": [execution_row(execution) for execution in rows]}
    return render(request, "runtime/_latest.html", context)


@require_safe
@signed_in
def approvals(request: ActorRequest) -> HttpResponse:
    """What waits for people, and what they decided lately."""
    waiting, settled = read_approvals(actor=request.actor)
    context = {
        "waiting": [_waiting(each, request.actor) for each in waiting],
        "decided": [_settled(each) for each in settled],
    }
    return render(request, "runtime/approvals.html", context)


def _place(asked: QueryDict, name: str) -> UUID | None:
    try:
        return UUID(asked.get(name, "")) if asked.get(name) else None
    except ValueError:
        return None


def _link(asked: QueryDict, name: str, place: UUID | None) -> str:
    """The same filters from another place; empty where there is nothing more."""
    if place is None:
        return ""
    changed = asked.copy()
    for each in ("cursor", "after"):
        changed.pop(each, None)
    changed[name] = str(place)
    return f"?{changed.urlencode()}"


def execution_row(execution: Execution) -> dict[str, Any]:
    """An execution as `components/executions.html` shows it."""
    return {
        "id": execution.pk,
        "live": not execution.has_ended,
        "url": reverse("runtime:execution", args=[execution.pk]),
        "short_id": str(execution.pk)[-8:],
        "status": shown_status(execution, runs=False, waits=bool(getattr(execution, "asks", 0))),
        "title": execution.title,
        "workflow": execution.workflow,
        "version": execution.version_number,
        "started_by": execution.started_by_name or "Maestro",
        "purpose": execution.purpose,
        "started_at": execution.started_at,
        "seconds": seconds_of(execution),
    }


def _common(each: Waiting) -> dict[str, Any]:
    execution = each.step.execution
    page = reverse("runtime:execution", args=[execution.pk])
    return {
        "url": f"{page}#approval-{each.request.pk}",
        "question": each.request.message,
        "title": execution.title,
        "step": str(each.step),
        "requested_by": execution.started_by_name or "Maestro",
        "reason": execution.reason,
    }


def _waiting(each: Waiting, actor: Actor) -> dict[str, Any]:
    request = each.request
    decided = any(one.decided_by == actor.id for one in request.decisions.all())
    why = _("You decided already.") if decided else each.refusal.message if each.refusal else ""
    return _common(each) | {
        "since": request.created_at,
        "expires_at": request.expires_at,
        "count": request.count,
        "given": given(request),
        "teams": request.teams,
        "may": not why,
        "why": why,
    }


def _settled(each: Waiting) -> dict[str, Any]:
    request = each.request
    return _common(each) | {
        "state": request.status,
        "decided_at": request.decided_at,
        "by": ", ".join(one.decided_by_name for one in request.decisions.all()),
    }
