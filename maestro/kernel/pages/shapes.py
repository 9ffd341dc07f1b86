"""What sort of answer a JSON Schema (2020-12) asks for.

A form needs less than a validator: which control fits, and which members an object has. Everything
else in the schema is left to the validation of what comes back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext as _

MAX_DEPTH: Final = 6  # groups in groups beyond this are asked for as JSON
_MISSING: Final = object()


class Kind(StrEnum):
    """The sort of an answer. ANY is asked for as JSON."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CONST = "const"
    LIST = "list"
    GROUP = "group"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that an answer may have; `text` stands for it in a posted form."""

    text: str
    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Member:
    """A named part of a group."""

    name: str
    shape: Shape
    required: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema seen as a question. `members` belong to a group, `item` to a list."""

    kind: Kind
    schema: Mapping[str, Any]
    choices: tuple[Choice, ...] = ()
    item: Shape | None = None
    members: tuple[Member, ...] = ()
    open: bool = False  # a group that says it takes undeclared members

    @property
    def has_default(self) -> bool:
        """Whether leaving it out means something else than nothing."""
        return "default" in self.schema

    @property
    def multiline(self) -> bool:
        """Whether a text wants more than one line."""
        longest = self.schema.get("maxLength")
        return bool(self.schema.get("x-multiline")) or (isinstance(longest, int) and longest > 200)


def shape_of(schema: Any, root: Any = None, depth: int = 0) -> Shape:
    """The question that `schema` asks. References are followed inside `root`; never raises."""
    root = schema if root is None else root
    schema = _resolve(schema, root)
    if not isinstance(schema, Mapping):
        return Shape(Kind.ANY, {})
    if "const" in schema:
        return Shape(Kind.CONST, schema)
    choices = _choices(schema)
    if choices:
        return Shape(Kind.CHOICE, schema, choices=choices)
    return _by_type(schema, root, depth)


def _by_type(schema: Mapping[str, Any], root: Any, depth: int) -> Shape:
    kind = schema.get("type")
    if isinstance(kind, list):  # nullable: what can't be told from no answer is shown as JSON
        named = [name for name in kind if name != "null"]
        kind = named[0] if len(named) == 1 else None
    if kind is None and "properties" in schema:
        kind = "object"
    if kind == "object":
        return _group(schema, root, depth)
    if kind == "array":
        return _list(schema, root, depth)
    simple = {
        "string": Kind.TEXT,
        "number": Kind.NUMBER,
        "integer": Kind.INTEGER,
        "boolean": Kind.BOOLEAN,
    }
    return Shape(simple.get(kind, Kind.ANY) if isinstance(kind, str) else Kind.ANY, schema)


def _group(schema: Mapping[str, Any], root: Any, depth: int) -> Shape:
    properties = schema.get("properties")
    if depth > MAX_DEPTH or not isinstance(properties, Mapping) or (depth and not properties):
        return Shape(Kind.ANY, schema)
    needed = [name for name in _sequence(schema.get("required")) if isinstance(name, str)]
    required = [name for name in needed if name in properties]
    members = tuple(
        Member(name, shape_of(properties[name], root, depth + 1), name in required)
        for name in sorted(properties, key=_asked_in(properties, required))
    )
    extra = schema.get("additionalProperties", _MISSING)
    takes_more = (extra is not _MISSING and extra is not False) or "patternProperties" in schema
    return Shape(Kind.GROUP, schema, members=members, open=takes_more)


def _asked_in(properties: Mapping[str, Any], required: list[str]) -> Any:
    """What is needed first, in the order in which `required` names it.

    A list keeps its order in every JSON store, an object does not: so `x-order` and `required`
    decide before the order of the members does.
    """
    given = {name: index for index, name in enumerate(properties)}

    def key(name: str) -> tuple[float, int, int]:
        schema = properties[name]
        order = schema.get("x-order") if isinstance(schema, Mapping) else None
        rank = required.index(name) if name in required else len(required)
        return (float(order) if isinstance(order, int | float) else 0.0, rank, given[name])

    return key


def _list(schema: Mapping[str, Any], root: Any, depth: int) -> Shape:
    item = shape_of(schema.get("items"), root, depth + 1)
    scalar = {Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.CHOICE}
    if "prefixItems" in schema or item.kind not in scalar:
        return Shape(Kind.ANY, schema)
    if item.kind is Kind.BOOLEAN:
        item = Shape(Kind.CHOICE, item.schema, choices=yes_or_no())
    return Shape(Kind.LIST, schema, item=item)


def _choices(schema: Mapping[str, Any]) -> tuple[Choice, ...]:
    """The values of an `enum`, or of a `oneOf` or `anyOf` whose cases are titled constants."""
    values = schema.get("enum")
    if isinstance(values, list) and values:
        titled = [(value, "") for value in values]
    else:
        cases = _sequence(schema.get("oneOf")) or _sequence(schema.get("anyOf"))
        if not cases or not all(isinstance(case, Mapping) and "const" in case for case in cases):
            return ()
        titled = [(case["const"], str(case.get("title", ""))) for case in cases]
    # A text with a newline, or blank, would not come back as it is from an attribute.
    plain = all(_is_plain(value) for value, _ in titled)
    return tuple(
        Choice(
            text=value if plain else json.dumps(value, sort_keys=True),
            value=value,
            label=title
            or (value if isinstance(value, str) and value.strip() else json.dumps(value)),
        )
        for value, title in titled
    )


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and bool(value.strip())


def _resolve(schema: Any, root: Any) -> Any:
    """`schema` with a reference into the same document replaced; what stands beside it wins."""
    seen: set[str] = set()
    while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        reference = schema["$ref"]
        target = root
        if not reference.startswith("#/") or reference in seen:
            return {name: value for name, value in schema.items() if name != "$ref"}
        seen.add(reference)
        for token in reference[2:].split("/"):
            name = token.replace("~1", "/").replace("~0", "~")
            target = target.get(name) if isinstance(target, Mapping) else None
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        schema = {**target, **beside} if isinstance(target, Mapping) else beside
    return schema


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def title_of(name: str, schema: Mapping[str, Any]) -> str:
    """The title, or the name in words: `employee_email` is “Employee email”."""
    title = schema.get("title")
    if isinstance(title, str) and title.strip():
        return title.strip()
    words = re.sub(r"[\s_-]+", " ", name).strip()
    return words[:1].upper() + words[1:] if words else name


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal to JSON Schema: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and isinstance(one, str) == isinstance(other, str)


def yes_or_no() -> tuple[Choice, Choice]:
    """The two answers of a boolean, in the language that is asked for."""
    return Choice("true", True, _("Yes")), Choice("false", False, _("No"))
