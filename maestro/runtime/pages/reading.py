"""From a posted form back to values. The counterpart of `forms`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from django.utils.translation import gettext as _

from maestro.kernel.errors import Problem
from maestro.kernel.pages.shapes import Choice, Kind, Shape, yes_or_no
from maestro.runtime.pages.fields import Raw, json_name, posted_name, token
from maestro.runtime.pages.questions import Cases, has_rows, question_of, settled

Posted = Mapping[str, Sequence[str]]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
PLACE = re.compile(r"\d{1,6}", re.ASCII)
_TRIMMED = {"email", "uri", "iri", "date", "date-time", "time", "duration"}


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT


def asked(shape: Shape, *, required: bool) -> Shape:
    """`shape` as it is put to a person: a constant that may be left out is a choice of one."""
    if shape.kind is Kind.CONST and not required:
        value = shape.schema["const"]
        label = value if isinstance(value, str) else json.dumps(value)
        only = Choice(json.dumps(value, sort_keys=True), value, label)
        return Shape(Kind.CHOICE, shape.schema, choices=(only,))
    return shape


def is_switch(shape: Shape, *, required: bool, loose: bool) -> bool:
    """Whether yes or no is asked with one checkbox: when nothing can't be an answer."""
    return (required or isinstance(shape.schema.get("default"), bool)) and not loose


def root_shape(schema: Any) -> Shape:
    """The shape of a parameter schema, which is an object even if it does not say so."""
    shape = question_of(schema)
    if shape.kind is Kind.GROUP:
        return shape
    extra = shape.schema.get("additionalProperties", False)
    return replace(shape, kind=Kind.GROUP, members=(), open=extra is not False)


