"""An execution in time: when each step ran, how often it was tried, what it waited for. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

LANE: Final = 1000.0  # the width of the drawing, in its own units
LEAST: Final = 4.0  # the narrowest bar that can be seen
MAX_TICKS: Final = 5

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
UNITS: Final = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(each * _MINUTE for each in (1, 2, 5, 10, 15, 30)),
    *(each * _HOUR for each in (1, 2, 4, 6, 12)),
    *(each * _DAY for each in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when; `finished` is None while it goes on. `ok` is None until it is known."""

    started: datetime
    finished: datetime | None = None
    ok: bool | None = None


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What is known of one step. Without attempts and waits it is drawn as one bar."""

    key: str
    task: str
    status: str
    started: datetime | None = None
    finished: datetime | None = None
    attempts: tuple[Span, ...] = ()
    waits: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in a lane of 1000. `grows` is when it began, while it still goes on."""

    x: float
    width: float
    tone: str  # a class: b-ok, b-bad, b-run, b-wait or b-off
    grows: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid and what it says."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One step's lane. `seconds` is how long it took or takes so far; None if it never began."""

    key: str
    task: str
    status: str
    bars: tuple[Bar, ...]
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All lanes over one axis. `rate` is lane units per millisecond, for bars that still grow."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    extent: float  # seconds
    rate: float


def axis(seconds: float) -> tuple[float, int]:
    """The unit, in seconds, and how many of it span at least `seconds`; never more than five.

    The end moves only from one round figure to the next, so a page that is looked at while time
    passes keeps its scale for a while. A live page must redraw all lanes when it changes.
    """
    unit = next((each for each in UNITS if seconds <= each * MAX_TICKS), 0.0)
    if not unit:
        unit = math.ceil(seconds / MAX_TICKS / UNITS[-1]) * UNITS[-1]
    return unit, max(1, math.ceil(seconds / unit - 1e-9))


def waterfall(
    steps: Iterable[StepFacts], *, started: datetime, finished: datetime | None, now: datetime
) -> Waterfall:
    """The lanes of an execution that began at `started`; what goes on is drawn up to `now`.

    Times before the start or after the end (clocks differ between workers) are drawn at the edge.
    """
    steps = tuple(steps)
    end = finished or now
    last = max((step.finished for step in steps if step.finished), default=end)
    unit, count = axis(max((max(end, last) - started).total_seconds(), 0.0))
    extent = unit * count
    scale = LANE / extent
    rows = tuple(
        Row(
            key=step.key,
            task=step.task,
            status=step.status,
            bars=_bars(step, started=started, now=end, scale=scale),
            seconds=_seconds(step, end),
        )
        for step in steps
    )
    ticks = tuple(Tick(LANE * at / count, _label(unit * at)) for at in range(count + 1))
    return Waterfall(rows, ticks, extent, scale / 1000)


def _bars(step: StepFacts, *, started: datetime, now: datetime, scale: float) -> tuple[Bar, ...]:
    spans = [(span, "b-wait") for span in step.waits]
    spans += [(span, _tone(span, step.status)) for span in step.attempts]
    if not spans and step.started is not None:
        tones = {
            "succeeded": "b-ok",
            "failed": "b-bad",
            "running": "b-run",
            "waiting": "b-wait",
        }
        spans = [(Span(step.started, step.finished), tones.get(step.status, "b-off"))]
    spans.sort(key=lambda pair: pair[0].started)
    return tuple(_bar(span, tone, started=started, now=now, scale=scale) for span, tone in spans)


def _tone(span: Span, status: str) -> str:
    if span.ok is not None:
        return "b-ok" if span.ok else "b-bad"
    if span.finished is None:
        return "b-run" if status in {"running", "waiting"} else "b-off"
    return "b-off"


def _bar(span: Span, tone: str, *, started: datetime, now: datetime, scale: float) -> Bar:
    begin = (span.started - started).total_seconds() * scale
    end = ((span.finished or now) - started).total_seconds() * scale
    x = min(max(begin, 0.0), LANE - LEAST)
    width = min(max(end - x, LEAST), LANE - x)
    grows = span.started if span.finished is None and tone in {"b-run", "b-wait"} else None
    return Bar(round(x, 1), round(width, 1), tone, grows)


def _seconds(step: StepFacts, now: datetime) -> float | None:
    if step.started is None:
        return None
    return max(((step.finished or now) - step.started).total_seconds(), 0.0)


def _label(seconds: float) -> str:
    if seconds == 0:
        return "0"
    if seconds < 1:
        return f"{seconds * 1000:g} ms"
    for size, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {name}"
    if seconds > _HOUR:
        return f"{seconds / _MINUTE:g} min"
    return f"{round(seconds, 2):g} s"
