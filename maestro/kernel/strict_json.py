"""JSON as what is signed must be: every name once, numbers that are numbers."""

from __future__ import annotations

import json
from typing import Any


def read_strictly(raw: bytes) -> Any:
    """The JSON value in `raw`, UTF-8.

    Raises `ValueError` for what is no JSON (RFC 8259), for a name given twice in one object, of
    which readers take different ones, and for NaN and Infinity, which JSON does not have.
    """
    try:
        return json.loads(raw.decode(), object_pairs_hook=_once_each, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("it gives a name twice in one object")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
