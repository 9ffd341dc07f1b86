"""One CEL expression, compiled once: what it reads, and its value in a scope.

CEL is https://github.com/google/cel-spec with the strings extension, without its functions whose
results can't be bounded. There is no clock, no randomness and no I/O in it, so evaluating the same
expression over the same values always gives the same result.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from catalog.cel_loops import PIECE, NotInPiecesError, Parts
from catalog.cel_syntax import Reading, Reference
from catalog.cel_values import explain, kind_of, longest, pick, rfc3339, seconds, shortest
from maestro.kernel.errors import InvalidInput, MaestroError

MAX_SOURCE = 4096
"""The longest expression, in bytes of UTF-8."""

MAX_RESULT = 4 * 1024 * 1024
"""What the value of an expression may come to, in characters and nodes."""

MAX_JOINED = 64 * 1024 * 1024
"""What the concatenations of one evaluation may build in total, in bytes."""

MAX_NESTED = 3_000
"""The longest list that an expression with a loop inside a loop may read."""

MAX_FACTOR = 64
"""How many times its largest input one concatenation may hold."""

ROOTS = ("params", "steps", "endpoints", "secrets", "execution", "item", "index")
"""What an expression may read."""

_TYPES = {
    "STRING": "string",
    "TIMESTAMP": "string",
    "DURATION": "string",
    "INT": "integer",
    "UINT": "integer",
    "DOUBLE": "number",
    "BOOL": "boolean",
    "NULL": "null",
}
_PLAIN = re.compile(r"\s*([a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*)*)\s*", re.ASCII)
# Words that CEL keeps to itself: after a dot they are a syntax error there, so they are here too.
_RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "namespace",
        "null",
        "package",
        "return",
        "true",
        "var",
        "void",
        "while",
    ]
)
_CHECKER = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_UNCHECKABLE = "expression of type 'dyn' cannot be the range of a comprehension"
_ERROR = cel.Type.ERROR


class ExpressionInvalid(InvalidInput):
    """An expression can't be compiled, or could grow beyond bounds."""

    code = "expression_invalid"
    title = "The expression is not valid"


class ExpressionFailed(MaestroError):
    """An expression has no value in the scope it was given; the message names the expression."""

    code = "expression_failed"
    status = 422
    title = "An expression could not be evaluated"


def _environment() -> Any:
    return cel.NewEnv(
        variables=dict.fromkeys(ROOTS, cel.Type.DYN), extensions=[ext_strings.ExtStrings()]
    )


_ENV = _environment()