class Reader:
    """Reads one posted form. `loose` below means: inside a group that may be left out whole."""

    def __init__(self, posted: Posted, *, zone: tzinfo = UTC, keep_blanks: bool = False) -> None:
        self.posted = posted
        self.zone = zone
        self.keep_blanks = keep_blanks
        self.problems: list[Problem] = []

    def root(self, shape: Shape) -> dict[str, Any]:
        """All values, and what was written for members that the schema does not name."""
        values = self._members(shape, "", loose=False)
        extra = self._json("") if json_name("") in self.posted else ABSENT
        if isinstance(extra, dict):
            known = {member.name for member in shape.members}
            for name in sorted(known & extra.keys()):
                message = _("“%(name)s” has a field of its own. Leave it out here.") % {
                    "name": name
                }
                self._wrong("", message, "asked_twice")
            values |= {name: value for name, value in extra.items() if name not in known}
        elif extra is not ABSENT and not isinstance(extra, Raw):
            message = _('Write an object in braces, for example {"name": 1}.')
            self._wrong("", message, "not_an_object")
        return values

    def member(self, shape: Shape, path: str, *, required: bool, loose: bool) -> Any:
        """The value at `path`, ABSENT when it was left empty, `Raw` when it was not understood."""
        if json_name(path) in self.posted:
            value = self._json(path)
        else:
            value = self._natural(asked(shape, required=required), path, required, loose)
        if value is ABSENT and required:
            message = _("This is missing. Enter a value.")
            if shape.kind in {Kind.CHOICE, Kind.BOOLEAN}:
                message = _("This is missing. Choose one.")
            self._wrong(path, message, "required")
        return value

    def _natural(self, shape: Shape, path: str, required: bool, loose: bool) -> Any:
        texts = self.posted.get(posted_name(path), ())
        if shape.kind is Kind.CONST:
            return shape.schema["const"]
        if shape.kind is Kind.GROUP:
            if not required and not self.keep_blanks and not self._anything_under(path):
                return ABSENT
            return self._members(shape, path, loose=loose or not required)
        if shape.kind is Kind.LIST and shape.item is not None:
            if has_rows(shape):
                rows = self._groups(shape.item, path, texts)
            else:
                rows = self._rows(shape.item, path, texts)
            return rows if rows else empty_list(shape, required=required, loose=loose)
        if shape.kind is Kind.BOOLEAN:
            if is_switch(shape, required=required, loose=loose):
                return "true" in texts
            shape = replace(shape, kind=Kind.CHOICE, choices=yes_or_no())
        text = texts[0] if texts else ""
        if shape.kind is Kind.TEXT:
            return self._text(shape, text, required)
        return self.scalar(shape, path, text) if text.strip() else ABSENT

    def _members(self, shape: Shape, path: str, *, loose: bool) -> dict[str, Any]:
        values = {}
        if isinstance(shape, Cases):
            told = self.posted.get(posted_name(f"{path}/{token(shape.tells)}"), ())
            shape = settled(shape, next(iter(told), None))
        for member in shape.members:
            at = f"{path}/{token(member.name)}"
            value = self.member(member.shape, at, required=member.required, loose=loose)
            if value is not ABSENT:
                values[member.name] = value
        return values

    def _anything_under(self, path: str) -> bool:
        starts = (f"{posted_name(path)}/", f"{json_name(path)}/")
        return any(
            any(text.strip() for text in texts)
            for name, texts in self.posted.items()
            if name.startswith(starts)
        )

    def _groups(self, item: Shape, path: str, texts: Sequence[str]) -> list[Any]:
        """The rows that the form had, each named by its place; none is left out for being empty."""
        places = [text for text in dict.fromkeys(texts) if PLACE.fullmatch(text)]
        return [self._members(item, f"{path}/{place}", loose=False) for place in places]

    def _rows(self, item: Shape, path: str, texts: Sequence[str]) -> list[Any]:
        rows: list[Any] = []
        for text in texts:
            if text.strip():
                rows.append(self.scalar(item, f"{path}/{len(rows)}", text))
            elif self.keep_blanks:
                rows.append(Raw(""))
        return rows

    def _text(self, shape: Shape, text: str, required: bool) -> Any:
        if not text.strip():
            may_be_empty = required and shape.schema.get("minLength") == 0
            return "" if may_be_empty or shape.schema.get("default") == "" else ABSENT
        return self.scalar(shape, "", text)

    def scalar(self, shape: Shape, path: str, text: str) -> Any:
        """One text that is not blank, as the value it stands for."""
        if shape.kind is Kind.CHOICE:
            for choice in shape.choices:
                if choice.text == text:
                    return choice.value
            titled = [each.value for each in shape.choices if each.label == text.strip()]
            if len(titled) == 1:  # typed where one may type: what is read on the page counts too
                return titled[0]
            message = _("“%(text)s” is not one of the choices. Choose another.") % {"text": text}
            self._wrong(path, message, "not_a_choice")
            return Raw(text)
        if shape.kind in {Kind.NUMBER, Kind.INTEGER}:
            return self._number(shape.kind, path, text.strip())
        form = shape.schema.get("format")
        text = text.replace("\r\n", "\n")
        text = text.strip() if form in _TRIMMED else text
        if form == "date-time" and _LOCAL.fullmatch(text):
            return moment_text(text, self.zone) or text
        return text

    def _number(self, kind: Kind, path: str, text: str) -> Any:
        example = "25" if kind is Kind.INTEGER else "2.5"
        try:
            if not _NUMBER.fullmatch(text):
                raise ValueError
            if _WHOLE.fullmatch(text):
                return int(text)
            number = float(text)
            if number in (float("inf"), float("-inf")):
                raise ValueError
        except ValueError:
            message = _("“%(text)s” is not a number. Write it like %(example)s.") % {
                "text": text[:80],
                "example": example,
            }
            self._wrong(path, message, "not_a_number")
            return Raw(text)
        if kind is Kind.INTEGER:
            if not number.is_integer():
                message = _("%(text)s is not a whole number.") % {"text": text}
                self._wrong(path, message, "not_an_integer")
                return Raw(text)
            return int(Decimal(text))
        return number

    def _json(self, path: str) -> Any:
        text = next(iter(self.posted[json_name(path)]), "")
        if not text.strip():
            return ABSENT
        try:
            return json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
        except json.JSONDecodeError as error:
            message = _("This is not JSON: %(problem)s at line %(line)s, column %(column)s.") % {
                "problem": error.msg,
                "line": error.lineno,
                "column": error.colno,
            }
            self._wrong(path, message, "not_json")
        except ValueError as error:
            message = _("This is not JSON: %(problem)s.") % {"problem": error}
            self._wrong(path, message, "not_json")
        except RecursionError:
            self._wrong(path, _("This is nested too deeply."), "too_deep")
        return Raw(text)

    def _wrong(self, path: str, message: str, code: str) -> None:
        self.problems.append(Problem(path=path, message=message, code=code))


def empty_list(shape: Shape, *, required: bool, loose: bool) -> Any:
    """What no rows mean: an empty list where a list is due or a default would come back."""
    return [] if required or (shape.has_default and not loose) else ABSENT


def moment_text(text: str, zone: tzinfo) -> str:
    """A local date and time in `zone` as RFC 3339; empty when there is no such day."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=zone)
        written = moment.isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""
    return written.removesuffix("+00:00") + "Z" if written.endswith("+00:00") else written


def read(
    schema: Any, posted: Posted, *, zone: tzinfo = UTC
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The values in a posted form, and what of it could not be understood or is missing.

    `posted` is name → texts, as `dict(request.POST.lists())` gives it. An answer that was not
    understood is in the values as `Raw`, so that `describe` shows it again; values hold `Raw` only
    if there are problems. Whether understood values are allowed is for the schema's validator:
    call it when there are no problems, and hand `describe` what it finds.
    """
    reader = Reader(posted, zone=zone)
    values = reader.root(root_shape(schema))
    return values, tuple(reader.problems)


def _refuse(constant: str) -> Any:
    raise ValueError(_("%(text)s is not a JSON number") % {"text": constant})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(_("“%(name)s” is there twice") % {"name": name})
        found[name] = value
    return found
