"""What was run, and what waits for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maestro.kernel.actor import Actor
from maestro.runtime.models import Execution
from maestro.runtime.querysets import ExecutionQuerySet
from maestro.runtime.services.read_approvals import Waiting, read_approvals
from maestro.runtime.services.read_executions import read_executions
from maestro.runtime.states import ExecutionStatus
from maestro.runtime.views.showing import given, seconds_of, shown_status
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in

PAGE_SIZE = 25
LATEST = 5


@require_safe
@signed_in
def execution_list(request: ActorRequest) -> HttpResponse:
    """Executions, newest first, by status, workflow and person; the next page goes on by id."""
    asked = request.GET
    status, workflow, mine = _asked(asked)
    rows = read_executions(actor=request.actor)
    workflows = rows.workflows()
    found = _found(rows, request.actor, status=status, workflow=workflow, mine=mine)
    cursor = _cursor(asked.get("cursor", ""))
    if cursor is not None:
        found = found.before(cursor)
    page = list(found.for_lists()[: PAGE_SIZE + 1])
    following = _link(asked, str(page[PAGE_SIZE - 1].pk)) if len(page) > PAGE_SIZE else ""
    context = {
        "executions": [_row(execution) for execution in page[:PAGE_SIZE]],
        "statuses": [
            (each.value, each.value.capitalize(), each.value == status) for each in ExecutionStatus
        ],
        "workflows": workflows,
        "workflow": workflow,
        "mine": mine,
        "chips": list(_chips(status, workflow, mine, dict(workflows))),
        "clear": reverse("runtime:list"),
        "pager": {"next": following, "previous": _link(asked, "") if cursor else ""},
        "further_back": cursor is not None,
    }
    return render(request, "runtime/list.html", context)


@require_safe
@signed_in
def latest(request: ActorRequest) -> HttpResponse:
    """The latest runs of `?workflow=`, for the page of the workflow."""
    workflow = request.GET.get("workflow", "").replace("\x00", "")
    rows = read_executions(actor=request.actor).at_address(workflow).for_lists()[:LATEST]
    context = {"executions": [_row(execution) for execution in rows]}
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


def _asked(asked: QueryDict) -> tuple[str, str, bool]:
    status = asked.get("status", "")
    known = {each.value for each in ExecutionStatus}
    workflow = asked.get("workflow", "").replace("\x00", "")
    return status if status in known else "", workflow, asked.get("mine") == "1"


def _found(
    rows: ExecutionQuerySet, actor: Actor, *, status: str, workflow: str, mine: bool
) -> ExecutionQuerySet:
    if status:
        rows = rows.with_status(status)
    if workflow:
        rows = rows.at_address(workflow)
    if mine and actor.id is not None:
        rows = rows.started_by_person(actor.id)
    return rows


def _cursor(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _link(asked: QueryDict, cursor: str) -> str:
    changed = asked.copy()
    changed.pop("cursor", None)
    if cursor:
        changed["cursor"] = cursor
    return f"?{changed.urlencode()}"


def _chips(
    status: str, workflow: str, mine: bool, titles: dict[str, str]
) -> Iterator[tuple[str, str | None, str, str]]:
    if status:
        yield "status", None, "Status", status.capitalize()
    if workflow:
        yield "workflow", None, "Workflow", titles.get(workflow, workflow)
    if mine:
        yield "mine", None, "Started by", "me"


def _row(execution: Execution) -> dict[str, Any]:
    return {
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
    why = "You decided already." if decided else each.refusal.message if each.refusal else ""
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
