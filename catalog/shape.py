"""Checks a value against the small part of JSON Schema that the document's own schema uses.

It exists for its answers: every problem at once, in plain words, with the nearest known key named.
Schemas are compiled to functions once. Supported: type, enum, pattern, minLength, maxLength,
minimum, maximum, minItems, maxItems, uniqueItems, items, properties, required, propertyNames,
maxProperties, additionalProperties; `examples` make the hint.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from catalog.source_problems import Path

Report: TypeAlias = "Callable[[Path, str, str, str], None]"
"""Takes path, code, message and hint."""

Check: TypeAlias = "Callable[[Any, Path, Report], None]"

_KINDS: dict[str, str] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map of keys and values",
    "null": "null",
}


_TYPES: dict[type, str] = {
    str: "string",
    dict: "object",
    list: "array",
    bool: "boolean",
    int: "integer",
    type(None): "null",
}


def nearest(name: str, known: Iterable[str]) -> str:
    """The one of `known` that `name` was probably meant to be, or empty."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def did_you_mean(name: str, known: Iterable[str], what: str = "Known are") -> str:
    """A hint that names the nearest of `known`, or else the first few."""
    names = list(known)
    near = nearest(name, names)
    if near:
        return f"Did you mean {near!r}?"
    shown = ", ".join(sorted(names)[:12])
    return f"{what}: {shown}{', …' if len(names) > 12 else ''}." if shown else ""


def type_of(value: Any) -> str:
    """The JSON Schema type of a JSON value; a whole number is an `integer`."""
    kind = _TYPES.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list | tuple) else "object"


def in_words(types: str | Iterable[str]) -> str:
    """JSON Schema types as a person says them: `text or true or false`."""
    names = [types] if isinstance(types, str) else list(types)
    return " or ".join(_KINDS.get(name, name) for name in names)


def compile_shape(schema: Mapping[str, Any]) -> Check:
    """The function that reports each way in which a value does not fit `schema`."""
    checks: dict[str, list[Check]] = {"string": [], "integer": [], "array": [], "object": []}
    _for_text(schema, checks["string"])
    _for_numbers(schema, checks["integer"])
    _for_lists(schema, checks["array"])
    _for_objects(schema, checks["object"])
    types = schema.get("type")
    allowed = frozenset([types] if isinstance(types, str) else types or ())
    choices = schema.get("enum")
    example = _example(schema)

    def check(value: Any, path: Path, report: Report) -> None:
        kind = type_of(value)
        if choices is not None:
            if value not in choices:
                hint = did_you_mean(str(value), map(str, choices), "It is one of")
                report(path, "not_allowed", f"{_short(value)} is not allowed here.", hint)
            return
        if allowed and kind not in allowed:
            wanted = in_words([types] if isinstance(types, str) else types or ())
            message = f"Here stands {in_words(kind)}, but it must be {wanted}."
            report(path, "wrong_type", message, example)
            return
        for one in checks.get(kind, ()):
            one(value, path, report)

    return check


def _for_text(schema: Mapping[str, Any], checks: list[Check]) -> None:
    longest, shortest = schema.get("maxLength"), schema.get("minLength")
    example = _example(schema)
    title = schema.get("title", "the text")
    if shortest is not None or longest is not None:

        def length(value: Any, path: Path, report: Report) -> None:
            if longest is not None and len(value) > longest:
                message = f"{title} is longer than {longest} characters."
                report(path, "too_long", message, "Shorten it.")
            if shortest is not None and len(value) < shortest:
                report(path, "too_short", f"{title} is empty.", example or "Write something.")

        checks.append(length)
    if "pattern" in schema:
        pattern = re.compile(schema["pattern"])

        def form(value: Any, path: Path, report: Report) -> None:
            # `$` also matches before a last line break, which no pattern here means.
            if not pattern.search(value) or value.endswith("\n"):
                hint = " ".join(filter(None, (schema.get("description", ""), example)))
                report(
                    path, "wrong_format", f"{_short(value)} is not a valid {title.lower()}.", hint
                )

        checks.append(form)


def _for_numbers(schema: Mapping[str, Any], checks: list[Check]) -> None:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return

    def bounds(value: Any, path: Path, report: Report) -> None:
        if (low is not None and value < low) or (high is not None and value > high):
            message = f"{_short(value)} is outside of {low} to {high}."
            report(path, "out_of_range", message, f"Choose between {low} and {high}.")

    checks.append(bounds)


def _for_lists(schema: Mapping[str, Any], checks: list[Check]) -> None:
    most, fewest = schema.get("maxItems"), schema.get("minItems")
    title = schema.get("title", "the list")
    each = compile_shape(schema["items"]) if "items" in schema else None
    unique = schema.get("uniqueItems", False)

    def items(value: Any, path: Path, report: Report) -> None:
        if most is not None and len(value) > most:
            message = f"{title} holds {len(value)} entries; {most:,} are allowed."
            report(path, "too_many", message, "Split it over several workflows.")
            return
        if fewest is not None and len(value) < fewest:
            report(path, "too_few", f"{title} is empty.", f"Write at least {fewest}.")
        seen: set[Any] = set()
        for index, item in enumerate(value):
            if each is not None:
                each(item, (*path, index), report)
            if unique and isinstance(item, str):
                if item in seen:
                    message = f"{item!r} is listed twice."
                    report((*path, index), "duplicate_item", message, "Keep one of them.")
                seen.add(item)

    checks.append(items)


def _for_objects(schema: Mapping[str, Any], checks: list[Check]) -> None:
    known: dict[str, Check] = {
        name: compile_shape(part) for name, part in schema.get("properties", {}).items()
    }
    required = schema.get("required", ())
    additional = schema.get("additionalProperties", True)
    others = compile_shape(additional) if isinstance(additional, Mapping) else None
    names = (
        compile_shape({"type": "string", "title": "Name", **schema["propertyNames"]})
        if ("propertyNames" in schema)
        else None
    )
    most = schema.get("maxProperties")
    title = schema.get("title", "The map")

    def members(value: Any, path: Path, report: Report) -> None:
        if most is not None and len(value) > most:
            message = f"{title} holds {len(value)} entries; {most:,} are allowed."
            report(path, "too_many", message, "Leave out what is not needed.")
            return
        for key, item in value.items():
            inner = (*path, key)
            if key in known:
                known[key](item, inner, report)
            elif additional is False:
                missing = [name for name in known if name not in value]
                hint = did_you_mean(key, missing) or did_you_mean(key, known)
                report(inner, "unknown_key", f"The key {key!r} is not known here.", hint)
            else:
                if names is not None:
                    names(key, inner, report)
                if others is not None:
                    others(item, inner, report)
        for key in required:
            if key not in value:
                part = schema.get("properties", {}).get(key, {})
                hint = " ".join(filter(None, (part.get("description", ""), _example(part))))
                report(path, "missing_key", f"{key!r} is missing.", f"Add {key}. {hint}".strip())

    checks.append(members)


def _example(schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples") or schema.get("enum")
    return f"For example: {', '.join(map(str, examples[:4]))}." if examples else ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
