"""An execution as its page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.control_tasks import APPROVAL
from governance.models import ApprovalRequest, Receipt
from governance.services.verify_receipt import verify_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.pages.graph import MAX_STEPS, Graph, GraphStep, draw
from maestro.kernel.templatetags.switchboard import words
from maestro.runtime.models import Execution, Trigger
from maestro.runtime.pages.preview import Rule
from maestro.runtime.pages.waterfall import axis
from maestro.runtime.pages.words import showable, trouble
from maestro.runtime.services.follow_execution import Asked, Followed, Pulse
from maestro.runtime.states import EXECUTION_ENDED, STEP_ENDED, ExecutionStatus, StepStatus
from maestro.runtime.views.steps import StepLine, drawn, shown_names, status_of, step_lines

STATUSES = ("failed", "running", "waiting", "queued", "succeeded", "skipped", "cancelled")
_TONES = {"succeeded": "ok", "failed": "bad", "running": "run", "waiting": "warn"}
_TRIGGERS = {
    Trigger.API.value: gettext_lazy("the API"),
    Trigger.RERUN.value: gettext_lazy("re-run"),
    Trigger.WORKFLOW.value: gettext_lazy("another workflow"),
}


def execution_context(
    followed: Followed,
    *,
    actor: Actor,
    now: datetime,
    show: str = "",
    opened: str = "",
    tried: dict[str, Any] | None = None,
    graph: bool = False,
) -> dict[str, Any]:
    """The context of `runtime/execution.html`.

    `graph` is whether the steps are drawn as well. `show` is a step status to filter by, `opened` a
    step that is open. `tried` is a decision that was refused: the approval's id, error and rationale.
    """
    execution = followed.execution
    names = shown_names(followed, show)
    drawing, told = drawn(followed, names, now)
    steps = list(step_lines(followed, names, drawing, told, opened=opened))
    counts = _counts(followed)
    is_live = not execution.has_ended
    refused = followed.may_rerun
    return {
        "now": now,
        "execution": _execution(followed, counts),
        "notices": list(_notices(followed, counts, actor)),
        "steps": steps,
        "views": list(_views(execution.pk, graph=graph)) if len(followed.names) > 1 else [],
        "graph_wanted": graph,
        "graph": _graph(followed) if graph else None,
        "most_drawn": MAX_STEPS,
        "left_out": len(followed.names) - len(steps),
        "filters": list(_filters(execution.pk, counts, show)) if len(followed.names) > 8 else [],
        "done": sum(counts[status] for status in STEP_ENDED if status in counts),
        "total": len(followed.names),
        "ticks": drawing.ticks,
        "rate": drawing.rate,
        "approvals": [_approval(asked, execution, actor, tried or {}) for asked in followed.asked],
        "decisions": list(_decisions(followed)),
        "receipts": [_receipt(receipt) for receipt in followed.receipts],
        "evidence": _evidence(followed),
        "installation": _installation(followed),
        "action_url": reverse("runtime:act", args=[execution.pk]),
        "can_cancel": is_live
        and execution.cancel_requested_at is None
        and followed.may_cancel is None,
        "can_rerun": not is_live and refused is None,
        "can_resume": not is_live and refused is None and _can_resume(execution, counts),
        "rerun_why": refused.message if refused else "",
        "live_url": _live_url(execution, now, show),
        "etag": etag_of(_pulse(execution), now),
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "state": "verified" if verify_receipt(receipt).verified else "invalid",
        "text": receipt.kind,
        "id": receipt.pk,
        "url": reverse("tenancy:receipt", args=[receipt.pk]),
        "note": receipt.actor_name,
    }


def _evidence(followed: Followed) -> dict[str, Any] | None:
    found = followed.evidence
    if found is None:
        return None
    url = reverse("runtime:evidence", args=[followed.execution.pk])
    return {"url": url, "digest": found.digest}


def _installation(followed: Followed) -> dict[str, Any] | None:
    grant, execution = followed.grant, followed.execution
    if grant is None:
        return None
    return {
        "name": grant.name,
        "url": reverse("marketplace:installation", args=[grant.name]),
        "release": f"{grant.publisher}/{grant.slug}@{grant.number}",
        "statement": digest(grant.statement),
        "grant": grant.pk,
        "environment": execution.environment,
        "region": execution.region,
        # No start gets past policy unless it does.
        "verified_at": execution.created_at,
    }


def live_context(
    followed: Followed, *, actor: Actor, now: datetime, show: str, since: int, extent: str
) -> dict[str, Any]:
    """The context of `runtime/_live.html`: what changed after the revision `since`."""
    page = execution_context(followed, actor=actor, now=now, show=show)
    axis_changed = extent != _extent(_pulse(followed.execution), now)
    steps: list[StepLine] = page["steps"]
    return page | {
        "axis_changed": axis_changed,
        "approvals_changed": True,
        "steps": [step for step in steps if axis_changed or step.revision > since],
    }


def etag_of(pulse: Pulse, now: datetime) -> str:
    """What the page shows, in a word: the revision, and the scale on which it is drawn."""
    return f'"{pulse.revision}-{_extent(pulse, now)}"'


def _extent(pulse: Pulse, now: datetime) -> str:
    if pulse.started_at is None:
        return "0"
    unit, count = axis(max(((pulse.finished_at or now) - pulse.started_at).total_seconds(), 0.0))
    return f"{unit * count:g}"


def _pulse(execution: Execution) -> Pulse:
    return Pulse(execution.revision, execution.status, execution.started_at, execution.finished_at)


def _live_url(execution: Execution, now: datetime, show: str) -> str:
    url = reverse("runtime:live", args=[execution.pk])
    query = f"since={execution.revision}&extent={_extent(_pulse(execution), now)}"
    return f"{url}?{query}&show={show}" if show else f"{url}?{query}"


def _counts(followed: Followed) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in followed.names:
        status = status_of(followed.rows.get(name))
        counts[status] = counts.get(status, 0) + 1
    return counts


def shown_status(execution: Execution, *, runs: bool, waits: bool) -> str:
    """The status for people: waiting, when nothing runs and something waits."""
    if execution.status == ExecutionStatus.RUNNING and waits and not runs:
        return "waiting"
    return execution.status


def _execution(followed: Followed, counts: dict[str, int]) -> dict[str, Any]:
    execution = followed.execution
    runs = StepStatus.RUNNING in counts or any(
        row.status == StepStatus.QUEUED for row in followed.rows.values()
    )
    parent = execution.parent_step
    return {
        "id": execution.pk,
        "short_id": str(execution.pk)[-8:],
        "title": execution.title,
        "workflow": execution.workflow,
        "workflow_url": _workflow_url(execution),
        "again_url": _again_url(execution),
        "version": execution.version_number,
        "digest": execution.version_digest,
        "status": shown_status(execution, runs=runs, waits=StepStatus.WAITING in counts),
        "is_live": execution.status not in EXECUTION_ENDED,
        "started_by": execution.started_by_name,
        "purpose": execution.purpose,
        "reason": execution.reason,
        "trigger": str(_TRIGGERS.get(execution.trigger, "")),
        "created_at": execution.created_at,
        "started_at": execution.started_at,
        "finished_at": execution.finished_at,
        "seconds": seconds_of(execution),
        "cancel_requested": execution.cancel_requested_at is not None,
        "cancelled_by": execution.cancelled_by_name,
        "parent": _link(parent.execution_id) if parent else None,
        "rerun_of": _link(execution.rerun_of_id) if execution.rerun_of_id else None,
        "parameters": [(name, showable(value)) for name, value in execution.parameters.items()],
        "secrets": list(execution.secrets.items()),
        "endpoints": list(execution.endpoints.items()),
        "outputs": {name: showable(value) for name, value in execution.outputs.items()}
        if isinstance(execution.outputs, dict)
        else None,
        # What a step says itself is not said twice.
        "error": trouble(execution.error)
        if execution.error and "step" not in execution.error
        else None,
    }


def seconds_of(execution: Execution) -> float | None:
    """How long it took; None while it goes on, and for one that never began."""
    if execution.started_at is None or execution.finished_at is None:
        return None
    return (execution.finished_at - execution.started_at).total_seconds()


def _workflow_url(execution: Execution) -> str:
    publisher, _, slug = execution.workflow.partition("/")
    url = reverse("catalog:detail", args=[publisher, slug])
    return f"{url}?version={execution.version_number}"


def _again_url(execution: Execution) -> str:
    publisher, _, slug = execution.workflow.partition("/")
    return f"{reverse('runtime:run', args=[publisher, slug])}?from={execution.pk}"


def _link(execution_id: UUID) -> tuple[str, str]:
    return reverse("runtime:execution", args=[execution_id]), str(execution_id)[-8:]


def _notices(
    followed: Followed, counts: dict[str, int], actor: Actor
) -> Iterator[tuple[str, str, str]]:
    failed = counts.get(StepStatus.FAILED, 0)
    if failed:
        first = next(
            name for name in followed.names if status_of(followed.rows.get(name)) == "failed"
        )
        said = ngettext("%(count)s step failed", "%(count)s steps failed", failed)
        yield "failed", said % {"count": failed}, f"#step-{first}"
    pending = [asked for asked in followed.asked if asked.request.status == "pending"]
    yours = [asked for asked in pending if not refusal_of(asked, actor)]
    if yours:
        said = ngettext("%(count)s waits for you", "%(count)s wait for you", len(yours))
        yield "waiting", said % {"count": len(yours)}, "#approvals"
    elif pending:
        yield "waiting", _("Waits for people to approve"), "#approvals"


def _filters(
    execution_id: UUID, counts: dict[str, int], show: str
) -> Iterator[tuple[str, str, int | None, bool]]:
    url = reverse("runtime:execution", args=[execution_id])
    yield f"{url}#steps-h", _("All"), None, not show
    for status in STATUSES:
        if counts.get(status) or status == show:
            href = f"{url}?show={status}#steps-h"
            yield href, words(status), counts.get(status, 0), status == show


def _views(execution_id: UUID, *, graph: bool) -> Iterator[tuple[str, str, int | None, bool]]:
    url = reverse("runtime:execution", args=[execution_id])
    yield f"{url}#steps-h", _("Waterfall"), None, not graph
    yield f"{url}?view=graph#steps-h", _("Graph"), None, graph


def _graph(followed: Followed) -> Graph | None:
    """The steps with where each is; None for too many, and when what it follows is gone."""
    if followed.plan is None:
        return None
    steps = []
    for name, step in followed.plan.steps.items():
        status = status_of(followed.rows.get(name))
        steps.append(
            GraphStep(
                id=name,
                sub=words(status).lower(),
                needs=step.needs,
                gate=step.task == APPROVAL and status in ("queued", "waiting"),
                tone=_TONES.get(status, "off"),
            )
        )
    return draw(steps)


def refusal_of(asked: Asked, actor: Actor) -> str:
    """Why the one who looks may not decide; empty when they may."""
    for decision in asked.request.decisions.all():
        if decision.decided_by == actor.id:
            return _("You decided already.")
    return asked.refusal.message if asked.refusal else ""


def _approval(
    asked: Asked, execution: Execution, actor: Actor, tried: dict[str, Any]
) -> dict[str, Any]:
    request = asked.request
    why = refusal_of(asked, actor)
    again = tried if tried.get("id") == request.pk else {}
    return {
        "id": request.pk,
        "step": str(asked.step),
        "message": request.message,
        "state": request.status,
        "given": given(request),
        "count": request.count,
        "teams": request.teams,
        "reason": execution.reason,
        "started_by": execution.started_by_name,
        "expires_at": request.expires_at,
        "may": not why,
        "why": why or _("You may: you did not start this."),
        "url": reverse("runtime:decide", args=[execution.pk, request.pk]),
        "error": again.get("error", ""),
        "rationale": again.get("rationale", ""),
        "decisions": [
            {
                "state": "approved" if one.vote == "approve" else "rejected",
                "who": one.decided_by_name,
                "rationale": one.rationale,
                "at": one.created_at,
            }
            for one in request.decisions.all()
        ],
    }


def given(request: ApprovalRequest) -> int:
    """How many approved so far."""
    return sum(one.vote == "approve" for one in request.decisions.all())


def _decisions(followed: Followed) -> Iterator[Rule]:
    """What policy decided; for those who may not read decisions, what the execution itself says."""
    for decision in followed.decisions:
        who = decision.actor_name or decision.actor_kind
        state = "allowed" if decision.allow else "refused"
        yield Rule(state, f"{who}, {decision.revision}", decision.action)
    execution = followed.execution
    if not followed.decisions:
        code = str(execution.decision_id)[-8:] if execution.decision_id else ""
        yield Rule(
            "allowed", _("The start, for %(purpose)s") % {"purpose": execution.purpose}, code
        )
    for duty in execution.obligations:
        if duty.get("type") == "require_approval":
            count = duty.get("count", 1)
            said = ngettext(
                "%(count)s must approve before the first step",
                "%(count)s must approve before the first step",
                count,
            )
            yield Rule("needs_approval", said % {"count": count}, "require_approval")


def _can_resume(execution: Execution, counts: dict[str, int]) -> bool:
    ended_badly = execution.status in (ExecutionStatus.FAILED, ExecutionStatus.CANCELLED)
    return ended_badly and counts.get(StepStatus.SUCCEEDED, 0) > 0
