"""A workflow's parameters: their schema is checked once, given values are resolved against it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from catalog.json_schema import (
    FORMATS,
    MAX_PATTERN,
    PatternInvalidError,
    SchemaTooComplexError,
    Validator,
    describe,
    errors_of,
    label,
    matches,
)
from catalog.shape import Report
from catalog.source_problems import Path, pointer
from maestro.kernel.errors import InvalidInput, Problem

_SURROGATE = re.compile("[\ud800-\udfff]")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
EMPTY: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}

_REFUSED_KEYWORDS = {
    "$id": "The schema stands alone and has no address of its own.",
    "$dynamicRef": "Use $ref.",
    "$dynamicAnchor": "Use $defs and $ref.",
    "$recursiveRef": "Use $ref.",
    "$vocabulary": "Only the standard vocabularies are used.",
}
_COMPOSING = frozenset(
    [
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "$ref",
        "patternProperties",
        "unevaluatedProperties",
        "dependentSchemas",
    ]
)
SUBSCHEMA = frozenset(
    [
        "not",
        "if",
        "then",
        "else",
        "items",
        "contains",
        "propertyNames",
        "additionalProperties",
        "unevaluatedItems",
        "unevaluatedProperties",
    ]
)
_SUBSCHEMAS = frozenset(
    ["properties", "patternProperties", "$defs", "dependentSchemas", "definitions"]
)
_SUBSCHEMA_LISTS = frozenset(["allOf", "anyOf", "oneOf", "prefixItems"])


class ParametersInvalid(InvalidInput):
    """What a run was given does not fit; `problems` has every one, in words for people."""

    code = "parameters_invalid"
    title = "Some parameters are missing or not valid"


_MAX_IDENTITIES = 512
_BY_IDENTITY: dict[int, tuple[Mapping[str, Any], Any]] = {}


@lru_cache(maxsize=512)
def _validator(canonical: str) -> Any:
    return Validator(json.loads(canonical), format_checker=FORMATS)


def validator_of(schema: Mapping[str, Any]) -> Any:
    """The compiled validator of `schema`, which must not be changed afterwards.

    The last 512 are kept by content, and found again by identity: writing a schema out to compare
    it takes longer than to validate with it.
    """
    known = _BY_IDENTITY.get(id(schema))
    if known is not None and known[0] is schema:
        return known[1]
    validator = _validator(json.dumps(schema, sort_keys=True, ensure_ascii=False))
    if len(_BY_IDENTITY) >= _MAX_IDENTITIES:
        _BY_IDENTITY.clear()
    # The schema is kept too, so that no other object can get its identity.
    _BY_IDENTITY[id(schema)] = (schema, validator)
    return validator


@lru_cache(maxsize=512)
def _meta_errors(canonical: str) -> tuple[tuple[tuple[Any, ...], str], ...]:
    found = Validator(Validator.META_SCHEMA).iter_errors(json.loads(canonical))
    return tuple((tuple(error.absolute_path), error.message) for error in found)


def complete_schema(schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The schema with what is left out said: an object, and no other keys unless it composes."""
    if schema is None:
        return copy.deepcopy(EMPTY)
    complete = {"type": "object", "properties": {}, **schema}
    if _COMPOSING.isdisjoint(schema):
        complete.setdefault("additionalProperties", False)
    return complete


