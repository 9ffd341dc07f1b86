"""One question's control, showing a value; None where the control can't show that value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from maestro.kernel.pages.picks import Option
from maestro.kernel.pages.shapes import Choice, Kind, Shape, same
from maestro.runtime.pages.fields import Field, Item, Raw, json_name
from maestro.runtime.pages.hints import control_attrs
from maestro.runtime.pages.reading import ABSENT

RADIO_UP_TO = 5
SELECT_UP_TO = 20  # beyond this one types, and is offered what fits


def number_control(base: Field, shape: Shape, value: Any) -> Field | None:
    attrs = control_attrs(shape) | {"autocomplete": "off"}
    if value is ABSENT:
        return replace(base, control="number", attrs=attrs)
    if isinstance(value, Raw):
        mode = {"inputmode": attrs["inputmode"], "autocomplete": "off"}
        return replace(base, control="text", value=str(value), attrs=mode)
    text = _number_text(shape, value)
    return None if text is None else replace(base, control="number", value=text, attrs=attrs)


def _number_text(shape: Shape, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if shape.kind is Kind.INTEGER and isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return repr(value)
    except ValueError:  # more digits than Python writes
        return None


def choice_control(
    base: Field, choices: Sequence[Choice], value: Any, *, blank: str
) -> Field | None:
    if len(choices) > SELECT_UP_TO:
        return _search_control(base, choices, value)
    control = "radio" if len(choices) <= RADIO_UP_TO else "select"
    options = _options(choices, value, blank=blank)
    return None if options is None else replace(base, control=control, options=options)


def _search_control(base: Field, choices: Sequence[Choice], value: Any) -> Field | None:
    """A text with suggestions; what is typed is held to the choices when it is read."""
    options = tuple(
        Option(choice.text, choice.label, value is not ABSENT and same(choice.value, value))
        for choice in choices
    )
    chosen = next((option.value for option in options if option.selected), "")
    if value is not ABSENT and not chosen:
        if not isinstance(value, str):
            return None
        chosen = str(value)
    attrs = {"list": base.options_id, "autocomplete": "off"}
    return replace(base, control="search", value=chosen, options=options, attrs=attrs)


def _options(choices: Sequence[Choice], value: Any, *, blank: str) -> tuple[Option, ...] | None:
    """The options, with `value` chosen. One that is no choice (any more) is kept as an option."""
    nothing = value is ABSENT or value == Raw("")
    options = [
        Option(choice.text, choice.label, not nothing and same(choice.value, value))
        for choice in choices
    ]
    if not nothing and not any(option.selected for option in options):
        kept = isinstance(value, Raw) or (isinstance(value, str) and value.isprintable())
        if not kept or any(option.value == value for option in options):
            return None
        options.append(Option(str(value), _("%(value)s (not a choice)") % {"value": value}, True))
    if blank:
        first = Option("", blank, not any(option.selected for option in options))
        options = [first, *options] if len(choices) > RADIO_UP_TO else [*options, first]
    return tuple(options)


def list_control(base: Field, shape: Shape, value: Any) -> Field | None:
    item = shape.item
    rows = [] if value is ABSENT else value
    if item is None or not isinstance(rows, list | tuple):
        return None
    if item.kind is Kind.CHOICE and _in_order(item, rows):
        options = tuple(
            Option(choice.text, choice.label, any(same(choice.value, row) for row in rows))
            for choice in item.choices
        )
        return replace(base, control="checkboxes", options=options)
    least = shape.schema.get("minItems")
    wanted = max(1, least if isinstance(least, int) and least <= 20 else 1)
    rows = [*rows, *[Raw("")] * (wanted - len(rows))]
    title = item.schema.get("title")
    word = title if isinstance(title, str) and title else base.label
    items = []
    for index, row in enumerate(rows):
        made = _item(base, item, row, index, f"{word} {index + 1}")
        if made is None:
            return None
        items.append(made)
    return replace(
        base,
        control="items",
        items=tuple(items),
        item_label=title.lower() if isinstance(title, str) else "",
        attrs={"inputmode": control_attrs(item)["inputmode"]}
        if item.kind in {Kind.NUMBER, Kind.INTEGER}
        else {},
    )


def _item(base: Field, item: Shape, row: Any, index: int, label: str) -> Item | None:
    made = Item(id=f"{base.id}-{index}", path=f"{base.path}/{index}", label=label, value="")
    if item.kind is Kind.CHOICE:
        options = _options(item.choices, row, blank=_("Choose one"))
        return None if options is None else replace(made, options=options)
    if isinstance(row, str):
        return replace(made, value=str(row))
    text = _number_text(item, row)
    return None if text is None else replace(made, value=text)


def _in_order(item: Shape, rows: Sequence[Any]) -> bool:
    """Whether ticked boxes say the same as the rows: each a choice, once, in their order."""
    places = [
        next((at for at, choice in enumerate(item.choices) if same(choice.value, row)), -1)
        for row in rows
    ]
    return -1 not in places and places == sorted(set(places))


def json_control(base: Field, value: Any) -> Field:
    return replace(
        base,
        name=json_name(base.path),
        control="json",
        value=_json_text(value),
        hint=f"{base.hint} {_('Written as JSON.')}".strip(),
    )


def extra_control(extra: Mapping[str, Any], *, alone: bool) -> Field:
    return Field(
        name=json_name(""),
        path="",
        id="p.extra",
        label=_("Parameters") if alone else _("Other parameters"),
        control="json",
        hint=_("Names and values, written as a JSON object."),
        value=_json_text(dict(extra)) if extra else "",
    )


def _json_text(value: Any) -> str:
    if value is ABSENT:
        return ""
    if isinstance(value, Raw):
        return str(value)
    text = json.dumps(value, indent=2, ensure_ascii=False)
    # Half a surrogate pair can be said in JSON but not sent as UTF-8; NUL does not survive HTML.
    return text if text.isprintable() or _sendable(text) else json.dumps(value, indent=2)


def _sendable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
