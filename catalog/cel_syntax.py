"""What a CEL expression reads and how far it could make its input grow, from its parsed form.

`cel_expr_python` gives the syntax tree only as the bytes of `cel.expr.ParsedExpr` or `CheckedExpr`
(https://github.com/google/cel-spec/blob/master/proto/cel/expr/syntax.proto). The few messages that
matter are read here from the protobuf wire format, so no protobuf runtime is needed. Macros are
expanded in the tree, so a comprehension's variables are told apart from what the scope offers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

_MAX_NESTING = 200


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing that an expression reads: `params.x` is root `params` and path `("x",)`.

    `tested` is true where the expression only asks whether it is there, as `has(params.x)` does.
    """

    root: str
    path: tuple[str, ...]
    tested: bool = False

    def __str__(self) -> str:
        return ".".join((self.root, *self.path))


Size: TypeAlias = tuple[int, int]
"""Factor and power of the longest list's length; what is constant is (0, 0)."""

_NOTHING: Size = (0, 0)
_ONE: Size = (1, 0)


@dataclass(slots=True)
class Growth:
    """How much text or list an expression may build from what it reads.

    Sizes are polynomials: `joined[d]` concatenations are each as large as the longest text or list
    that is read, times the length of the longest list to the power of `d`. `largest` is the
    largest factor of a single one: it doubles with each loop over what was concatenated before.
    `loops` is whether there is any, `lists` whether one builds a list, `nested_lists` whether one
    does so inside another.
    """

    joined: dict[int, int] = field(default_factory=dict)
    largest: int = 0
    loops: bool = False
    lists: bool = False
    nested_lists: bool = False

    def add(self, size: Size, loops: int) -> None:
        """Note a concatenation of `size` inside `loops` nested loops."""
        factor, degree = size
        self.joined[loops + degree] = self.joined.get(loops + degree, 0) + factor
        self.largest = max(self.largest, factor)


# Functions whose result has the kind, whatever they are given.
_KINDS = {
    **dict.fromkeys(
        ["string", "join", "lowerAscii", "upperAscii", "trim", "substring", "charAt", "replace"],
        "text",
    ),
    **dict.fromkeys(
        ["size", "int", "uint", "double", "indexOf", "lastIndexOf", "duration", "timestamp"],
        "fixed",
    ),
    **dict.fromkeys(["_-_", "-_", "_*_", "_/_", "_%_"], "fixed"),
}

REFUSED_FUNCTIONS = frozenset({"format", "quote", "reverse"})
"""Functions of the strings extension whose results can't be bounded, or are of no use."""


def _sum(sizes: Iterable[Size]) -> Size:
    factor = degree = 0
    for one, power in sizes:
        factor += one
        degree = max(degree, power)
    return factor, degree


