"""A parameter schema as a table for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from maestro.kernel.pages.shapes import Kind, Member, Shape, shape_of

_TEXTS = {
    "email": gettext_lazy("e-mail"),
    "uri": "URL",
    "iri": "URL",
    "date": gettext_lazy("date"),
    "date-time": gettext_lazy("date and time"),
    "time": gettext_lazy("time"),
    "duration": gettext_lazy("duration"),
    "uuid": "UUID",
    "hostname": gettext_lazy("host name"),
    "ipv4": gettext_lazy("IPv4 address"),
    "ipv6": gettext_lazy("IPv6 address"),
}
_WORDS = {
    Kind.NUMBER: gettext_lazy("number"),
    Kind.INTEGER: gettext_lazy("whole number"),
    Kind.BOOLEAN: gettext_lazy("yes or no"),
    Kind.GROUP: gettext_lazy("object"),
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
        return _("one of %(count)s") % {"count": len(shape.choices)}
    if shape.kind is Kind.CONST:
        return _("fixed")
    if shape.kind is Kind.TEXT:
        return str(_TEXTS.get(str(shape.schema.get("format", ""))) or _("text"))
    if shape.kind is Kind.LIST and shape.item is not None:
        least, most = shape.schema.get("minItems"), shape.schema.get("maxItems")
        inner = shape.item
        what = type_words(inner)
        if inner.choices:
            count = len(inner.choices)
            what = ngettext("%(count)s choice", "%(count)s choices", count) % {"count": count}
        if most:
            said = _("list of %(what)s, %(least)s–%(most)s")
        else:
            said = _("list of %(what)s, at least %(least)s") if least else _("list of %(what)s")
        return said % {"what": what, "least": least or 0, "most": most}
    return str(_WORDS.get(shape.kind, "JSON"))
