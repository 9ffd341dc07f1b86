"""What a schema's bounds mean, in words for a person and in attributes for a browser."""

from __future__ import annotations

import math
from datetime import tzinfo
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maestro.kernel.pages.shapes import Kind, Shape

_FORMATS = {
    "duration": gettext_lazy("A duration such as PT15M, PT8H or P3D."),
    "time": gettext_lazy("A time with its zone, such as 09:30:00Z."),
    "uri": "",
    "ipv4": gettext_lazy("An IPv4 address such as 192.0.2.10."),
    "ipv6": gettext_lazy("An IPv6 address such as 2001:db8::1."),
    "uuid": gettext_lazy("A UUID."),
    "hostname": gettext_lazy("A host name such as mail.example.com."),
}


def hint_for(shape: Shape, *, required: bool, zone: tzinfo) -> str:
    """The description, then each bound as a sentence."""
    description = shape.schema.get("description")
    parts = [_sentence(description)] if isinstance(description, str) and description.strip() else []
    match shape.kind:
        case Kind.TEXT:
            parts += _text_bounds(shape, zone)
        case Kind.NUMBER | Kind.INTEGER:
            parts += _number_bounds(shape)
        case Kind.LIST:
            parts += _list_bounds(shape)
    default = shape.schema.get("default")
    if (
        shape.kind in {Kind.TEXT, Kind.NUMBER, Kind.INTEGER}
        and not required
        and default not in (None, "")
    ):
        parts.append(_("Left empty, it is %(default)s.") % {"default": default})
    return " ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?", ":", "…")) else f"{text}."


def _span(least: Any, most: Any) -> str:
    """From how many to how many, as the name of a sentence in `_LENGTHS` and `_COUNTS`."""
    least = least if isinstance(least, int) and least > 0 else None
    most = most if isinstance(most, int) else None
    if least is not None and most is not None:
        return "exactly" if least == most else "between"
    if most is not None:
        return "at most"
    return "at least" if least is not None and least > 1 else ""


_LENGTHS = {
    "exactly": gettext_lazy("%(most)s characters."),
    "between": gettext_lazy("%(least)s to %(most)s characters."),
    "at most": gettext_lazy("At most %(most)s characters."),
    "at least": gettext_lazy("At least %(least)s characters."),
}
_COUNTS = {
    "exactly": gettext_lazy("%(most)s of them."),
    "between": gettext_lazy("%(least)s to %(most)s of them."),
    "at most": gettext_lazy("At most %(most)s of them."),
    "at least": gettext_lazy("At least %(least)s of them."),
    "": "",
}
_COUNTS_ONCE = {
    "exactly": gettext_lazy("%(most)s of them, each once."),
    "between": gettext_lazy("%(least)s to %(most)s of them, each once."),
    "at most": gettext_lazy("At most %(most)s of them, each once."),
    "at least": gettext_lazy("At least %(least)s of them, each once."),
    "": gettext_lazy("Each once."),
}


def _text_bounds(shape: Shape, zone: tzinfo) -> list[str]:
    schema = shape.schema
    parts = [str(_FORMATS.get(str(schema.get("format", "")), ""))]
    if schema.get("format") == "date-time":
        parts.append(_("In %(zone)s time.") % {"zone": zone})
    least, most = schema.get("minLength"), schema.get("maxLength")
    if span := _span(least, most):
        parts.append(str(_LENGTHS[span]) % {"least": least, "most": most})
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and pattern and not schema.get("description"):
        parts.append(_("It must match %(pattern)s") % {"pattern": pattern})
    return parts


def _number_bounds(shape: Shape) -> list[str]:
    schema = shape.schema
    least, most = _bound(schema, "minimum"), _bound(schema, "maximum")
    above, below = _bound(schema, "exclusiveMinimum"), _bound(schema, "exclusiveMaximum")
    if least is not None and most is not None:
        parts = [_("%(least)s to %(most)s.") % {"least": least, "most": most}]
    else:
        parts = [_("At least %(least)s.") % {"least": least}] if least is not None else []
        parts += [_("At most %(most)s.") % {"most": most}] if most is not None else []
    parts += [_("More than %(above)s.") % {"above": above}] if above is not None else []
    parts += [_("Less than %(below)s.") % {"below": below}] if below is not None else []
    step = _bound(schema, "multipleOf")
    return parts + ([_("In steps of %(step)s.") % {"step": step}] if step not in (None, 1) else [])


def _list_bounds(shape: Shape) -> list[str]:
    least, most = shape.schema.get("minItems"), shape.schema.get("maxItems")
    once = bool(shape.schema.get("uniqueItems")) and not (shape.item and shape.item.choices)
    said = str((_COUNTS_ONCE if once else _COUNTS)[_span(least, most)])
    return [said % {"least": least, "most": most}] if said else []


def _bound(schema: Any, name: str) -> int | float | None:
    value = schema.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def control_attrs(shape: Shape) -> dict[str, str]:
    """`min`, `max`, `step` and `inputmode` of a number.

    A browser counts steps from `min`, JSON Schema from 0: so `min` is the lowest allowed multiple.
    Exclusive bounds of fractions can't be said in HTML and are left to the validator.
    """
    schema = shape.schema
    whole = shape.kind is Kind.INTEGER
    least, most = _bound(schema, "minimum"), _bound(schema, "maximum")
    above, below = _bound(schema, "exclusiveMinimum"), _bound(schema, "exclusiveMaximum")
    if whole and above is not None:
        least = max(math.floor(above) + 1, least if least is not None else -math.inf)
    if whole and below is not None:
        most = min(math.ceil(below) - 1, most if most is not None else math.inf)
    step = _bound(schema, "multipleOf")
    if step is not None and step > 0 and least is not None:
        exact = Fraction(str(step))
        lowest = math.ceil(Fraction(str(least)) / exact) * exact
        least = int(lowest) if lowest.denominator == 1 else float(lowest)
    attrs = {"inputmode": "numeric" if whole else "decimal", "step": "1" if whole else "any"}
    if step is not None and step > 0:
        attrs["step"] = str(step)
    if least is not None:
        attrs["min"] = str(least)
    if most is not None:
        attrs["max"] = str(most)
    if whole and (least is None or least < 0):
        attrs["inputmode"] = "text"  # the numeric keypad of some phones has no minus
    return attrs
