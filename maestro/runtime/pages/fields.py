"""A form as data: what the template draws, and what a browser would post from it untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote, unquote

from maestro.kernel.errors import Problem
from maestro.kernel.pages.picks import Option
from maestro.kernel.pages.summary import Wrong


class Raw(str):
    """What was typed and could not be understood. It is shown again as it was."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list. `options` are given when the row is a select."""

    id: str
    path: str
    label: str
    value: str
    options: tuple[Option, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    `name` is what is posted, `path` the JSON pointer into the values, `id` the element's.
    `control` is one of `text email url date datetime-local number textarea json checkbox radio
    select search checkboxes items rows const group`. `value` is the control's text ("true" for a ticked
    checkbox); `options` are for radio, select, search (a text with suggestions) and checkboxes,
    `items` for items, `fields` for group, and for rows, which are groups in a list.
    `switches`: the answer decides what else is asked, and a button shows that.
    `attrs` are further HTML attributes of the control; an empty one stands without a value.
    """

    name: str
    path: str
    id: str
    label: str
    control: str
    required: bool = False
    hint: str = ""
    error: str = ""
    value: str = ""
    options: tuple[Option, ...] = ()
    items: tuple[Item, ...] = ()
    fields: tuple[Field, ...] = ()
    attrs: Mapping[str, str] = field(default_factory=dict)
    item_label: str = ""
    switches: bool = False

    @property
    def is_set(self) -> bool:
        """Whether it is drawn as a fieldset with a legend, having more than one control."""
        return self.control in {"radio", "checkboxes", "items", "rows", "group"}

    @property
    def described_by(self) -> str:
        """The ids for `aria-describedby`, the hint's before the error's."""
        parts = [f"{self.id}-h"] if self.hint else []
        return " ".join([*parts, f"{self.id}-e"] if self.error else parts)

    @property
    def target(self) -> str:
        """The id of the control to go to when something is wrong with the answer."""
        if self.control == "items" and self.items:
            wrong = next((item for item in self.items if item.error), self.items[0])
            return wrong.id
        if self.control in {"radio", "checkboxes"} and self.options:
            return f"{self.id}-0"
        if self.control in {"group", "rows"} and self.fields:
            return self.fields[0].target
        return self.id

    @property
    def options_id(self) -> str:
        """The id of the suggestions of a `search`."""
        return f"{self.id}-l"

    @property
    def next_item_id(self) -> str:
        """The id that a row added to the list will have."""
        return f"{self.id}-{len(self.items or self.fields)}"


@dataclass(frozen=True, slots=True)
class Form:
    """The questions, and everything that is wrong with the answers, in the order of the page."""

    fields: tuple[Field, ...]
    summary: tuple[Wrong, ...] = ()
    problems: tuple[Problem, ...] = ()


def walk(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Every field, a group before what is in it."""
    for each in fields:
        yield each
        yield from walk(each.fields)


def token(name: str) -> str:
    """`name` as one token of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def split(path: str) -> list[str]:
    """The names in a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def posted_name(path: str) -> str:
    """What the answer at `path` is posted as; quoted, since browsers change newlines in names."""
    return f"p{quote(path, safe='/~', errors='surrogatepass')}"


def json_name(path: str) -> str:
    """What the answer at `path` is posted as when it is written in JSON."""
    return f"j{posted_name(path)[1:]}"


def path_of(name: str) -> str:
    """The path that `posted_name` made a name from; empty for any other name."""
    return unquote(name[1:], errors="replace") if name.startswith("p/") else ""


def element_id(path: str) -> str:
    """An id for the control at `path`: unique, without white space, and fit for a link.

    A name that is the end of another id (of a hint, an error, a list of suggestions) is written as
    its code, as are the characters that an id can't have.
    """
    words = [_WRITTEN_AS_CODE.sub(_code, name) for name in split(path)]
    return "-".join(["p", *words])


_WRITTEN_AS_CODE = re.compile(r"[^A-Za-z0-9_]|\A[hel]\Z")


def _code(found: re.Match[str]) -> str:
    return f".{ord(found[0]):x}."


def is_date(text: str) -> bool:
    """Whether a date control can show it."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def posting(given: Field) -> dict[str, list[str]]:
    """What a browser posts from `given` when nobody touches it.

    After HTML's rules for the value of each type of control (value sanitization, and the newlines
    of a textarea), so that `forms.describe` can tell whether a value would come back as it was.
    """
    if given.control in {"group", "rows"}:
        posted: dict[str, list[str]] = {}
        if given.control == "rows" and given.fields:
            posted[given.name] = [str(place) for place in range(len(given.fields))]
        for each in given.fields:
            posted |= posting(each)
        return posted
    if given.control in {"radio", "select"}:
        chosen = [option.value for option in given.options if option.selected][:1]
        if given.control == "select" and not chosen and given.options:
            chosen = [given.options[0].value]
        return {given.name: chosen} if chosen else {}
    if given.control == "checkboxes":
        ticked = [option.value for option in given.options if option.selected]
        return {given.name: ticked} if ticked else {}
    if given.control == "items":
        rows = [_row(item) for item in given.items]
        return {given.name: rows} if rows else {}
    if given.control == "checkbox":
        return {given.name: ["true"]} if given.value == "true" else {}
    if given.control == "const":
        return {}
    return {given.name: [_typed(given.control, given.value.replace("\0", "\ufffd"))]}


def _row(item: Item) -> str:
    if item.options:
        return next((option.value for option in item.options if option.selected), "")
    return _typed("text", item.value.replace("\0", "\ufffd"))


def _typed(control: str, value: str) -> str:
    if control in {"textarea", "json"}:
        return re.sub(r"\r\n|\r|\n", "\r\n", value)
    value = re.sub(r"[\r\n]", "", value)
    if control in {"email", "url"}:
        return value.strip(" \t\f")
    if control == "date" and not is_date(value):
        return ""
    return value