def _largest(sizes: Iterable[Size]) -> Size:
    factor = degree = 0
    for one, power in sizes:
        factor, degree = max(factor, one), max(degree, power)
    return factor, degree


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields_of(data: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of one message: numbers for varints, bytes for what has a length."""
    at, end = 0, len(data)
    while at < end:
        tag = data[at]
        at += 1
        if tag >= 0x80:
            tag, at = _varint(data, at - 1)
        wire = tag & 7
        if wire == 2:
            size = data[at]
            at += 1
            if size >= 0x80:
                size, at = _varint(data, at - 1)
            yield tag >> 3, data[at : at + size]
            at += size
        elif wire == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
        else:
            at += 8 if wire == 1 else 4
            yield tag >> 3, None


def root_expression(serialized: bytes) -> bytes:
    """The bytes of the `Expr` inside the `Any` that the library serializes."""
    kind = message = b""
    for number, value in fields_of(serialized):
        if number == 1:
            kind = value
        elif number == 2:
            message = value
    wanted = 4 if kind.endswith(b"CheckedExpr") else 2
    return bytes(next(value for number, value in fields_of(message) if number == wanted))


class Reading:
    """What one expression reads; made from `Expression.serialize()` of the library.

    `complaints` says, for its author, why the expression can't be bounded beforehand. Raises
    `ValueError` when it nests too far.
    """

    def __init__(self, serialized: bytes) -> None:
        self.growth = Growth()
        self.complaints: list[str] = []
        self._found: dict[Reference, None] = {}
        self.size = self._visit(root_expression(serialized), {}, 0, 0)
        self.references = tuple(self._found)

    def _visit(self, data: bytes, bound: Mapping[str, Size], loops: int, level: int) -> Size:
        """Read one `Expr`; the answer is its size."""
        if level > _MAX_NESTING:
            raise ValueError("The expression nests too far.")
        for number, body in fields_of(data):
            if number in (4, 5):
                return self._name(data, bound, loops, level)
            if number == 6:
                return self._call(data, body, bound, loops, level + 1)
            if number == 7:
                items = [item for part, item in fields_of(body) if part == 1]
                return _sum([self._visit(item, bound, loops, level + 1) for item in items])
            if number == 8:
                entries = [entry for part, entry in fields_of(body) if part == 2]
                items = [
                    item for entry in entries for part, item in fields_of(entry) if part in (3, 4)
                ]
                return _sum([self._visit(item, bound, loops, level + 1) for item in items])
            if number == 9:
                return self._loop(body, bound, loops, level + 1)
        return _NOTHING  # a constant: its size is in the source, which is bounded

    def _name(self, data: bytes, bound: Mapping[str, Size], loops: int, level: int) -> Size:
        """An identifier or a chain of selections on something."""
        path: list[str] = []
        tested = False
        while (step := _selection(data)) is not None:
            data, name, is_test = step
            tested = tested or is_test
            path.append(name)
        root = _identifier(data)
        if not root:
            return self._visit(data, bound, loops, level + 1)
        if root in bound:
            return bound[root]
        # A leading dot names what the scope offers even where a loop's variable hides it.
        self._found[Reference(root.removeprefix("."), tuple(reversed(path)), tested)] = None
        return _ONE

    def _call(
        self, whole: bytes, body: bytes, bound: Mapping[str, Size], loops: int, level: int
    ) -> Size:
        function, parts = "", []
        for number, value in fields_of(body):
            if number == 2:
                function = value.decode()
            elif number in (1, 3):
                parts.append(value)
        if function == "_[_]" and _selection(whole) is not None:
            return self._name(whole, bound, loops, level)
        if function == "_+_" and _identifier(parts[0]).startswith("@"):
            return self._visit(parts[1], bound, loops, level)  # a macro adds to its result
        sizes = [self._visit(part, bound, loops, level) for part in parts]
        if function == "_+_":
            return self._joined(whole, _sum(sizes), loops)
        if function == "_[_]":
            return sizes[0]
        size = _largest(sizes)
        if function == "join":
            # All that the list holds ends in one text: another factor of its length.
            size = (max(1, size[0]), size[1] + 1)
            self.growth.add(size, loops)
        elif function == "split":
            self.growth.add((max(1, size[0]) * 16, size[1]), loops)
        elif function == "replace" and len(parts) >= 3:
            replacement = _text_constant(parts[2])
            if replacement is None:
                self.complaints.append("What replace() puts in must be plain text in quotes.")
            size = (max(1, sizes[0][0]) * max(1, len(replacement or "")), sizes[0][1])
            self.growth.add(size, loops)
        elif function in REFUSED_FUNCTIONS:
            self.complaints.append(f"{function}() is not available here.")
        return size

    def _joined(self, whole: bytes, size: Size, loops: int) -> Size:
        """The size of a `+`, which inside a loop must be seen to be of text or of numbers."""
        kind = _kind(whole)
        if kind == "fixed":
            return _NOTHING
        if loops and kind != "text":
            self.complaints.append(
                "Inside a loop (map, filter, all, exists) one side of + must be seen to be text or "
                'a number: write "" + x, string(x), int(x) or double(x).'
            )
        if size[0]:
            self.growth.add(size, loops)
        return size

    def _loop(self, body: bytes, bound: Mapping[str, Size], loops: int, level: int) -> Size:
        parts: dict[int, bytes] = dict(fields_of(body))
        self.growth.loops = True
        size = self._visit(parts[2], bound, loops, level)
        inner = dict(bound)
        inner[parts[3].decode()] = _NOTHING
        for number in (1, 8):
            if parts.get(number):
                inner[parts[number].decode()] = size
        start = self._visit(parts.get(4, b""), inner, loops, level)
        if builds_list(body):
            self.growth.lists = True
            self.growth.nested_lists = self.growth.nested_lists or loops > 0
        self._visit(parts.get(5, b""), inner, loops + 1, level)
        step = self._visit(parts.get(6, b""), inner, loops + 1, level)
        self._visit(parts.get(7, b""), inner, loops, level)
        return _largest((start, step))


def builds_list(body: bytes) -> bool:
    """Whether a comprehension is a `map` or a `filter`: what it begins with is a list."""
    start = next((value for number, value in fields_of(body) if number == 4), b"")
    return any(number == 7 for number, _value in fields_of(start))


def _kind(data: bytes) -> str:
    """`text`, `fixed` (numbers, times), or empty where only the values tell."""
    for number, body in fields_of(data):
        if number == 3:
            constant = next((part for part, _value in fields_of(body)), 0)
            return "text" if constant == 6 else "fixed" if constant in (2, 3, 4, 5) else ""
        if number == 6:
            function = next((value.decode() for part, value in fields_of(body) if part == 2), "")
            if function == "_+_":
                kinds = {_kind(value) for part, value in fields_of(body) if part == 3}
                return "text" if "text" in kinds else "fixed" if "fixed" in kinds else ""
            return _KINDS.get(function, "")
    return ""


def _identifier(data: bytes) -> str:
    for number, body in fields_of(data):
        if number == 4:
            return next((value.decode() for part, value in fields_of(body) if part == 1), "")
    return ""


def _selection(data: bytes) -> tuple[bytes, str, bool] | None:
    """Operand, name and whether it is `has()`, of `operand.name` or `operand["name"]`."""
    for number, body in fields_of(data):
        if number == 5:
            operand, name, tested = b"", "", False
            for part, value in fields_of(body):
                if part == 1:
                    operand = value
                elif part == 2:
                    name = value.decode()
                elif part == 3:
                    tested = bool(value)
            return operand, name, tested
        if number == 6:
            parts = []
            for part, value in fields_of(body):
                if part == 2 and value != b"_[_]":
                    return None
                if part in (1, 3):
                    parts.append(value)
            name_text = _text_constant(parts[1]) if len(parts) == 2 else None
            return None if name_text is None else (parts[0], name_text, False)
    return None


def _text_constant(data: bytes) -> str | None:
    for number, body in fields_of(data):
        if number == 3:
            for part, value in fields_of(body):
                if part == 6:
                    return str(value.decode())
    return None