def check_schema(schema: Mapping[str, Any], at: Path, report: Report) -> bool:
    """Report what is wrong with a parameters schema; true when values may be checked against it."""
    refused: list[Path] = []

    def refuse(path: Path, code: str, message: str, hint: str) -> None:
        refused.append(path)
        report((*at, *path), code, message, hint)

    for meta_path, message in _meta_errors(json.dumps(schema, sort_keys=True, ensure_ascii=False)):
        refuse(meta_path, "schema_invalid", f"Not a JSON Schema: {message[:300]}.", _SCHEMA_HINT)
    if refused:
        return False
    if schema.get("type", "object") != "object":
        refuse(("type",), "schema_invalid", "Parameters are an object.", "Write type: object.")
    for path, part in _walk(schema, ()):
        for keyword, why in _REFUSED_KEYWORDS.items():
            if keyword in part:
                refuse((*path, keyword), "schema_refused", f"{keyword} is not used here.", why)
        if part.get("$schema", DIALECT).rstrip("#") != DIALECT:
            hint = f"Leave $schema out, or write {DIALECT}."
            refuse((*path, "$schema"), "schema_refused", "Only JSON Schema 2020-12 is read.", hint)
        if "$ref" in part and not _resolves(schema, part["$ref"]):
            refuse(
                (*path, "$ref"),
                "schema_reference",
                f"{part['$ref']!r} leads nowhere in this schema.",
                "Only local references are followed: #/$defs/name.",
            )
        if "unevaluatedProperties" in part and "patternProperties" in part:
            refuse(
                (*path, "patternProperties"),
                "schema_refused",
                "patternProperties does not go with unevaluatedProperties here.",
                "Use additionalProperties.",
            )
        patterns = [((*path, "pattern"), part["pattern"])] if "pattern" in part else []
        patterns += [
            ((*path, "patternProperties", name), name) for name in part.get("patternProperties", {})
        ]
        for where, pattern in patterns:
            _check_pattern(pattern, where, refuse)
    if refused:
        return False
    return _check_defaults(schema, refuse)


_SCHEMA_HINT = "See https://json-schema.org/draft/2020-12."


def _check_pattern(pattern: str, path: Path, refuse: Report) -> None:
    if len(pattern) > MAX_PATTERN:
        message = f"The pattern is longer than {MAX_PATTERN} characters."
        refuse(path, "pattern_invalid", message, "Shorten it, or use format or enum.")
        return
    try:
        matches(pattern, "")
    except PatternInvalidError as error:
        refuse(
            path,
            "pattern_invalid",
            f"The pattern can't be used: {error}.",
            "Patterns are RE2: no look-around and no back-references.",
        )


def _check_defaults(schema: Mapping[str, Any], refuse: Report) -> bool:
    """Whether defaults fit and the schema comes to an end, tried on nothing and on the defaults."""
    sound = True
    whole = validator_of(schema)
    try:
        errors_of(whole, {})
        for path, part in _walk(schema, ()):
            if "default" not in part:
                continue
            for error in errors_of(whole.evolve(schema=part), part["default"])[:1]:
                sound = False
                message = describe(error, "The default")[2]
                refuse((*path, "default"), "default_invalid", message, "Give a default that fits.")
    except SchemaTooComplexError:
        refuse((), "schema_too_complex", "The schema refers to itself without end.", "Unroll it.")
        return False
    return sound


