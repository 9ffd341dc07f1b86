"""The calls that tasks made, as lines of a step's log, and read back from them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from connectors.contract import MadeCall

MARK = "\u2192"  # begins the text of such a line, and of no other
MOST = 10  # kept of an attempt, and shown of a step
_LONGEST = 300  # characters of one part of a line
_LINE = re.compile(r"[\d:.]+ \u2192 (\S+) (\S+) (\S+) (\S+) (\S+) (\d{1,15}) B (\d{1,12}) ms (\S+)")


def line_of(made: MadeCall, redacted: Callable[[str], str]) -> str:
    """The text of a call's line, on one line whatever is in it. The query of a path is left out."""
    path = made.path.partition("?")[0]
    texts = (made.kind, made.method, made.host, path, made.status)
    parts = " ".join(_part(redacted(text)) for text in texts)
    took = max(0, round(made.seconds * 1000))
    size = max(0, int(made.size))
    return f"{MARK} {parts} {size} B {took} ms {_part(redacted(made.request_id))}"


def calls_in(log: Iterable[Any]) -> tuple[list[MadeCall], list[str]]:
    """The last calls that a log tells of, in order, and its other lines."""
    made: list[MadeCall] = []
    rest: list[str] = []
    for line in map(str, log):
        found = _LINE.fullmatch(line)
        if found is None:
            rest.append(line)
            continue
        kind, method, host, path, status, size, took, request_id = (
            "" if text == "-" else text for text in found.groups()
        )
        made.append(
            MadeCall(kind, method, host, path, status, int(size), int(took) / 1000, request_id)
        )
    return made[-MOST:], rest


def _part(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f]+", "_", text)[:_LONGEST] or "-"
