"""What a step waits for, and what its error means, in sentences. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maestro.runtime.states import WaitingFor

_LOGGED = re.compile(r"(\d\d:\d\d:\d\d\.\d{3}) (.*)", re.DOTALL)
SHOWN = 16 * 1024  # characters of a JSON value that a page shows


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error: the fact, its code, whether trying again is worth it, and what to do."""

    code: str
    title: str
    message: str
    todo: str
    retryable: bool


def trouble(error: Mapping[str, Any] | None, attempts: int = 0) -> Trouble | None:
    """An error as it is stored, for a person."""
    if not error:
        return None
    retryable = bool(error.get("retryable"))
    again = _("Trying again as it is will not help.")
    if retryable:
        again = _("Trying again later may help.")
    if attempts > 1:
        tried = ngettext("It was tried %(count)s time.", "It was tried %(count)s times.", attempts)
        again = f"{tried % {'count': attempts}} {again}"
    return Trouble(
        code=str(error.get("code", "failed")),
        title=str(error.get("message") or _("It failed")),
        message=again,
        todo=str(error.get("hint", "")),
        retryable=retryable,
    )


def waits_for(reason: str, *, fan: Mapping[str, Any] | None, given: str = "") -> str:
    """What a waiting step waits for; `given` says how far an approval is."""
    if reason == WaitingFor.APPROVAL:
        if not given:
            return _("people to approve")
        return _("people to approve, %(given)s") % {"given": given}
    if reason == WaitingFor.ITEMS and fan:
        return items_line(fan)
    return {
        WaitingFor.RETRY.value: _("its next attempt"),
        WaitingFor.TIMER.value: _("its time"),
        WaitingFor.CHILD.value: _("the workflow it called"),
    }.get(reason, "")


def items_line(fan: Mapping[str, Any]) -> str:
    """`3 of 10 items done, 1 failed`."""
    failed = fan.get("failed", 0)
    total = fan.get("total", 0)
    said = ngettext("%(done)s of %(total)s items done", "%(done)s of %(total)s items done", total)
    if failed:
        said = ngettext(
            "%(done)s of %(total)s items done, %(failed)s failed",
            "%(done)s of %(total)s items done, %(failed)s failed",
            total,
        )
    return said % {"done": fan.get("done", 0), "total": total, "failed": failed}


def log_lines(
    lines: Iterable[Any], *, started: datetime | None, failed: bool
) -> Iterator[tuple[datetime, str, bool]]:
    """A step's log: when, what, and whether it is what went wrong, the last line of a failure.

    A line is kept with its time of day in UTC; the day is the step's, or the next one.
    """
    moment = started or datetime.fromtimestamp(0, UTC)
    kept = [str(line) for line in lines]
    for index, line in enumerate(kept):
        found = _LOGGED.fullmatch(line)
        if found:
            at = datetime.combine(moment.astimezone(UTC), time.fromisoformat(found[1]), UTC)
            moment = at if at >= moment - timedelta(hours=1) else at + timedelta(days=1)
        yield moment, found[2] if found else line, failed and index == len(kept) - 1


def showable(value: Any) -> Any:
    """A JSON value if a page can show it whole, else the beginning of its text, said to be so."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) <= SHOWN:
        return value
    return _("%(text)s… (%(count)s characters in all)") % {
        "text": text[:SHOWN],
        "count": f"{len(text):,}",
    }
