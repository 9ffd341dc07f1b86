"""The steps of an execution as its page shows them: lines, lanes, and what is inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.control_tasks import CALL
from connectors.contract import MadeCall
from maestro.runtime.calls import calls_in
from maestro.runtime.engine import FAILED_NEED
from maestro.runtime.models import StepRun
from maestro.runtime.pages.timeline import Attempt, Happened, Timeline, timeline
from maestro.runtime.pages.waterfall import Bar, StepFacts, Waterfall, waterfall
from maestro.runtime.pages.words import (
    Trouble,
    items_line,
    log_lines,
    showable,
    trouble,
    waits_for,
)
from maestro.runtime.services.follow_execution import Followed
from maestro.runtime.states import StepStatus

LINES = 200  # shown of a large execution, and besides them those that are under way or failed
MORE_LINES = 100


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item of a step that runs for each of many."""

    index: int
    status: str
    attempt: int
    error: Trouble | None
    child: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class StepDetail:
    """What is inside an open step."""

    input: Any
    output: Any
    output_digest: str
    output_size: int
    output_url: str
    error: Trouble | None
    attempts: tuple[Attempt, ...]
    log: tuple[tuple[datetime, str, bool], ...]
    calls: tuple[MadeCall, ...]
    child: tuple[str, str] | None
    key: str
    item_counts: Mapping[str, int]
    items: tuple[ItemLine, ...]
    decisions: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step's line in the waterfall; `detail` is None where it is read when it is opened."""

    key: str
    id: str
    task: str
    note: str
    status: str
    attempt: int
    attempts: int
    started_at: datetime | None
    seconds: float | None
    url: str
    part_url: str
    bars: tuple[Bar, ...] = ()
    open: bool = False
    can_rerun: bool = False
    edit_url: str = ""
    waits: str = ""
    until: datetime | None = None
    revision: int = -1
    detail: StepDetail | None = field(default=None)


def drawn(
    followed: Followed, names: Iterable[str], now: datetime
) -> tuple[Waterfall, dict[str, Timeline]]:
    """The lanes of these steps over the execution's time, and what happened to each."""
    told = {name: _told(followed, name) for name in names}
    execution = followed.execution
    facts = [
        StepFacts(
            key=name,
            task=row.task,
            status=row.status,
            started=row.started_at,
            finished=row.finished_at,
            attempts=told[name].worked if len(told[name].worked) > 1 or told[name].waited else (),
            waits=told[name].waited,
        )
        for name in told
        if (row := followed.rows.get(name)) is not None
    ]
    drawing = waterfall(
        facts,
        started=execution.started_at or execution.created_at,
        finished=execution.finished_at,
        now=now,
    )
    return drawing, told


def shown_names(followed: Followed, wanted: str) -> list[str]:
    """The steps to show: of `wanted` status, or all; of very many the first ones and what matters."""
    names = list(followed.names)
    if wanted:
        names = [name for name in names if status_of(followed.rows.get(name)) == wanted]
        return names[: LINES + MORE_LINES]
    if len(names) <= LINES + MORE_LINES:
        return names
    matters = {StepStatus.FAILED, StepStatus.RUNNING, StepStatus.WAITING}
    more = [
        name
        for name in names[LINES:]
        if (row := followed.rows.get(name)) is not None and row.status in matters
    ]
    return [*names[:LINES], *more[:MORE_LINES]]


def status_of(row: StepRun | None) -> str:
    """Where a step is; one that has not come to be yet is queued."""
    return row.status if row is not None else StepStatus.QUEUED.value


