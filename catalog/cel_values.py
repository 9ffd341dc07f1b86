"""Values on their way into CEL and out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any


def shortest(paths: set[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The paths without those that lie inside another one."""
    kept: list[tuple[str, ...]] = []
    for path in sorted(paths, key=len):
        if not any(path[: len(other)] == other for other in kept):
            kept.append(path)
    return tuple(kept)


def _copy_path(scope: Mapping[str, Any], path: tuple[str, ...], data: dict[str, Any]) -> None:
    last = len(path) - 1
    for depth, name in enumerate(path):
        if name not in scope:
            return
        value = scope[name]
        if depth == last or not isinstance(value, Mapping):
            data[name] = value
            return
        scope = value
        data = data.setdefault(name, {})


def pick(scope: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """What `paths` name in `scope`, and nothing beside it: each value is converted for CEL."""
    data: dict[str, Any] = {}
    for path in paths:
        _copy_path(scope, path, data)
    return data


def longest(value: Any) -> tuple[int, int]:
    """The length of the longest text, in bytes at most, and of the longest list or map."""
    text = items = 0
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            size = len(part) if part.isascii() else len(part) * 4
            text = max(text, size)
        elif isinstance(part, Mapping):
            items = max(items, len(part))
            stack.extend(part.values())
            stack.extend(part)
        elif isinstance(part, list):
            items = max(items, len(part))
            stack.extend(part)
    return text, items


def kind_of(value: Any) -> str:
    """What a value is, for a message."""
    kinds = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return "null" if value is None else kinds.get(type(value), "a single value")


def rfc3339(value: datetime) -> str:
    """A timestamp as RFC 3339 has it, in UTC."""
    return value.isoformat().replace("+00:00", "Z")


def seconds(value: timedelta) -> str:
    """A duration as protobuf's JSON form has it: seconds and `s`."""
    microseconds = value // timedelta(microseconds=1)
    whole, rest = divmod(abs(microseconds), 1_000_000)
    fraction = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'-' if microseconds < 0 else ''}{whole}{fraction}s"


def explain(text: str) -> tuple[str, str]:
    """What went wrong, and what to do, for an error of the library."""
    text = re.sub(r"^[A-Z_]+: |\s*\[[A-Z_]+\]$", "", text.strip())
    missing = re.search(r'Key not found in map : "(.*)"', text)
    if missing:
        return (
            f"there is no {missing.group(1)!r} in what it reads",
            'Correct the name, or guard it: has(a.b) ? a.b : "".',
        )
    if "No matching overloads" in text:
        return (
            f"it combines values that do not go together ({text})",
            "Convert one of them: string(x), int(x), double(x); 1 is an integer, 1.0 is not.",
        )
    if "Iteration budget" in text:
        return ("it loops more than 10,000 times", "Filter earlier, or do it in several steps.")
    if "out of range for" in text:
        return ("it reads an integer that does not fit 64 bits", "Have it sent as text.")
    return (text[:300], "Check what the expression reads against what the steps really gave.")
