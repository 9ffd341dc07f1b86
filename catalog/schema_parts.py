"""The parts of a JSON Schema, as two schemas are compared by them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from catalog.json_schema import SchemaTooComplexError, errors_of
from catalog.parameters import SUBSCHEMA, follow, validator_of

Schema: TypeAlias = "Mapping[str, Any] | bool"
Parts: TypeAlias = "tuple[Schema, ...]"

ANY_TYPE = frozenset(["null", "boolean", "object", "array", "integer", "fraction", "string"])

_NAMED = frozenset(["properties", "patternProperties", "dependentSchemas"])
_LISTS = frozenset(["allOf", "anyOf", "oneOf", "prefixItems"])
_BOUNDS = frozenset(
    [
        "type",
        "format",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
    ]
)
_WHOLE = frozenset(
    [
        "enum",
        "const",
        "required",
        "dependentRequired",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
        "$ref",
    ]
)
SEMANTIC = SUBSCHEMA | _NAMED | _LISTS | _BOUNDS | _WHOLE
# What says the same of a value whether its defaults were filled in or not, part by part.
_SIMPLE = _BOUNDS | {"properties", "required", "additionalProperties", "items", "default"}
_EMPTY: dict[str, Any] = {
    "minLength": 0,
    "minItems": 0,
    "minProperties": 0,
    "uniqueItems": False,
    "required": [],
    "dependentRequired": {},
}


def bare(schema: Any) -> Any:
    """The schema without what only describes: titles, examples, names that no keyword has."""
    if not isinstance(schema, Mapping):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in SUBSCHEMA:
            kept[key] = bare(value)
        elif key in _NAMED and isinstance(value, Mapping):
            kept[key] = {name: bare(part) for name, part in value.items()}
        elif key in _LISTS and isinstance(value, list):
            kept[key] = [bare(part) for part in value]
        elif key == "default" or (key in SEMANTIC and not (key in _EMPTY and value == _EMPTY[key])):
            kept[key] = sorted(value) if key == "required" else value
    return kept


def written(schema: Any) -> str:
    """`bare(schema)` as text: the same where two schemas say the same, references aside."""
    return json.dumps(bare(schema), sort_keys=True)


def is_trivial(schema: Any) -> bool:
    """Whether it plainly takes every value."""
    return schema is True or (isinstance(schema, Mapping) and SEMANTIC.isdisjoint(bare(schema)))


def is_simple(schema: Schema) -> bool:
    """Whether filling defaults in leaves what was valid valid, as far as its own keywords go."""
    return not isinstance(schema, Mapping) or SEMANTIC.intersection(bare(schema)) <= _SIMPLE


def types_of(schema: Schema) -> frozenset[str]:
    """The types a value may have, whole numbers and fractions apart; more where it is not seen."""
    if not isinstance(schema, Mapping):
        return ANY_TYPE if schema else frozenset()
    types = ANY_TYPE
    if "type" in schema:
        named = schema["type"]
        types = frozenset(named if isinstance(named, list) else [named])
        types |= {"integer", "fraction"} if "number" in types else set()
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            types &= frozenset().union(*map(types_of, schema[keyword]))
    return types & ANY_TYPE


def dereferenced(root: Mapping[str, Any], schema: Any) -> Any:
    """The schema that a part stands for which is nothing but a reference; False for a circle."""
    for _hop in range(16):
        if not isinstance(schema, Mapping) or "$ref" not in schema:
            return schema
        if not (SEMANTIC - {"$ref"}).isdisjoint(schema):
            return schema
        schema = follow(root, schema["$ref"])
    return False


class Side:
    """One of the two schemas, and what is asked of its parts."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.validator = validator_of(root)

    def accepts(self, part: Schema, value: Any) -> bool:
        """Whether `value` is valid against `part`."""
        try:
            return not errors_of(self.validator.evolve(schema=part), value)
        except SchemaTooComplexError:
            return False

    def fills(self, part: Any, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a default anywhere inside could be filled into a value of `part`."""
        if not isinstance(part, Mapping):
            return False
        reference = part.get("$ref")
        if isinstance(reference, str):
            if reference in seen:
                return False
            seen |= {reference}
            if self.fills(follow(self.root, reference), seen):
                return True
        inner = [*part.get("properties", {}).values()]
        if any(isinstance(one, Mapping) and "default" in one for one in inner):
            return True
        inner += [*part.get("allOf", ()), part.get("items")]
        return any(self.fills(one, seen) for one in inner)

    def flattened(self, parts: Sequence[Schema], depth: int = 0) -> Parts | None:
        """The parts with references and allOf opened: all of them hold together. None: too deep."""
        flat: list[Schema] = []
        if depth > 16:
            return None
        for part in parts:
            flat.append(part)
            if not isinstance(part, Mapping):
                continue
            inner: list[Any] = list(part.get("allOf", ()))
            if "$ref" in part:
                inner.append(follow(self.root, part["$ref"]))
            opened = self.flattened(inner, depth + 1) if inner else ()
            if opened is None:
                return None
            flat += opened
        return tuple(flat)

    def what_references_mean(self) -> str:
        """A text that two roots share only where each reference means the same in both."""
        definitions = {key: self.root.get(key, {}) for key in ("$defs", "definitions")}
        shared = '"$ref": "#/$defs/', '"$ref": "#/definitions/'
        whole = json.dumps(self.root, sort_keys=True)
        if whole.count('"$ref": "') != sum(map(whole.count, shared)) or '"$anchor"' in whole:
            return whole
        return json.dumps(definitions, sort_keys=True)


def opened(part: Schema) -> Schema:
    """A part of a flattened list: what it refers to stands beside it."""
    if not isinstance(part, Mapping):
        return part
    return {key: value for key, value in part.items() if key not in ("allOf", "$ref")}
