"""From what happened to a step to its attempts, and to the bars in its lane. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from maestro.runtime.pages.waterfall import Span

RETRYING, TAKEN_OVER, WAITING = "retrying", "taken_over", "waiting_for_"
_ENDED = {"succeeded": True, "failed": False}


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a step."""

    kind: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. `seconds` is None while it goes on, `code` empty unless it failed.

    The second one and later begin when they were due: when a worker took them is not recorded.
    """

    number: int
    started_at: datetime
    seconds: float | None
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A step's attempts, and the stretches of time that its lane is made of."""

    attempts: tuple[Attempt, ...] = ()
    worked: tuple[Span, ...] = ()
    waited: tuple[Span, ...] = ()


def timeline(
    *,
    status: str,
    started: datetime | None,
    finished: datetime | None,
    code: str,
    events: Iterable[Happened],
) -> Timeline:
    """What the events of a step tell, in their order; `code` is the error it ended with."""
    if started is None:
        return Timeline()
    told = _Telling(started, finished)
    for event in events:
        if event.kind == RETRYING:
            told.retries(event)
        elif event.kind == TAKEN_OVER:
            told.note = _("Its worker went silent; another one took over.")
        elif event.kind.startswith(WAITING):
            told.waits(event)
    return told.ended(status, code)


class _Telling:
    def __init__(self, started: datetime, finished: datetime | None) -> None:
        self.begin = started
        self.finished = finished
        self.note = ""
        self.number = 1
        self.waiting_since: datetime | None = None
        self.attempts: list[Attempt] = []
        self.worked: list[Span] = []
        self.waited: list[Span] = []

    def retries(self, event: Happened) -> None:
        after = float(event.data.get("after") or 0.0)
        error = event.data.get("error") or {}
        waited = _("Waited %(seconds)s s.") % {"seconds": f"{after:.1f}"}
        text = f"{self.note} {waited}".strip()
        self._attempt(event.at, code=str(error.get("code", "")), text=text)
        self.worked.append(Span(self.begin, event.at, ok=False))
        self.begin = event.at + timedelta(seconds=after)
        self.waited.append(Span(event.at, self.begin))
        self.number, self.note = self.number + 1, ""

    def waits(self, event: Happened) -> None:
        if self.waiting_since is None:
            self.worked.append(Span(self.begin, event.at))
            self.waiting_since = event.at

    def ended(self, status: str, code: str) -> Timeline:
        ok = _ENDED.get(status)
        waits_to_retry = bool(self.waited) and self.waiting_since is None
        if status == "waiting" and waits_to_retry:
            self.waited[-1] = replace(self.waited[-1], finished=None)
        elif self.waiting_since is not None:
            self.waited.append(Span(self.waiting_since, self.finished))
            self._attempt(self.finished, code=code if ok is False else "", text=self.note)
        else:
            self.worked.append(Span(self.begin, self.finished, ok=ok))
            self._attempt(self.finished, code=code if ok is False else "", text=self.note)
        return Timeline(tuple(self.attempts), tuple(self.worked), tuple(self.waited))

    def _attempt(self, end: datetime | None, *, code: str, text: str) -> None:
        seconds = None if end is None else max((end - self.begin).total_seconds(), 0.0)
        self.attempts.append(Attempt(self.number, self.begin, seconds, code, text))