def step_lines(
    followed: Followed,
    names: Iterable[str],
    drawing: Waterfall,
    told: Mapping[str, Timeline],
    *,
    opened: str = "",
) -> Iterator[StepLine]:
    """The lines of these steps, in their order."""
    lanes = {row.key: row for row in drawing.rows}
    first_failed = next(
        (name for name in followed.names if status_of(followed.rows.get(name)) == "failed"), ""
    )
    ended = followed.execution.has_ended
    for name in names:
        row = followed.rows.get(name)
        step = followed.plan.steps.get(name) if followed.plan else None
        task = row.task if row else step.task if step else ""
        lane = lanes.get(name)
        url, part_url = _urls(followed.execution.pk, name)
        can_rerun = ended and row is not None and followed.may_rerun is None
        yield StepLine(
            key=name,
            id=name,
            task=task,
            note=_note(row, task),
            status=status_of(row),
            attempt=row.attempt if row else 0,
            attempts=step.retry.attempts if step else 0,
            started_at=row.started_at if row else None,
            seconds=lane.seconds if lane else None,
            url=url,
            part_url=part_url,
            bars=lane.bars if lane else (),
            open=name in (opened, first_failed),
            can_rerun=can_rerun,
            edit_url=_edit_url(followed, name) if can_rerun else "",
            waits=waits_for(row.waiting_for, fan=row.fan, given=_given(followed, row))
            if row
            else "",
            until=row.next_attempt_at if row and row.status == StepStatus.WAITING else None,
            revision=row.revision if row else -1,
            detail=_detail(followed, row, told.get(name, Timeline()))
            if row and name in followed.detailed
            else _nothing_yet()
            if row is None
            else None,
        )


def _urls(execution_id: UUID, name: str) -> tuple[str, str]:
    page = reverse("runtime:execution", args=[execution_id])
    part = reverse("runtime:step", args=[execution_id, name])
    return f"{page}?step={name}#step-{name}", part


def _edit_url(followed: Followed, name: str) -> str:
    """Where it is run again from this step with other parameters; empty if there are none."""
    execution = followed.execution
    if not execution.parameters or followed.plan is None:
        return ""
    return f"{reverse('runtime:rerun', args=[execution.pk])}?step={name}"


def _note(row: StepRun | None, task: str) -> str:
    if row is None:
        return task
    if row.status == StepStatus.SKIPPED:
        error = row.error or {}
        because = error.get("message") if error.get("code") == FAILED_NEED else ""
        return str(because or _("its condition did not hold"))
    if row.fan is not None:
        return f"{task}, {items_line(row.fan)}"
    return task


def _given(followed: Followed, row: StepRun) -> str:
    for asked in followed.asked:
        if asked.request.pk == row.related_id:
            votes = sum(one.vote == "approve" for one in asked.request.decisions.all())
            return _("%(given)s of %(count)s did") % {
                "given": votes,
                "count": asked.request.count,
            }
    return ""


def _told(followed: Followed, name: str) -> Timeline:
    row = followed.rows.get(name)
    if row is None:
        return Timeline()
    return timeline(
        status=row.status,
        started=row.started_at,
        finished=row.finished_at,
        code=str((row.error or {}).get("code", "")),
        events=[Happened(one.kind, one.at, one.data) for one in followed.events.get(name, ())],
    )


def _detail(followed: Followed, row: StepRun, told: Timeline) -> StepDetail:
    execution_id = followed.execution.pk
    large = bool(row.output_file)
    output_url = reverse("runtime:output", args=[execution_id, row.step_id])
    shown = None if large else showable(row.output)
    made, lines = calls_in(row.log)
    return StepDetail(
        input=showable(row.input),
        output=shown,
        output_digest=row.output_digest if row.output_digest.startswith("sha256:") else "",
        output_size=row.output_size,
        output_url=output_url if large else "",
        error=trouble(row.error, row.attempt) if row.status == StepStatus.FAILED else None,
        attempts=told.attempts,
        log=tuple(log_lines(lines, started=row.started_at, failed=row.status == StepStatus.FAILED)),
        calls=tuple(made),
        child=child_of(row),
        key=f"{execution_id}:{row.step_id}" if row.task != CALL else "",
        item_counts=followed.item_counts.get(row.step_id, {}),
        items=tuple(
            ItemLine(
                index=item.item_index,
                status=item.status,
                attempt=item.attempt,
                error=trouble(item.error, item.attempt),
                child=child_of(item),
            )
            for item in followed.items.get(row.step_id, ())
        ),
    )


def _nothing_yet() -> StepDetail:
    return StepDetail(None, None, "", 0, "", None, (), (), (), None, "", {}, ())


def child_of(row: StepRun) -> tuple[str, str] | None:
    """The page and the short id of the execution that a step started."""
    if row.task != CALL or row.related_id is None:
        return None
    return reverse("runtime:execution", args=[row.related_id]), str(row.related_id)[-8:]
