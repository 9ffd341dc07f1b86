"""What the readers of YAML and JSON share: limits, positions of nodes, how problems are gathered.

A `Node` is `(place, children)`: a place has a line and a column from 0, as libyaml's marks do, and
children are a dict for a mapping, a list for a sequence and None for a scalar. The place of a
mapping's entry is that of its key.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from maestro.kernel.errors import InvalidInput, Problem

MAX_BYTES = 1024 * 1024
"""The largest document, in bytes."""

MAX_DEPTH = 32
"""How many mappings and sequences may stand inside each other."""

MAX_EXPANDED = 4 * MAX_BYTES
"""What a document may come to when its aliases are written out, in characters."""

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 8259 § 6)."""

_FIRST_EXPONENT = 1e21


def is_exact(number: float) -> bool:
    """Whether JSON readers keep `number`, and its canonical form is still that number.

    RFC 8785 writes a real number below 1e21 without a fraction as an integer, so the bounds of
    integers are its bounds too.
    """
    size = abs(number)
    return size <= MAX_SAFE_INTEGER or _FIRST_EXPONENT <= size < math.inf


MAX_PROBLEMS = 200
"""How many problems are told at once."""


class Place(NamedTuple):
    """Line and column, both from 0."""

    line: int
    column: int


Node: TypeAlias = "tuple[Any, Any]"
Path: TypeAlias = "tuple[str | int, ...]"


class DocumentInvalid(InvalidInput):
    """The document breaks a rule; `problems` lists each with its path, line, column and hint."""

    code = "document_invalid"
    title = "The workflow document is not valid"


def pointer(path: Sequence[str | int]) -> str:
    """The JSON pointer (RFC 6901) of `path`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def locate(root: Node, path: Sequence[str | int]) -> tuple[int, int]:
    """Line and column from 1 of `path`, or of the nearest thing around it that was written."""
    node = root
    for part in path:
        children = node[1]
        if isinstance(children, dict):
            if part not in children:
                break
            node = children[part]
        elif isinstance(children, list) and isinstance(part, int) and part < len(children):
            node = children[part]
        else:
            break
    return node[0].line + 1, node[0].column + 1


def refuse(code: str, message: str, hint: str, line: int, column: int) -> DocumentInvalid:
    """The error for a document that can't even be read: one problem."""
    problem = Problem("", message, code, hint, line, column)
    return DocumentInvalid(message, problems=[problem], hint=hint)


def refuse_all(problems: Sequence[Problem]) -> DocumentInvalid:
    """The error that carries `problems`, in the order in which they stand in the document."""
    ordered = sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))
    first = ordered[0]
    more = f" (and {len(ordered) - 1} more)" if len(ordered) > 1 else ""
    return DocumentInvalid(first.message + more, problems=ordered[:MAX_PROBLEMS], hint=first.hint)


def too_deep(line: int, column: int) -> DocumentInvalid:
    """The error for a document that nests too far."""
    return refuse(
        "too_deep",
        f"The document nests more than {MAX_DEPTH} levels.",
        "Flatten it, or move a part of it into another workflow.",
        line,
        column,
    )
