"""The lines in which two texts differ. Plain data, no database.

E. W. Myers, An O(ND) Difference Algorithm and Its Variations (1986), the greedy one: unlike
`difflib`, what it costs can be bounded beforehand, whoever wrote the texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

MOST_EDITS = 1_000  # lines taken out and put in together
MOST_STEPS = 4_000_000  # lines times edits


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: `sign` is "+", "−" or "" for one both have; numbers count from 1."""

    sign: str
    text: str
    old: int | None
    new: int | None


Hunk = tuple[Line, ...]


def line_diff(before: str, after: str, *, context: int = 3) -> tuple[Hunk, ...] | None:
    """The hunks in which the texts differ, each with `context` lines around; none when equal.

    None when more than `MOST_EDITS` lines differ, fewer in texts beyond 4,000 lines.
    """
    lines = all_lines(before.split("\n"), after.split("\n"))
    return None if lines is None else tuple(_hunks(lines, context))


def all_lines(old: list[str], new: list[str]) -> list[Line] | None:
    """Every line of both, what was taken out before what was put in; None if it costs too much."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle = _script(old[start : len(old) - end], new[start : len(new) - end])
    if middle is None:
        return None
    signs = [*[""] * start, *middle, *[""] * end]
    return list(_numbered(signs, old, new))


def _common(old: list[str], new: list[str]) -> int:
    """How many lines at the beginning are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def _script(old: list[str], new: list[str]) -> list[str] | None:
    """The sign of each line, in the order of the lines."""
    most = min(MOST_EDITS, MOST_STEPS // max(len(old) + len(new), 1))
    reach = {1: 0}  # by diagonal, how far into the old text one gets
    trace = []
    for edits in range(most + 1):
        trace.append({at: reach[at] for at in range(-edits - 1, edits + 2) if at in reach})
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(reach, diagonal, edits)
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            reach[diagonal] = x
            if x >= len(old) and y >= len(new):
                return _walk_back(trace, len(old), len(new))
    return None


def _step(reach: dict[int, int], diagonal: int, edits: int) -> int:
    """Where an edit leads to on this diagonal: a line put in, or one taken out."""
    if _is_put_in(reach, diagonal, edits):
        return reach[diagonal + 1]
    return reach[diagonal - 1] + 1


def _is_put_in(reach: dict[int, int], diagonal: int, edits: int) -> bool:
    if abs(diagonal) == edits:
        return diagonal == -edits
    return reach[diagonal - 1] < reach[diagonal + 1]


def _walk_back(trace: list[dict[int, int]], x: int, y: int) -> list[str]:
    signs: list[str] = []
    for edits in range(len(trace) - 1, 0, -1):
        reach, diagonal = trace[edits], x - y
        put_in = _is_put_in(reach, diagonal, edits)
        start = _step(reach, diagonal, edits)
        signs += [""] * (x - start)
        signs.append("+" if put_in else "−")
        x = start if put_in else start - 1
        y = start - diagonal - (1 if put_in else 0)
    return [*signs, *[""] * x][::-1]


def _numbered(signs: list[str], old: list[str], new: list[str]) -> Iterator[Line]:
    """The lines, in each run of edits those taken out first."""
    edges = [at for at, sign in enumerate(signs) if not sign]
    at_old = at_new = 0
    for last, edge in pairwise([-1, *edges, len(signs)]):
        run = signs[last + 1 : edge]
        for _ in range(run.count("−")):
            at_old += 1
            yield Line("−", old[at_old - 1], at_old, None)
        for _ in range(run.count("+")):
            at_new += 1
            yield Line("+", new[at_new - 1], None, at_new)
        if edge < len(signs):
            at_old, at_new = at_old + 1, at_new + 1
            yield Line("", old[at_old - 1], at_old, at_new)


def _hunks(lines: list[Line], context: int) -> Iterator[Hunk]:
    edits = [at for at, line in enumerate(lines) if line.sign]
    while edits:
        end = next(
            (at for at, then in pairwise(edits) if then - at > 2 * context + 1),
            edits[-1],
        )
        yield tuple(lines[max(edits[0] - context, 0) : end + context + 1])
        edits = edits[edits.index(end) + 1 :]