class Expression:
    """A compiled expression; immutable, and shared by threads.

    `references` is what it reads. `result_type` is the JSON Schema type of its value where that is
    known before it runs, else empty. `path` is the whole path where it is nothing but a path.
    """

    __slots__ = (
        "_growth",
        "_parts",
        "_paths",
        "_plain_result",
        "_program",
        "path",
        "references",
        "result_type",
        "source",
    )

    def __init__(self, source: str) -> None:
        self.source = source.strip()
        self.path: tuple[str, ...] = ()
        self.result_type = ""
        self._program: Any = None
        self._parts: Any = None
        match = _PLAIN.fullmatch(source)
        if match and _RESERVED.isdisjoint(parts := match.group(1).split(".")):
            if parts[0] not in ROOTS:
                raise _invalid(self.source, f"there is no {parts[0]!r} in expressions")
            self.path = tuple(parts)
            self.references: tuple[Reference, ...] = (Reference(parts[0], tuple(parts[1:])),)
            return
        self._compile()

    def _compile(self) -> None:
        self._program, checked = _compile(self.source)
        try:
            reading = Reading(self._program.serialize())
        except ValueError as error:
            raise _invalid(self.source, str(error)) from None
        if reading.growth.largest > MAX_FACTOR:
            reading.complaints.append(
                f"It could make its input more than {MAX_FACTOR} times as large."
            )
        if reading.complaints:
            raise _invalid(self.source, " ".join(dict.fromkeys(reading.complaints)))
        self.references = reading.references
        self._growth = reading.growth
        self._plain_result = not reading.growth.loops and reading.size[0] <= 4
        self._paths = shortest({(one.root, *one.path) for one in reading.references})
        if checked:
            self.result_type = _result_type(self._program)

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """The value in `scope`, a JSON value; timestamps come as RFC 3339 text.

        A path is read as it stands, so what is not JSON (a `SecretValue`) passes through whole.
        Raises `ExpressionFailed`.
        """
        if self._program is None:
            return self._read(scope)
        data = pick(scope, self._paths)
        if self._growth.loops or self._growth.joined:
            text, items = longest(data)
            self._hold_to_bounds(text, items)
            if self._growth.lists:
                return self._in_pieces(data, text, items)
        return self._finished(self._run(self._program, data))

    def _run(self, program: Any, data: Mapping[str, Any]) -> Any:
        """The library's value. Raises `ExpressionFailed`."""
        try:
            result = program.eval(data=data)
        except RuntimeError as error:
            raise self._failed(str(error)) from None
        if result.type() == _ERROR:
            raise self._failed(str(result.plain_value()))
        return result

    def _finished(self, result: Any) -> Any:
        """The library's value as JSON."""
        if self._plain_result:
            return self._json(result.plain_value(), [MAX_RESULT])
        return self._unwrapped(result, [MAX_RESULT])

    def _in_pieces(self, scope: dict[str, Any], text: int, items: int) -> Any:
        """The value, its loops evaluated by themselves: see `catalog.cel_loops`."""
        if self._parts is None:
            self._parts = Parts(self._program.serialize(), _ENV.deserialize)
        try:
            return self._finished(
                self._parts.run(scope, self._run, plain=text * PIECE < MAX_RESULT)
            )
        except NotInPiecesError as error:
            if items <= MAX_NESTED:
                return self._finished(self._run(self._program, scope))
            raise self._error(str(error), "Do it in several steps, or on less.") from None

    def _read(self, scope: Mapping[str, Any]) -> Any:
        value: Any = scope
        for depth, name in enumerate(self.path):
            if not isinstance(value, Mapping):
                where = ".".join(self.path[:depth])
                raise self._error(
                    f"{where} is {kind_of(value)} and has no {name!r}",
                    "Correct the path, or look at the output that the step really gave.",
                )
            if name not in value:
                raise self._missing(name, value, self.path[:depth])
            value = value[name]
        return value

    def _missing(self, name: str, value: Mapping[str, Any], where: tuple[str, ...]) -> Exception:
        known = ", ".join(sorted(map(str, value))[:10]) or "nothing"
        at = ".".join(where) or "the scope"
        return self._error(
            f"{at} has no {name!r}; it has {known}",
            'Correct the name, or guard it: has(a.b) ? a.b : "".',
        )

    def _failed(self, text: str) -> ExpressionFailed:
        """The error for what CEL answered, in words."""
        return self._error(*explain(text))

    def _error(self, why: str, hint: str) -> ExpressionFailed:
        shown = self.source if len(self.source) <= 200 else self.source[:199] + "…"
        return ExpressionFailed(
            f"${{{{ {shown} }}}} could not be evaluated: {why}.", hint=hint, expression=self.source
        )

    def _hold_to_bounds(self, text: int, items: int) -> None:
        """Refuse what would build too much before it builds it: CEL itself has no such bound.

        `text` is the length in bytes of the longest text that is read, `items` of the longest list.
        """
        if self._growth.nested_lists and items > MAX_NESTED:
            raise self._error(
                f"it has a loop inside a loop and reads a list of more than {MAX_NESTED:,} items",
                "Filter earlier, or do it in several steps.",
            )
        items = max(items, len(self.source) // 2 if self._growth.loops else 1)
        # List concatenation copies 24 bytes an item.
        unit = max(text, items * 24 if 0 in self._growth.joined else 0, 16)
        total = sum(
            factor * unit * items ** min(degree, 4)
            for degree, factor in self._growth.joined.items()
        )
        if total > MAX_JOINED:
            raise self._error(
                "it could build more than 64 MiB of text from what it reads",
                "Take a smaller part of the data, or do it in a step.",
            )

    def _unwrapped(self, value: Any, budget: list[int]) -> Any:
        """A CEL value as JSON, taken apart piece by piece so that what is shared can't explode."""
        kind = value.type().name()
        if kind.startswith(("LIST", "list")):
            return [self._unwrapped(item, self._spend(budget, 1)) for item in value.value()]
        if kind.startswith(("MAP", "map")):
            return {
                self._key(key, budget): self._unwrapped(item, budget)
                for key, item in value.value().items()
            }
        return self._json(value.plain_value(), budget)

    def _spend(self, budget: list[int], amount: int) -> list[int]:
        budget[0] -= amount
        if budget[0] < 0:
            raise self._error(
                "its value is larger than 4 MiB", "Take a smaller part of it, or use several steps."
            )
        return budget

    def _key(self, key: Any, budget: list[int]) -> str:
        if not isinstance(key, str):
            raise self._error(
                f"a map of its value has the key {key!r}, which is not text",
                "Write the key in quotes, or string(key).",
            )
        self._spend(budget, len(key) + 1)
        return key

    def _json(self, value: Any, budget: list[int]) -> Any:
        """A plain value of the library as JSON."""
        if isinstance(value, str):
            self._spend(budget, len(value))
            return value
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise self._error(
                    "its value is not a finite number", "Check for a division by zero."
                )
            return value
        if isinstance(value, list):
            self._spend(budget, len(value))
            return [self._json(item, budget) for item in value]
        if isinstance(value, dict):
            return {self._key(key, budget): self._json(item, budget) for key, item in value.items()}
        if isinstance(value, datetime):
            return rfc3339(value)
        if isinstance(value, timedelta):
            return seconds(value)
        kind = "bytes" if isinstance(value, bytes | bytearray) else "a type"
        raise self._error(
            f"its value is {kind}, which JSON can't hold", "Turn it into text: string(x)."
        )


def _compile(source: str) -> tuple[Any, bool]:
    """The program, and whether its types could be checked."""
    try:
        return _ENV.compile(source), True
    except RuntimeError as error:
        text = str(error)
        others = [found for found in _CHECKER.findall(text) if _UNCHECKABLE not in found[2]]
        if _UNCHECKABLE in text and not others:
            # The checker loses the type after a["b"] and then refuses a loop over it. The
            # expression is right, so it is compiled unchecked.
            return _ENV.compile(source, disable_check=True), False
        raise _invalid(source, _compile_error(text, others)) from None
    except (TypeError, UnicodeError):
        raise _invalid(source, "It holds text that is not Unicode.") from None


def _compile_error(text: str, found: list[tuple[str, str, str]]) -> str:
    if "recursion" in text.lower():
        return "It nests too far, or chains too many operators."
    if not found:
        return text.split("\n")[0][:300]
    _line, column, message = found[0]
    undeclared = re.search(r"undeclared reference to '([^']*)'", message)
    if undeclared:
        message = f"there is no {undeclared.group(1)!r} in expressions"
    elif "found no matching overload for" in message:
        message += "; types must match: convert with string(x), int(x) or double(x)"
    at = f"at character {column}: " if int(column) > 0 else ""
    return f"{at}{message[:300]}"


def _invalid(source: str, why: str) -> ExpressionInvalid:
    shown = source if len(source) <= 200 else source[:199] + "…"
    return ExpressionInvalid(
        f"The expression {shown!r} is not valid: {why}",
        hint="Expressions are CEL; they may read " + ", ".join(ROOTS) + ".",
    )


def _result_type(program: Any) -> str:
    name = str(program.return_type().name())
    if name.startswith(("LIST", "list")):
        return "array"
    if name.startswith(("MAP", "map")):
        return "object"
    return _TYPES.get(name, "")


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """The expression that `source` (without `${{ }}`) says; the last 4,096 are kept.

    Raises `ExpressionInvalid`.
    """
    if not source.strip():
        raise ExpressionInvalid(
            "The expression is empty.", hint="Write what it reads: ${{ params.name }}."
        )
    if len(source.encode(errors="replace")) > MAX_SOURCE:
        raise ExpressionInvalid(
            "The expression is longer than 4 kB.", hint="Do a part of it in a core.set step."
        )
    return Expression(source)
