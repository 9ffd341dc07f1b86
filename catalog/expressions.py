"""Templates: JSON values with `${{ … }}` expressions in their text.

A text that is one expression keeps the type of its value; inside other text the value is rendered:
text as it is, anything else as its canonical JSON (RFC 8785). Expressions stand in values, never in
keys. To write `${{` itself, quote it in CEL: `${{ "${{" }}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from catalog.cel_program import (
    MAX_SOURCE,
    ROOTS,
    Expression,
    ExpressionFailed,
    ExpressionInvalid,
    compile_expression,
)
from catalog.cel_syntax import Reference
from maestro.kernel.canonical import canonical_bytes

__all__ = [
    "MAX_SOURCE",
    "MAX_TEXT",
    "ROOTS",
    "Expression",
    "ExpressionFailed",
    "ExpressionInvalid",
    "Placed",
    "Reference",
    "Template",
    "compile_expression",
    "evaluate",
    "references",
]

MAX_TEXT = 1024 * 1024
"""The longest rendered text, in characters."""

_OPEN = "${{"
# What matters for where an expression ends: strings, comments and braces.
_TOKEN = re.compile(
    r"""
    (?P<string> [rR][bB]? (?: \"{3}.*?\"{3} | '{3}.*?'{3} | "[^"\n]*" | '[^'\n]*' )
      | \"{3}(?:[^\\]|\\.)*?\"{3} | '{3}(?:[^\\]|\\.)*?'{3}
      | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' )
    | (?P<word> \w+ ) | (?P<comment> //[^\n]* ) | (?P<open> \{ ) | (?P<close> \} )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Placed:
    """An expression and where it stands; `whole` is whether it is the whole value there."""

    path: tuple[str | int, ...]
    expression: Expression
    whole: bool


class Rendered:
    """Text with expressions in it; `parts` are its pieces in order."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[str | Expression, ...]) -> None:
        self.parts = parts


class Template:
    """A JSON value with its expressions compiled; immutable, and shared by threads."""

    __slots__ = ("_node", "constant", "expressions")

    def __init__(self, node: Any, expressions: tuple[Placed, ...]) -> None:
        self._node = node
        self.expressions = expressions
        self.constant = not expressions

    @staticmethod
    def parse(value: Any) -> Template:
        """The template that the JSON `value` is. Raises `ExpressionInvalid`."""
        found: list[Placed] = []
        node = _parse(value, (), found)
        return Template(node, tuple(found))

    @property
    def references(self) -> tuple[Reference, ...]:
        """Everything that its expressions read, each once."""
        every = (one for placed in self.expressions for one in placed.expression.references)
        return tuple(dict.fromkeys(every))

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """The value in `scope`; what holds no expression is shared with the template.

        Raises `ExpressionFailed`.
        """
        return self._node if self.constant else _evaluate(self._node, scope)


def references(expression: str) -> tuple[Reference, ...]:
    """What the CEL `expression` (without `${{ }}`) reads. Raises `ExpressionInvalid`."""
    return compile_expression(expression).references


def evaluate(template: Any, scope: Mapping[str, Any]) -> Any:
    """The value of `template` (a `Template`, or JSON that is parsed first) in `scope`.

    Raises `ExpressionInvalid` and `ExpressionFailed`.
    """
    parsed = template if isinstance(template, Template) else Template.parse(template)
    return parsed.evaluate(scope)


def split(text: str) -> Iterator[tuple[bool, str]]:
    """The parts of `text`: whether it is an expression, and its text or source.

    Raises `ExpressionInvalid` for an expression that does not end.
    """
    at = 0
    while True:
        start = text.find(_OPEN, at)
        if start < 0:
            if at < len(text):
                yield False, text[at:]
            return
        if start > at:
            yield False, text[at:start]
        end = _end(text, start + len(_OPEN))
        yield True, text[start + len(_OPEN) : end]
        at = end + 2


def _end(text: str, at: int) -> int:
    """Where the `}}` of the expression that begins at `at` stands."""
    depth = 0
    limit = at + MAX_SOURCE + 2
    for match in _TOKEN.finditer(text, at, limit):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            if depth:
                depth -= 1
            elif text.startswith("}}", match.start()):
                return match.start()
    if len(text) > limit:
        raise ExpressionInvalid(
            "The expression is longer than 4 kB, or does not end.",
            hint="Close it with }}, or do a part of it in a core.set step.",
        )
    raise ExpressionInvalid(
        f"The expression does not end: {text[at - len(_OPEN) : at + 60]!r}.",
        hint="Close it with }}; a quote or brace inside it may be open.",
    )


def _parse(value: Any, path: tuple[str | int, ...], found: list[Placed]) -> Any:
    if isinstance(value, str):
        return _parse_text(value, path, found) if _OPEN in value else value
    before = len(found)
    if isinstance(value, Mapping):
        for key in value:
            if _OPEN in key:
                raise ExpressionInvalid(
                    f"The key {key!r} holds an expression.", hint="Expressions stand in values."
                )
        node: Any = {key: _parse(item, (*path, key), found) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        node = [_parse(item, (*path, index), found) for index, item in enumerate(value)]
    else:
        return value
    return _Branch(node) if len(found) > before else node


class _Branch:
    """A list or map that holds expressions somewhere."""

    __slots__ = ("node",)

    def __init__(self, node: Any) -> None:
        self.node = node


def _parse_text(text: str, path: tuple[str | int, ...], found: list[Placed]) -> Any:
    node = parse_text(text)
    if isinstance(node, Expression):
        found.append(Placed(path, node, whole=True))
    else:
        found.extend(
            Placed(path, part, whole=False) for part in node.parts if isinstance(part, Expression)
        )
    return node


@lru_cache(maxsize=4096)
def parse_text(text: str) -> Expression | Rendered:
    """The one expression that `text` is, or its parts; the last 4,096 are kept.

    Raises `ExpressionInvalid`.
    """
    parts = list(split(text.strip()))
    if len(parts) == 1 and parts[0][0]:
        return compile_expression(parts[0][1])
    return Rendered(
        tuple(compile_expression(part) if found else part for found, part in split(text))
    )


def _evaluate(node: Any, scope: Mapping[str, Any]) -> Any:
    kind = type(node)
    if kind is Expression:
        return node.evaluate(scope)
    if kind is _Branch:
        inner = node.node
        if isinstance(inner, dict):
            return {key: _evaluate(item, scope) for key, item in inner.items()}
        return [_evaluate(item, scope) for item in inner]
    if kind is Rendered:
        return _render(node.parts, scope)
    return node


def _render(parts: tuple[str | Expression, ...], scope: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    size = 0
    for part in parts:
        piece = part if isinstance(part, str) else _as_text(part, part.evaluate(scope))
        size += len(piece)
        if size > MAX_TEXT:
            raise ExpressionFailed(
                "The rendered text is longer than 1 MiB.",
                hint="Take a smaller part of the data, or hand it over as a value of its own.",
            )
        pieces.append(piece)
    return "".join(pieces)


def _as_text(expression: Expression, value: Any) -> str:
    """What stands in the text for `value`."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | int | float | list | Mapping):
        try:
            return canonical_bytes(value).decode()
        except ValueError:
            # An integer beyond ±(2^53-1) has no canonical form, but its digits are plain.
            return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        except TypeError:
            pass
    raise ExpressionFailed(
        f"${{{{ {expression.source} }}}} can't be rendered inside text.",
        hint="A secret is only used whole, as the value of a field of its own.",
        expression=expression.source,
    )
