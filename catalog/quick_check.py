"""A fast yes: whether a step's `with` certainly fits its task's schema.

Nearly every step of a stored document is right, and a full validator takes most of the time that
checking a document takes. So the common keywords are compiled to plain functions once; whatever
they don't accept, or don't know, goes to the full validator, which alone says no and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized
from typing import Any, TypeAlias

from catalog.json_schema import FORMATS, matches
from catalog.shape import type_of

Accepts: TypeAlias = "Callable[[Any], bool]"

_ANNOTATIONS = frozenset(
    ["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"]
)
_STRUCTURE = frozenset(["required", "minProperties", "maxProperties", "anyOf", "allOf"])


class Open:
    """A value that is not known before the step runs; `kind` is its type, empty if unknown."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


class _UnknownKeywordError(Exception):
    """The schema says something that is not compiled here."""


def compile_quick(schema: Any) -> Accepts | None:
    """The function that accepts what certainly fits `schema`; None where it can't be compiled."""
    try:
        return _compile(schema)
    except _UnknownKeywordError:
        return None


def _compile(schema: Any) -> Accepts:
    if schema is True:
        return lambda _value: True
    if not isinstance(schema, Mapping):
        raise _UnknownKeywordError
    checks = [
        _KEYWORDS[keyword](value, schema)
        for keyword, value in schema.items()
        if keyword in _KEYWORDS and keyword != "type"
    ]
    for keyword in schema:
        if (
            keyword not in _KEYWORDS
            and keyword not in _ANNOTATIONS
            and not keyword.startswith("x-")
        ):
            raise _UnknownKeywordError
    types = schema.get("type")
    allowed = frozenset([types] if isinstance(types, str) else types or ())
    if "number" in allowed:
        allowed |= {"integer"}

    # What else a schema asks of a value says nothing about one that is not known.
    branches = [
        _KEYWORDS[name](schema[name], schema) for name in ("anyOf", "allOf") if name in schema
    ]

    def accepts(value: Any) -> bool:
        if type(value) is Open:
            kind = value.kind
            # A number may turn out to be whole.
            fits = kind in allowed or (kind == "number" and "integer" in allowed)
            return (fits or not kind or not allowed) and all(branch(value) for branch in branches)
        if allowed and type_of(value) not in allowed:
            return False
        return all(check(value) for check in checks)

    return accepts


def _properties(properties: Mapping[str, Any], _schema: Any) -> Accepts:
    compiled = {name: _compile(part) for name, part in properties.items()}

    def check(value: Any) -> bool:
        if type(value) is dict:
            for key, item in value.items():
                part = compiled.get(key)
                if part is not None and not part(item):
                    return False
        return True

    return check


def _additional(additional: Any, schema: Mapping[str, Any]) -> Accepts:
    if "patternProperties" in schema:
        raise _UnknownKeywordError
    known = frozenset(schema.get("properties", ()))
    if additional is False:
        return lambda value: type(value) is not dict or value.keys() <= known
    other = _compile(additional)
    return lambda value: (
        type(value) is not dict
        or all(other(item) for key, item in value.items() if key not in known)
    )


def _not(schema: Any, _whole: Any) -> Accepts:
    """Only where the refused schema looks at keys alone: values may be unknown still."""
    if not _looks_at_keys(schema):
        raise _UnknownKeywordError
    refused = _compile(schema)
    return lambda value: not refused(value)


def _looks_at_keys(schema: Any) -> bool:
    return isinstance(schema, Mapping) and all(
        keyword in _STRUCTURE
        and (keyword not in ("anyOf", "allOf") or all(map(_looks_at_keys, value)))
        for keyword, value in schema.items()
    )


def _any(parts: list[Any], _schema: Any) -> Accepts:
    branches = [_compile(part) for part in parts]
    return lambda value: any(branch(value) for branch in branches)


def _all(parts: list[Any], _schema: Any) -> Accepts:
    branches = [_compile(part) for part in parts]
    return lambda value: all(branch(value) for branch in branches)


def _items(items: Any, schema: Mapping[str, Any]) -> Accepts:
    if "prefixItems" in schema:
        raise _UnknownKeywordError
    each = _compile(items)
    return lambda value: type(value) is not list or all(map(each, value))


def _required(names: list[str], _schema: Any) -> Accepts:
    return lambda value: type(value) is not dict or all(name in value for name in names)


def _enum(values: list[Any], _schema: Any) -> Accepts:
    if not all(isinstance(value, str) for value in values):
        raise _UnknownKeywordError
    allowed = frozenset(values)
    return lambda value: isinstance(value, str) and value in allowed


def _format(name: str, _schema: Any) -> Accepts:
    return lambda value: bool(FORMATS.conforms(value, name))


def _size(kind: type[Sized], holds: Callable[[int, int], bool]) -> Callable[[int, Any], Accepts]:
    def compile_size(limit: int, _schema: Any) -> Accepts:
        return lambda value: not isinstance(value, kind) or holds(len(value), limit)

    return compile_size


def _bound(holds: Callable[[float, float], bool]) -> Callable[[float, Any], Accepts]:
    def compile_bound(limit: float, _schema: Any) -> Accepts:
        return lambda value: type(value) not in (int, float) or holds(value, limit)

    return compile_bound


def _at_least(value: float, limit: float) -> bool:
    return value >= limit


def _at_most(value: float, limit: float) -> bool:
    return value <= limit


_KEYWORDS: dict[str, Callable[[Any, Any], Accepts]] = {
    "type": lambda _value, _schema: lambda _instance: True,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "items": _items,
    "anyOf": _any,
    "allOf": _all,
    "not": _not,
    "enum": _enum,
    "format": _format,
    "pattern": lambda pattern, _schema: (
        lambda value: type(value) is not str or matches(pattern, value)
    ),
    "minLength": _size(str, _at_least),
    "maxLength": _size(str, _at_most),
    "minItems": _size(list, _at_least),
    "maxItems": _size(list, _at_most),
    "minProperties": _size(dict, _at_least),
    "maxProperties": _size(dict, _at_most),
    "minimum": _bound(_at_least),
    "maximum": _bound(_at_most),
}
