"""An execution as its page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.control_tasks import APPROVAL
from maestro.kernel.actor import Actor
from maestro.kernel.pages.graph import MAX_STEPS, Graph, GraphStep, draw
from maestro.kernel.templatetags.switchboard import words
from maestro.runtime.models import Execution
from maestro.runtime.pages.waterfall import axis
from maestro.runtime.services.follow_execution import Followed, Pulse
from maestro.runtime.states import STEP_ENDED, ExecutionStatus, StepStatus
from maestro.runtime.views.asking import approval, refusal_of
from maestro.runtime.views.outline import outline
from maestro.runtime.views.recorded import recorded
from maestro.runtime.views.steps import StepLine, drawn, shown_names, status_of, step_lines

STATUSES = ("failed", "running", "waiting", "queued", "succeeded", "skipped", "cancelled")
_TONES = {"succeeded": "ok", "failed": "bad", "running": "run", "waiting": "warn"}


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
    return recorded(followed) | {
        "now": now,
        "execution": outline(followed, counts),
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
        "approvals": [approval(asked, execution, actor, tried or {}) for asked in followed.asked],
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


def _can_resume(execution: Execution, counts: dict[str, int]) -> bool:
    ended_badly = execution.status in (ExecutionStatus.FAILED, ExecutionStatus.CANCELLED)
    return ended_badly and counts.get(StepStatus.SUCCEEDED, 0) > 0
