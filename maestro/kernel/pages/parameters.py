"""A parameter schema as a table for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from maestro.kernel.pages.shapes import Kind, Member, Shape, shape_of

_TEXTS = {
    "email": "e-mail",
    "uri": "URL",
    "iri": "URL",
    "date": "date",
    "date-time": "date and time",
    "time": "time",
    "duration": "duration",
    "uuid": "UUID",
    "hostname": "host name",
    "ipv4": "IPv4 address",
    "ipv6": "IPv6 address",
}
_WORDS = {
    Kind.NUMBER: "number",
    Kind.INTEGER: "whole number",
    Kind.BOOLEAN: "yes or no",
    Kind.GROUP: "object",
    Kind.ANY: "JSON",
}


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter. `name` has dots for what is inside a group; `default` is empty for none."""

    name: str
    type: str
    required: bool
    meaning: str
    default: str = ""
    choices: tuple[str, ...] = ()


def parameter_rows(schema: Any) -> tuple[ParameterRow, ...]:
    """The parameters in the order of the form, each group followed by what is in it."""
    return tuple(_rows(shape_of(schema).members, prefix="", needed=True))


def _rows(members: tuple[Member, ...], *, prefix: str, needed: bool) -> list[ParameterRow]:
    rows = []
    for member in members:
        name, required = prefix + member.name, needed and member.required
        if member.shape.kind is Kind.GROUP:
            rows += _rows(member.shape.members, prefix=f"{name}.", needed=required)
        else:
            rows.append(_row(name, member.shape, required))
    return rows


def _row(name: str, shape: Shape, required: bool) -> ParameterRow:
    schema = shape.schema
    choices = shape.choices or (shape.item.choices if shape.item else ())
    meaning = schema.get("description") or schema.get("title") or ""
    default = ""
    if shape.has_default:
        given = schema["default"]
        default = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return ParameterRow(
        name=name,
        type=type_words(shape),
        required=required and not shape.has_default,
        meaning=str(meaning),
        default=default,
        choices=tuple(choice.label for choice in choices[:8]),
    )


def type_words(shape: Shape) -> str:
    """What sort of answer it is, in a word or two."""
    if shape.kind is Kind.CHOICE:
        return f"one of {len(shape.choices)}"
    if shape.kind is Kind.CONST:
        return "fixed"
    if shape.kind is Kind.TEXT:
        return _TEXTS.get(str(shape.schema.get("format", "")), "text")
    if shape.kind is Kind.LIST and shape.item is not None:
        least, most = shape.schema.get("minItems"), shape.schema.get("maxItems")
        span = f", {least or 0}–{most}" if most else (f", at least {least}" if least else "")
        inner = shape.item
        what = f"{len(inner.choices)} choices" if inner.choices else type_words(inner)
        return f"list of {what}{span}"
    return _WORDS.get(shape.kind, "JSON")
