"""Durations as documents write them: a whole number and one unit, `250ms`, `20s`, `5m`, `72h`."""

from __future__ import annotations

import re

MAX_SECONDS = 8760 * 3600.0
"""The longest duration: a year of 365 days, in seconds."""

PATTERN = r"^(0|[1-9][0-9]{0,12})(ms|s|m|h)$"
"""The regular expression of a duration, as JSON Schema and editors use it."""

_DURATION = re.compile(PATTERN.removeprefix("^").removesuffix("$"))
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}


def parse_duration(text: str) -> float:
    """The seconds that `text` says.

    Raises `ValueError`, whose message is for a person, when it is no duration or is longer than
    `MAX_SECONDS`.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(
            "A duration is a whole number and one of ms, s, m, h: 250ms, 20s, 5m, 72h."
        )
    seconds = int(match.group(1)) * _MILLISECONDS[match.group(2)] / 1000
    if seconds > MAX_SECONDS:
        raise ValueError("A duration is at most 8760h, a year.")
    return seconds


def format_duration(seconds: float) -> str:
    """The shortest form of `seconds` (0 to `MAX_SECONDS`), rounded to milliseconds.

    Raises `ValueError` when `seconds` is outside these bounds.
    """
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError("A duration is between 0 and 8760h.")
    milliseconds = round(seconds * 1000)
    for unit in ("h", "m", "s"):
        if milliseconds and milliseconds % _MILLISECONDS[unit] == 0:
            return f"{milliseconds // _MILLISECONDS[unit]}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0s"
