"""The run form: JSON Schema → form description, of which `reading` and `editing` make values. Pure.

    form = describe(schema, example=version.example_parameters)          # a new form
    values, problems = read(schema, dict(request.POST.lists()))          # what was answered
    values = edit(schema, dict(request.POST.lists()))                    # a list's buttons, see EDITS
    form = describe(schema, values, problems)                            # the form again

One promise holds it together: a value that the fitting control would not give back exactly as it
was is asked for as JSON instead. Nothing is dropped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from maestro.kernel.errors import Problem
from maestro.kernel.pages.picks import Option
from maestro.kernel.pages.shapes import Kind, Shape, same, title_of, yes_or_no
from maestro.runtime.pages.controls import (
    RADIO_UP_TO,
    choice_control,
    extra_control,
    json_control,
    list_control,
    number_control,
)
from maestro.runtime.pages.fields import (
    Field,
    Form,
    Raw,
    element_id,
    is_date,
    posted_name,
    posting,
    token,
)
from maestro.runtime.pages.hints import hint_for
from maestro.runtime.pages.problems import with_problems
from maestro.runtime.pages.questions import Cases, has_rows, settled_for
from maestro.runtime.pages.reading import (
    ABSENT,
    Reader,
    asked,
    is_switch,
    moment_text,
    root_shape,
)


def describe(
    schema: Any,
    values: Mapping[str, Any] | None = None,
    problems: Iterable[Problem] = (),
    *,
    zone: tzinfo = UTC,
    example: Mapping[str, Any] | None = None,
) -> Form:
    """The form for a parameter schema.

    With no `values` it is a new form, filled from `example`, else from the schema's first example,
    and from defaults. Otherwise it shows `values`, which may hold `Raw`. A problem is put at the
    field its path leads to; of several at one place the first is shown. Times are in `zone`.
    """
    shape = root_shape(schema)
    if values is None:
        values = _first_values(shape, example)
    builder = _Builder(zone)
    fields = builder.members(shape, "", values, loose=False)
    extra = {
        name: value
        for name, value in values.items()
        if name not in {member.name for member in shape.members}
    }
    if shape.open or extra:
        fields = (*fields, extra_control(extra, alone=not fields))
    return with_problems(fields, tuple(problems))


def first_values(schema: Any, example: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a new form is filled with; see `describe`."""
    return _first_values(root_shape(schema), example)


def pick(
    name: str,
    label: str,
    choices: Iterable[tuple[str, str]],
    *,
    value: str = "",
    hint: str = "",
    error: str = "",
    prompt: str | None = None,
    required: bool = True,
) -> Field:
    """A select that belongs to no schema: a secret, a purpose. `choices` are values and labels."""
    options = [Option(text, shown, text == value) for text, shown in choices]
    prompt = _("Choose one") if prompt is None else prompt
    if prompt:
        options.insert(0, Option("", prompt, not any(option.selected for option in options)))
    return Field(
        name=name,
        path="",
        id=f"f-{element_id('/' + token(name)).removeprefix('p-')}",
        label=label,
        control="select",
        required=required,
        hint=hint,
        error=error,
        options=tuple(options),
    )


def _first_values(shape: Shape, example: Mapping[str, Any] | None) -> dict[str, Any]:
    given = example
    if given is None:
        whole = shape.schema.get("examples")
        given = whole[0] if isinstance(whole, list) and whole else None
    values = dict(given) if isinstance(given, Mapping) else {}
    for member in shape.members:
        if member.name not in values:
            first = _first_value(member.shape, member.required, alone=given is None)
            if first is not ABSENT:
                values[member.name] = first
    return values


def _first_value(shape: Shape, required: bool, *, alone: bool) -> Any:
    if shape.has_default:
        return shape.schema["default"]
    examples = shape.schema.get("examples")
    if alone and isinstance(examples, list) and examples:
        return examples[0]
    if shape.kind is Kind.GROUP and required:
        return _first_values(shape, None if alone else {})
    return ABSENT