def _walk(schema: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every subschema that is an object, with its path."""
    if not isinstance(schema, Mapping):
        return
    yield path, schema
    for keyword, value in schema.items():
        if keyword in SUBSCHEMA:
            yield from _walk(value, (*path, keyword))
        elif keyword in _SUBSCHEMAS and isinstance(value, Mapping):
            for name, part in value.items():
                yield from _walk(part, (*path, keyword, name))
        elif keyword in _SUBSCHEMA_LISTS and isinstance(value, list):
            for index, part in enumerate(value):
                yield from _walk(part, (*path, keyword, index))


def _resolves(schema: Mapping[str, Any], reference: Any) -> bool:
    return isinstance(reference, str) and follow(schema, reference) is not None


def follow(schema: Mapping[str, Any], reference: str) -> Any:
    """The subschema that the local `reference` names, or None."""
    if reference == "#":
        return schema
    if reference.startswith("#/"):
        part: Any = schema
        for raw in reference[2:].split("/"):
            name = raw.replace("~1", "/").replace("~0", "~")
            if isinstance(part, Mapping) and name in part:
                part = part[name]
            elif isinstance(part, list) and name.isdecimal() and int(name) < len(part):
                part = part[int(name)]
            else:
                return None
        return part if isinstance(part, Mapping | bool) else None
    if reference.startswith("#"):
        anchors = (
            part for _path, part in _walk(schema, ()) if part.get("$anchor") == reference[1:]
        )
        return next(anchors, None)
    return None


def fill_defaults(schema: Mapping[str, Any], value: Any) -> Any:
    """`value` with the defaults of `schema` put in where a key is missing, in nested objects too.

    An object that is missing and has no default itself is not made up. The input is not changed.
    """
    return _fill(schema, schema, value, 0)


def fill_part(root: Mapping[str, Any], part: Any, value: Any) -> Any:
    """The same for a value of `part`, which stands somewhere in the schema `root`."""
    return _fill(root, part, value, 0)


def _fill(root: Mapping[str, Any], schema: Any, value: Any, depth: int) -> Any:
    if not isinstance(schema, Mapping) or depth > 64:
        return value
    reference = schema.get("$ref")
    if isinstance(reference, str):
        value = _fill(root, follow(root, reference), value, depth + 1)
    for part in schema.get("allOf", ()):
        value = _fill(root, part, value, depth + 1)
    if isinstance(value, Mapping):
        filled = dict(value)
        for name, part in schema.get("properties", {}).items():
            if name not in filled and isinstance(part, Mapping) and "default" in part:
                filled[name] = copy.deepcopy(part["default"])
            if name in filled:
                filled[name] = _fill(root, part, filled[name], depth + 1)
        return filled
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_fill(root, schema["items"], item, depth + 1) for item in value]
    return value


def problems_of(schema: Mapping[str, Any], value: Any) -> list[Problem]:
    """Everything that does not fit, in words for a person."""
    try:
        errors = errors_of(validator_of(schema), value)
    except SchemaTooComplexError:
        message = "The parameters nest too far to be checked."
        return [Problem("", message, "too_complex", "Give less, or ask the workflow's author.")]
    problems = []
    for error in errors:
        path, code, message, hint = describe(error, "The parameters")
        problems.append(Problem(pointer(path), message, code, hint))
    return list(dict.fromkeys(problems))


def _unstorable(value: Any) -> list[Problem]:
    """Text that no row can hold: NUL characters and halves of surrogate pairs."""
    found: list[Problem] = []
    stack: list[tuple[Path, Any]] = [((), value)]
    while stack:
        path, part = stack.pop()
        if isinstance(part, str):
            half = not part.isascii() and _SURROGATE.search(part)
            if half or "\0" in part:
                message = f"`{label(path)}` holds a character that can't be stored."
                found.append(Problem(pointer(path), message, "invalid_character", "Remove it."))
        elif isinstance(part, Mapping):
            stack.extend(((*path, key), key) for key in part if not key.isprintable())
            stack.extend(((*path, key), item) for key, item in part.items())
        elif isinstance(part, list):
            stack.extend(((*path, index), item) for index, item in enumerate(part))
    return found


def resolve(schema: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """What a run gets: `given` with the defaults filled in.

    Raises `ParametersInvalid` with every problem at once.
    """
    if not isinstance(given, Mapping):
        problem = Problem("", "The parameters must be a map of keys and values.", "wrong_type")
        raise ParametersInvalid(problem.message, problems=[problem])
    filled: dict[str, Any] = fill_defaults(schema, given)
    problems = _unstorable(filled) + problems_of(schema, filled)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ParametersInvalid(problems[0].message + more, problems=problems)
    return filled


def type_at(schema: Mapping[str, Any], path: tuple[str, ...]) -> str:
    """The JSON Schema type of the parameter at `path` where there is exactly one, else empty."""
    part: Any = schema
    for name in path:
        part = _follow_all(schema, part)
        properties = part.get("properties") if isinstance(part, Mapping) else None
        part = properties.get(name) if isinstance(properties, Mapping) else None
        if part is None:
            return ""
    part = _follow_all(schema, part)
    if not isinstance(part, Mapping):
        return ""
    kind = part.get("type")
    return kind if isinstance(kind, str) else ""


def _follow_all(root: Mapping[str, Any], part: Any) -> Any:
    for _hop in range(16):
        if not isinstance(part, Mapping) or not isinstance(part.get("$ref"), str):
            break
        part = follow(root, part["$ref"])
    return part


def may_hold(schema: Mapping[str, Any], name: str) -> bool:
    """Whether parameters may have the key `name`, as far as the schema says."""
    if name in schema.get("properties", {}):
        return True
    if not _COMPOSING.isdisjoint(schema):
        return True
    return schema.get("additionalProperties", False) is not False
