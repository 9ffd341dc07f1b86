"""Parameter schemas to ask of, and the fields that ask."""

from __future__ import annotations

from typing import Any

from maestro.runtime.pages.fields import Field, walk
from maestro.runtime.pages.forms import describe


def schema(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required or []}


def field(made: dict[str, Any], name: str = "a", **more: Any) -> Field:
    return next(each for each in walk(describe(made, **more).fields) if each.path == f"/{name}")