class _Builder:
    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone

    def members(
        self, shape: Shape, path: str, values: Mapping[str, Any], *, loose: bool
    ) -> tuple[Field, ...]:
        fields = tuple(
            self.member(
                member.shape,
                member.name,
                f"{path}/{token(member.name)}",
                values.get(member.name, ABSENT),
                required=member.required,
                loose=loose,
            )
            for member in settled_for(shape, values).members
        )
        return (
            (replace(fields[0], switches=True), *fields[1:]) if isinstance(shape, Cases) else fields
        )

    def member(
        self, shape: Shape, name: str, path: str, value: Any, *, required: bool, loose: bool
    ) -> Field:
        """The fitting control if it gives the value back, else JSON."""
        shape = asked(shape, required=required)
        value = self._shown(shape, value, required=required, loose=loose)
        base = Field(
            name=posted_name(path),
            path=path,
            id=element_id(path),
            label=title_of(name, shape.schema),
            control="",
            required=required and not loose,
            hint=hint_for(shape, required=required, zone=self.zone),
        )
        made = self._fitting(base, shape, value, required=required, loose=loose)
        if made is None or not self._comes_back(made, shape, value, required, loose):
            return json_control(base, value)
        return made

    def _comes_back(
        self, made: Field, shape: Shape, value: Any, required: bool, loose: bool
    ) -> bool:
        if value is ABSENT or _holds_raw(value):
            return True
        reader = Reader(posting(made), zone=self.zone)
        return same(reader.member(shape, made.path, required=required, loose=loose), value)

    def _shown(self, shape: Shape, value: Any, *, required: bool, loose: bool) -> Any:
        """`value`, and where nothing was given what the control then shows: a default, a no."""
        if shape.kind is Kind.GROUP:
            if isinstance(value, Mapping):
                return self._filled(shape, value, loose=loose or not required)
            return value
        if has_rows(shape) and shape.item and isinstance(value, list | tuple):
            return [
                self._filled(shape.item, row, loose=False) if isinstance(row, Mapping) else row
                for row in value
            ]
        if value is not ABSENT or loose:
            return value
        if shape.kind is Kind.BOOLEAN and is_switch(shape, required=required, loose=loose):
            return bool(shape.schema.get("default", False))
        if shape.kind in {Kind.CHOICE, Kind.LIST} and shape.has_default:
            return shape.schema["default"]
        return shape.schema["const"] if shape.kind is Kind.CONST else value

    def _filled(self, shape: Shape, values: Mapping[str, Any], *, loose: bool) -> dict[str, Any]:
        filled = dict(values)
        for member in settled_for(shape, values).members:
            inner = asked(member.shape, required=member.required)
            given = values.get(member.name, ABSENT)
            shown = self._shown(inner, given, required=member.required, loose=loose)
            if shown is ABSENT and member.required and not loose:
                shown = {Kind.LIST: [], Kind.GROUP: ABSENT}.get(inner.kind, ABSENT)
                if inner.kind is Kind.GROUP:
                    shown = self._filled(inner, {}, loose=False)
            if shown is not ABSENT:
                filled[member.name] = shown
        return filled

    def _fitting(
        self, base: Field, shape: Shape, value: Any, *, required: bool, loose: bool
    ) -> Field | None:
        match shape.kind:
            case Kind.TEXT:
                return self._text(base, shape, value)
            case Kind.NUMBER | Kind.INTEGER:
                return number_control(base, shape, value)
            case Kind.BOOLEAN:
                if is_switch(shape, required=required, loose=loose):
                    ticked = "true" if value is True else ""
                    return replace(base, control="checkbox", value=ticked)
                return choice_control(base, yes_or_no(), value, blank=_("Not set"))
            case Kind.CHOICE:
                return choice_control(
                    base, shape.choices, value, blank=_blank(shape, required, loose)
                )
            case Kind.CONST:
                const = shape.schema["const"]
                shown = const if isinstance(const, str) else json.dumps(const)
                return replace(base, control="const", value=shown, required=False)
            case Kind.LIST if has_rows(shape):
                return self._rows(base, shape, value)
            case Kind.LIST:
                return list_control(base, shape, value)
            case Kind.GROUP:
                if value is not ABSENT and not isinstance(value, Mapping):
                    return None
                inner = value if isinstance(value, Mapping) else {}
                fields = self.members(shape, base.path, inner, loose=loose or not required)
                return replace(base, control="group", fields=fields)
            case _:
                return None

    def _rows(self, base: Field, shape: Shape, value: Any) -> Field | None:
        """A group for each row. What is not there yet has none, until one is added."""
        item, rows = shape.item, [] if value is ABSENT else value
        if item is None or not isinstance(rows, list | tuple):
            return None
        title = item.schema.get("title")
        word = title if isinstance(title, str) and title else base.label
        made = []
        for index, row in enumerate(rows):
            if not isinstance(row, Mapping):
                return None
            path = f"{base.path}/{index}"
            made.append(
                Field(
                    name=posted_name(path),
                    path=path,
                    id=element_id(path),
                    label=f"{word} {index + 1}",
                    control="group",
                    required=True,
                    fields=self.members(item, path, row, loose=False),
                )
            )
        named = title.lower() if isinstance(title, str) else ""
        return replace(base, control="rows", fields=tuple(made), item_label=named)

    def _text(self, base: Field, shape: Shape, value: Any) -> Field | None:
        if value is not ABSENT and not isinstance(value, str):
            return None
        text = "" if value is ABSENT else str(value)
        form = shape.schema.get("format")
        control, attrs = "text", {"autocomplete": "off"}
        if "\n" in text or (shape.multiline and not form):
            control = "textarea"
        elif form == "email" and text.isascii():
            control = "email"
        elif form in {"uri", "iri"}:
            control = "url"
        elif form == "date" and (is_date(text) or not text):
            control = "date"
        elif form == "date-time":
            local = self._local(text)
            if local is not None:
                control, text, attrs = "datetime-local", local, {**attrs, "step": "1"}
        return replace(base, control=control, value=text, attrs=attrs)

    def _local(self, text: str) -> str | None:
        """`text` as a date and time in the zone, if that says exactly the same."""
        if not text:
            return ""
        try:
            local = datetime.fromisoformat(text).astimezone(self.zone).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return None
        written = local.isoformat(timespec="seconds")
        return written if moment_text(written, self.zone) == text else None


def _blank(shape: Shape, required: bool, loose: bool) -> str:
    if shape.has_default and not loose:
        return ""
    if not required or loose:
        return _("Not set")
    return _("Choose one") if len(shape.choices) > RADIO_UP_TO else ""


def _holds_raw(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_raw(each) for each in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_raw(each) for each in value)
    return isinstance(value, Raw)
