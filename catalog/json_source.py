"""Reading JSON (RFC 8259) strictly; lines and columns are found only when a problem needs them."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from catalog.source_problems import (
    MAX_DEPTH,
    MAX_SAFE_INTEGER,
    Node,
    Place,
    is_exact,
    locate,
    pointer,
    refuse,
    refuse_all,
    too_deep,
)
from maestro.kernel.errors import Problem

_TOKEN = re.compile(r'[\s,:]*(?:([{}\[\]])|("(?:[^"\\]|\\.)*")|([^\s,:{}\[\]"]+))', re.DOTALL)
_MAX_DIGITS = 400


class _Duplicate:
    """Stands in a read object for a key that was written more than once."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class _BadNumber(float):
    """A number that JSON can say but that readers don't keep."""


def read_json(text: str) -> tuple[Any, Node | None]:
    """The value that `text` says; positions come from `json_positions(text)` when needed.

    Raises `DocumentInvalid` with one problem for a syntax error and with every one for duplicate
    keys, numbers beyond ±(2^53-1), NaN, Infinity and text that is not Unicode.
    """
    suspects: list[Any] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            seen: set[str] = set()
            for key, value in items:
                if key in seen:
                    found[key] = _Duplicate(value)
                seen.add(key)
            suspects.append(found)
        return found

    def integer(digits: str) -> Any:
        if len(digits) > 17 or abs(int(digits)) > MAX_SAFE_INTEGER:
            suspects.append(digits)
            return _BadNumber()
        return int(digits)

    def real(digits: str) -> Any:
        number = float(digits) if len(digits) <= _MAX_DIGITS else math.inf
        if not is_exact(number):
            suspects.append(digits)
            return _BadNumber()
        return number

    def constant(name: str) -> NoReturn:
        offset = text.find(name)
        raise json.JSONDecodeError(f"{name} is not JSON", text, offset)

    try:
        value = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=integer,
            parse_float=real,
            parse_constant=constant,
        )
    except json.JSONDecodeError as error:
        raise refuse(
            "syntax",
            f"The JSON can't be read here: {error.msg}.",
            "Check commas, quotes and brackets around this place.",
            error.lineno,
            error.colno,
        ) from None
    except RecursionError:
        raise too_deep(1, 1) from None
    _check(text, value, suspects=bool(suspects))
    return value, None


def _check(text: str, value: Any, *, suspects: bool) -> None:
    """Raise for what nests too far and for what the hooks marked."""
    # A surrogate or a NUL can only come from an escape, so most documents need no look at text.
    odd_text = "\\u" in text
    found: list[tuple[tuple[str | int, ...], str, str, str]] = []
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while stack:
        path, part = stack.pop()
        if isinstance(part, _Duplicate):
            found.append(
                (
                    path,
                    "duplicate_key",
                    f"The key {path[-1]!r} is written twice.",
                    "Keep one of them.",
                )
            )
            part = part.value
        if isinstance(part, dict | list):
            if len(path) >= MAX_DEPTH:
                raise too_deep(*_position(text, path))
            items = part.items() if isinstance(part, dict) else enumerate(part)
            for key, child in items:
                if odd_text and isinstance(key, str):
                    _check_text(path, key, found)
                if odd_text or suspects or isinstance(child, dict | list):
                    stack.append(((*path, key), child))
        elif isinstance(part, _BadNumber):
            found.append(
                (
                    path,
                    "number_too_large",
                    "The number is beyond what JSON readers keep exactly (±9007199254740991).",
                    "Write it as text in quotes.",
                )
            )
        elif odd_text and isinstance(part, str):
            _check_text(path, part, found)
    if found:
        root = json_positions(text)
        raise refuse_all([_problem(root, *item) for item in found])


def _check_text(
    path: tuple[str | int, ...], text: str, found: list[tuple[tuple[str | int, ...], str, str, str]]
) -> None:
    if "\0" in text:
        message = "The text holds a NUL character, which can't be stored."
        found.append((path, "null_character", message, "Remove it."))
    if any("\ud800" <= character <= "\udfff" for character in text):
        message = "The text holds half of a surrogate pair, which is no character."
        found.append((path, "invalid_character", message, "Write both halves, or the character."))


def _problem(
    root: Node, path: tuple[str | int, ...], code: str, message: str, hint: str
) -> Problem:
    line, column = locate(root, path)
    return Problem(pointer(path), message, code, hint, line, column)


def _position(text: str, path: tuple[str | int, ...]) -> tuple[int, int]:
    return locate(json_positions(text), path)


def json_positions(text: str) -> Node:
    """Where each part of the valid JSON `text` stands. An entry stands where its key does."""
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    line_index = 0
    root: Node | None = None
    # Each frame: children, the pending key with its place, and the place of the whole.
    stack: list[list[Any]] = []
    # From spaces at the end a token would be looked for at each of them.
    for match in _TOKEN.finditer(text.rstrip()):
        bracket, string, _other = match.groups()
        start = match.start(match.lastindex or 0)
        while line_index + 1 < len(lines) and lines[line_index + 1] <= start:
            line_index += 1
        place = Place(line_index, start - lines[line_index])
        if bracket in ("}", "]"):
            frame = stack.pop()
            node: Node = (frame[2], frame[0])
        elif bracket:
            if len(stack) > MAX_DEPTH:
                return root or (stack[0][2], stack[0][0])
            stack.append([{} if bracket == "{" else [], None, place])
            continue
        elif string and stack and isinstance(stack[-1][0], dict) and stack[-1][1] is None:
            stack[-1][1] = (json.loads(string), place)
            continue
        else:
            node = (place, None)
        if not stack:
            root = node
        elif isinstance(stack[-1][0], list):
            stack[-1][0].append(node)
        else:
            key, key_place = stack[-1][1]
            stack[-1][1] = None
            stack[-1][0][key] = (key_place, node[1])
    return root or (Place(0, 0), None)
