"""Loops that build lists, by themselves and a piece at a time.

`map` and `filter` of the CEL library copy the list that they build with every item, so 10,000 items
take seconds during which no other thread runs; and over a map they take the keys in an order that
changes from process to process. So such a loop is taken out of its expression and evaluated over
pieces of its list, or of the sorted keys. The expression then reads what was built under a name of
its own.

Loops inside another loop's body stay where they are. The tree is that of `catalog.cel_syntax`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.cel_syntax import Reading, builds_list, fields_of, root_expression
from catalog.cel_values import pick, shortest
from maestro.kernel.errors import MaestroError

PIECE = 200
"""How many items are evaluated at once."""

MAX_ITERATIONS = 10_000
"""How many items one loop may run over, as in the library itself."""

MAX_BUILT = 4 * 1024 * 1024
"""What a loop may build, in characters and nodes."""

RANGE = "maestro_range"
"""The name under which a loop reads the piece it is given."""

_TYPE = b"type.googleapis.com/cel.expr.ParsedExpr"


def loop_name(index: int) -> str:
    """The name under which the rest of an expression reads the list that loop `index` built."""
    return f"maestro_loop_{index}"


MAX_LOOPS = 8
"""How many loops of one expression are taken out; more stay where they are."""


@dataclass(slots=True)
class Plan:
    """An expression in parts, each serialized: what each loop runs over, the loop, and the rest."""

    loops: list[tuple[bytes, bytes]] = field(default_factory=list)
    rest: bytes = b""


def plan_loops(serialized: bytes) -> Plan:
    """The parts of a serialized expression; all is the rest where no loop can be taken out."""
    plan = Plan()
    rest = _rewrite(root_expression(serialized), plan)
    plan.rest = _parsed(rest)
    return plan


class NotInPiecesError(Exception):
    """The expression can't be evaluated in pieces; the message says why, for its author."""


class _Part:
    """A program, and what of the scope it reads: a value is converted for CEL each time."""

    def __init__(self, serialized: bytes, load: Callable[[bytes], Any]) -> None:
        self.program = load(serialized)
        found = Reading(serialized).references
        self._paths = shortest({(one.root, *one.path) for one in found})

    def data(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        return pick(scope, self._paths)


class Parts:
    """An expression whose loops run in pieces; immutable, and shared by threads.

    `load` makes a program of what was serialized.
    """

    def __init__(self, serialized: bytes, load: Callable[[bytes], Any]) -> None:
        plan = plan_loops(serialized)
        self._loops = [(_Part(over, load), _Part(loop, load)) for over, loop in plan.loops]
        self._rest = _Part(plan.rest, load)

    def run(
        self, scope: dict[str, Any], run: Callable[[Any, dict[str, Any]], Any], *, plain: bool
    ) -> Any:
        """The library's value of the whole; `run` evaluates one program and raises what it raises.

        `plain` is whether a piece's items are certainly small. Raises `NotInPiecesError`.
        """
        failed: MaestroError | None = None
        for index, (over, loop) in enumerate(self._loops):
            try:
                items = run(over.program, over.data(scope)).plain_value()
                scope[loop_name(index)] = _built(items, loop, scope, run, plain=plain)
            except MaestroError as error:
                # It matters only if the rest reads it: a condition may leave it out.
                failed = failed or error
        try:
            return run(self._rest.program, self._rest.data(scope))
        except MaestroError as error:
            raise failed or error from None


def _built(
    items: Any,
    loop: _Part,
    scope: dict[str, Any],
    run: Callable[[Any, dict[str, Any]], Any],
    *,
    plain: bool,
) -> list[Any]:
    """The list that a loop over `items` builds."""
    if isinstance(items, dict):
        items = sorted(items, key=str)  # a loop over a map is one over its keys
    if not isinstance(items, list):
        built: list[Any] = run(loop.program, loop.data({**scope, RANGE: items})).plain_value()
        return built
    if len(items) > MAX_ITERATIONS:
        raise NotInPiecesError("it loops more than 10,000 times")
    built = []
    budget = [MAX_BUILT]
    for at in range(0, len(items), PIECE):
        result = run(loop.program, loop.data({**scope, RANGE: items[at : at + PIECE]}))
        built += (
            _checked(result.plain_value())
            if plain
            else [_taken(item, budget) for item in result.value()]
        )
    return built


def _checked(value: Any) -> Any:
    """`value`, which the library takes back as what it was."""
    if isinstance(value, list):
        for item in value:
            _checked(item)
    elif isinstance(value, dict):
        for item in value.values():
            _checked(item)
    elif value is not None and not isinstance(value, str | int | float):
        raise NotInPiecesError("a loop gives times or bytes: turn them into text in it")
    return value


def _taken(value: Any, budget: list[int]) -> Any:
    """A value of the library taken apart bit by bit: what a loop repeats could explode at once."""
    budget[0] -= 1
    if budget[0] < 0:
        raise NotInPiecesError("its value is larger than 4 MiB")
    kind = value.type().name()
    if kind.startswith(("LIST", "list")):
        return [_taken(item, budget) for item in value.value()]
    if kind.startswith(("MAP", "map")):
        return {key: _taken(item, budget) for key, item in value.value().items()}
    plain = value.plain_value()
    if isinstance(plain, str):
        budget[0] -= len(plain)
    return _checked(plain)


def _rewrite(data: bytes, plan: Plan) -> bytes:
    """The `Expr` with its loops replaced by names; inner ones come first in `plan`."""
    out = bytearray()
    for number, body in fields_of(data):
        if number == 5:  # select: operand
            out += _message(5, _each(body, {1}, plan))
        elif number == 6:  # call: target and arguments
            out += _message(6, _each(body, {1, 3}, plan))
        elif number == 7:  # list: elements
            out += _message(7, _each(body, {1}, plan))
        elif number == 8:  # map: the keys and values of its entries
            out += _message(8, _entries(body, plan))
        elif number == 9:
            body = _each(body, {2}, plan)  # what it runs over may hold loops itself
            if builds_list(body) and len(plan.loops) < MAX_LOOPS:
                return _take_out(body, plan)
            out += _message(9, body)
        else:
            out += _field(number, body)
    return bytes(out)


def _each(body: bytes, numbers: set[int], plan: Plan) -> bytes:
    return b"".join(
        _message(number, _rewrite(value, plan)) if number in numbers else _field(number, value)
        for number, value in fields_of(body)
    )


def _entries(body: bytes, plan: Plan) -> bytes:
    return b"".join(
        _message(2, _each(value, {3, 4}, plan)) if number == 2 else _field(number, value)
        for number, value in fields_of(body)
    )


def _take_out(body: bytes, plan: Plan) -> bytes:
    over = next(value for number, value in fields_of(body) if number == 2)
    replaced = b"".join(
        _message(2, _identifier(RANGE)) if number == 2 else _field(number, value)
        for number, value in fields_of(body)
    )
    plan.loops.append((_parsed(over), _parsed(_message(9, replaced))))
    return _identifier(loop_name(len(plan.loops) - 1))


def _identifier(name: str) -> bytes:
    return _message(4, _message(1, name.encode()))


def _parsed(expression: bytes) -> bytes:
    """An `Expr` as the library reads it: `Any` of `ParsedExpr`."""
    return _message(1, _TYPE) + _message(2, _message(2, expression))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _message(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _message(number, value)
