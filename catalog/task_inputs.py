"""A step's `with` against its task's manifest, where any value may be an expression.

An expression stands for a value that is not known yet. It is replaced by a sample of its type,
where that is known, and of what the schema then finds only that is kept which holds whatever the
value will be: a wrong type, a missing or an unknown key, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema import ValidationError

from catalog.json_schema import describe, errors_of, value_of
from catalog.parameters import follow, validator_of
from catalog.quick_check import Accepts, Open, compile_quick
from catalog.shape import Report, in_words
from catalog.source_problems import Path

_SAMPLES: dict[str, Any] = {
    "integer": 0,
    "number": 0,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}
_STRUCTURAL = frozenset(
    [
        "anyOf",
        "allOf",
        "oneOf",
        "not",
        "required",
        "minProperties",
        "maxProperties",
        "minItems",
        "maxItems",
    ]
)
_BY_VALUE = frozenset(
    ["const", "enum", "contains", "uniqueItems", "unevaluatedProperties", "unevaluatedItems"]
)


class Inputs:
    """What one step gives its task. `kinds` has each expression's path and its type, if known."""

    def __init__(self, value: Any, kinds: Mapping[Path, str], sources: Mapping[Path, str]) -> None:
        self._value = value
        self._kinds = kinds
        self._sources = sources

    def check(self, schema: Mapping[str, Any], at: Path, report: Report) -> None:
        """Report each way in which no value of the expressions would fit `schema`."""
        quick = _quick_for(schema)
        if quick is not None and quick(_opened(self._value, (), self._kinds)):
            return
        sample = _substitute(self._value, (), self._kinds)
        for error in errors_of(validator_of(schema), sample):
            if not self._certain(error):
                continue
            path, code, message, hint = describe(error, "`with`")
            inner = tuple(path)
            if inner in self._kinds and error.validator == "type":
                kind = in_words(self._kinds[inner])
                wanted = in_words(value_of(error))
                message = (
                    f"`{inner[-1]}` must be {wanted}, but {self._sources[inner]} gives {kind}."
                )
                hint = f"Convert it: string(x), int(x), double(x). {hint}".strip()
            report((*at, *inner), code, message, hint)

    def _certain(self, error: ValidationError) -> bool:
        """Whether the error holds whatever the expressions will give."""
        path = tuple(error.absolute_path)
        keyword = error.validator
        if keyword in ("additionalProperties", None):
            return True
        if keyword in ("anyOf", "oneOf"):
            branches: dict[Any, list[ValidationError]] = {}
            for part in error.context or ():
                branches.setdefault(part.schema_path[0], []).append(part)
            if not branches:
                return not self._open_below(path)
            return all(any(map(self._certain, parts)) for parts in branches.values())
        if path in self._kinds:
            return keyword == "type" and bool(self._kinds[path])
        if keyword == "not":
            return _is_structural(error.validator_value) or not self._open_below(path)
        if keyword in _BY_VALUE or {"then", "else", "dependentSchemas"} & set(
            error.absolute_schema_path
        ):
            return not self._open_below(path)
        return True

    def _open_below(self, path: Path) -> bool:
        return any(one[: len(path)] == path for one in self._kinds)


_QUICK: dict[int, tuple[Mapping[str, Any], Accepts | None]] = {}
_MAX_QUICK = 1024


def _quick_for(schema: Mapping[str, Any]) -> Accepts | None:
    """The compiled quick check of a manifest's schema, found by its identity."""
    known = _QUICK.get(id(schema))
    if known is None or known[0] is not schema:
        if len(_QUICK) >= _MAX_QUICK:
            _QUICK.clear()
        known = _QUICK[id(schema)] = (schema, compile_quick(schema))
    return known[1]


def _opened(value: Any, path: Path, kinds: Mapping[Path, str]) -> Any:
    """`value` with each expression marked as open."""
    if not kinds:
        return value
    kind = type(value)
    if kind is dict:
        return {key: _opened(item, (*path, key), kinds) for key, item in value.items()}
    if kind is list:
        return [_opened(item, (*path, index), kinds) for index, item in enumerate(value)]
    return Open(kinds[path]) if kind is str and path in kinds else value


def _substitute(value: Any, path: Path, kinds: Mapping[Path, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _substitute(item, (*path, key), kinds) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_substitute(item, (*path, index), kinds) for index, item in enumerate(value)]
    return _SAMPLES.get(kinds[path], value) if path in kinds else value


def _is_structural(schema: Any) -> bool:
    """Whether a schema looks at keys and counts alone, never at values."""
    if not isinstance(schema, Mapping):
        return True
    for keyword, value in schema.items():
        if keyword not in _STRUCTURAL:
            return False
        parts = value if isinstance(value, list) else [value]
        if keyword in ("anyOf", "allOf", "oneOf", "not") and not all(map(_is_structural, parts)):
            return False
    return True


def takes_secret(schema: Mapping[str, Any], path: Sequence[str | int]) -> bool:
    """Whether the place `path` of a task's `with` is one where a secret may stand (`x-secret`)."""
    return any(part.get("x-secret") is True for part in _parts_at(schema, schema, path, 0))


def _parts_at(
    root: Mapping[str, Any], schema: Any, path: Sequence[str | int], depth: int
) -> Iterator[Mapping[str, Any]]:
    """Every subschema that speaks about the place."""
    if not isinstance(schema, Mapping) or depth > 64:
        return
    for keyword in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(keyword, ()):
            yield from _parts_at(root, part, path, depth + 1)
    if isinstance(schema.get("$ref"), str):
        yield from _parts_at(root, follow(root, schema["$ref"]), path, depth + 1)
    if not path:
        yield schema
        return
    first, rest = path[0], path[1:]
    if isinstance(first, int):
        prefix = schema.get("prefixItems", ())
        part = prefix[first] if first < len(prefix) else schema.get("items")
    else:
        properties = schema.get("properties", {})
        part = properties[first] if first in properties else schema.get("additionalProperties")
    yield from _parts_at(root, part, rest, depth + 1)
