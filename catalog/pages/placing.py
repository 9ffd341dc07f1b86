"""Where a cursor stands in a document that is being written, and so may not be valid. Pure.

It reads lines and their indentation alone. Where that does not tell (inside a text of several
lines, or a `{ … }` over several), the answer is that nothing is known: better no offer than a
wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

# Possessive, and words only from where they begin: a hostile line is read once, and not in each way
# in which it can be cut.
_LINE = re.compile(
    r"^(?P<dashes>(?: *+- ++)*+)(?P<indent> *+)"
    r"(?:(?P<key>[A-Za-z][\w.-]*) *:(?:\s+(?P<value>.*))?)?$"
)
_HERE = re.compile(
    r"^(?P<dashes>(?: *+- ++)*+)(?P<indent> *+)"
    r"(?:(?P<key>[A-Za-z][\w.-]*) *: +)?(?P<rest>.*)$"
)
_WORD = re.compile(r"(?<![\w.@-])[\w.@-]*$")
_NAME = re.compile(r"(?<![\w.])[\w.]*$")
_MOST_LINES = 20_000  # looked through in each direction

ITEM = "-"
"""What stands in a path for an entry of a list."""


Pairs: TypeAlias = "tuple[tuple[str, str], ...]"


@dataclass(frozen=True, slots=True)
class Where:
    """A place: the keys that lead to it from the root, and whether a key or a value belongs there.

    `typed` is what stands of it already, to the left of the cursor. `siblings` are the keys that
    its map has, each with what stands behind it on its line; `step` are those of the step around.
    """

    path: tuple[str, ...]
    is_key: bool
    typed: str
    siblings: Pairs = ()
    step: Pairs = ()

    def of_step(self, key: str) -> str:
        """What the step around says under `key`, on its line."""
        said = next((value for name, value in self.step if name == key), "")
        return said.split(" #")[0].strip(" \"'")


def expression_at(text: str, cursor: int) -> str | None:
    """What is typed of a name inside `${{ … }}`; None outside of one."""
    line = text[text.rfind("\n", 0, cursor) + 1 : cursor]
    opened = line.rfind("${{")
    if opened < 0 or "}}" in line[opened:]:
        return None
    return _NAME.search(line[opened + 3 :])[0]  # type: ignore[index]


def where(text: str, cursor: int) -> Where | None:
    """The place at `cursor`, an offset in `text`; None where it can't be told."""
    above = text[:cursor].split("\n")
    here = above.pop()
    below = text[cursor:].split("\n")[1:]
    found = _HERE.match(here)
    if found is None or "\t" in here or _is_comment(here):
        return None
    dashes, rest = found["dashes"], found["rest"]
    column = len(dashes) + len(found["indent"])
    inner = _flow(rest)
    parents = _around(above, column, dashes)
    if inner is None or parents is None:
        return None
    around = tuple(parent.part for parent in parents)
    siblings = tuple(_siblings(above, below, column, dashes))
    step = _step(parents, siblings, [*above, here, *below])
    keys, is_key, typed, opened = inner
    own = (found["key"],) if found["key"] else ()
    if opened:
        line = rest + text[cursor:].partition("\n")[0]
        if around == ("steps", ITEM) and not own:
            step = _in_flow(line, opened[0])
        return Where((*around, *own, *keys), is_key, typed, _in_flow(line, opened[-1]), step)
    if own:
        return Where((*around, *own), False, typed, siblings, step)
    return Where(around, True, typed, siblings, step) if rest == typed else None


class _Parent(NamedTuple):
    """A key on the way to a place, and the line and column where its map has it; an entry: -1."""

    part: str
    line: int
    column: int
    dashes: str


def _step(parents: Sequence[_Parent], siblings: Pairs, lines: Sequence[str]) -> Pairs:
    """The keys of the step around a place that the `parents` lead to."""
    if [parent.part for parent in parents[:2]] != ["steps", ITEM]:
        return ()
    if len(parents) == 2:
        return siblings
    key = parents[2]
    around = _siblings(lines[: key.line], lines[key.line + 1 :], key.column, key.dashes)
    return tuple(around)


def _is_comment(line: str) -> bool:
    return (
        bool(re.search(r"(^|\s)#", line)) and line.count('"') % 2 == 0 and line.count("'") % 2 == 0
    )


def _flow(rest: str) -> tuple[tuple[str, ...], bool, str, tuple[int, ...]] | None:
    """The keys that lead into the brackets open at the end, whether a key belongs there, the word
    typed, and where each of the brackets opened. None inside of quotes."""
    stack: list[tuple[str, str, int]] = []
    key, quote, start = "", "", 0
    for at, char in enumerate(rest):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and not rest[start:at].strip():
            quote = char
        elif char in "{[":
            stack.append((char, key, at))
            key, start = "", at + 1
        elif char in "}]":
            if not stack:
                return None
            stack.pop()
            key, start = "", at + 1
        elif char == "," and stack:
            key, start = "", at + 1
        elif char == ":" and stack and rest[at + 1 : at + 2] in ("", " "):
            key, start = rest[start:at].strip(), at + 1
    if quote:
        return None
    typed = _WORD.search(rest)[0]  # type: ignore[index]
    if not stack:
        return (), False, typed, ()
    if rest[start:].strip() != typed:
        return None
    keys: list[str] = []
    for bracket, opened_by, _ in stack:
        keys += [opened_by] if opened_by else []
        keys += [ITEM] if bracket == "[" else []
    if stack[-1][0] == "{":
        keys += [key] if key else []
    opened = tuple(at for _, _, at in stack)
    return tuple(keys), stack[-1][0] == "{" and not key, typed, opened


def _in_flow(line: str, opened: int) -> Pairs:
    """The keys of the `{ … }` that opens at an offset of the line, as far as it is on it."""
    parts, depth, quote, start = [], 0, "", opened + 1
    for at in range(opened + 1, len(line)):
        char = line[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
        if depth < 0 or (char == "," and not depth and not quote):
            parts.append(line[start:at])
            start = at + 1
        if depth < 0:
            break
    else:
        parts.append(line[start:])
    pairs = (part.partition(":") for part in parts)
    return tuple((key.strip(), value.strip()) for key, colon, value in pairs if colon)


def _around(above: Sequence[str], column: int, dashes: str) -> list[_Parent] | None:
    """What leads to a map whose keys stand in `column`; None where it can't be told."""
    path: list[_Parent] = []
    item = _Parent(ITEM, -1, -1, "")
    level, in_list = column, False
    if dashes:
        if dashes.count("-") > 1:
            return None
        path.insert(0, item)
        level, in_list = _indent(dashes), True
    for number, line in _upwards(above):
        if level == 0 and not in_list:
            break
        found = _LINE.match(line)
        begins = found["dashes"] if found else ""
        if found is None or not found["key"] or begins.count("-") > 1:
            if _indent(line) < level:
                return None
            continue
        stands = len(begins) + len(found["indent"])
        if stands < level or (in_list and stands == level and not begins):
            if _says(found["value"]):
                return None
            path.insert(0, _Parent(found["key"], number, stands, begins))
            level, in_list = stands, False
        elif begins and not in_list and _indent(begins) < level < stands:
            return None
        if begins and stands == level and not in_list:
            path.insert(0, item)
            level, in_list = _indent(begins), True
    return path if level == 0 and not in_list else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _says(value: str | None) -> bool:
    """Whether something stands behind a key on its line, a comment apart."""
    return bool(value) and not str(value).lstrip().startswith("#")


def _upwards(above: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that say something, the nearest first, with their numbers from 0."""
    for number in range(len(above) - 1, max(-1, len(above) - 1 - _MOST_LINES), -1):
        line = above[number]
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.rstrip()


def _siblings(
    above: Sequence[str], below: Sequence[str], column: int, dashes: str
) -> Iterator[tuple[str, str]]:
    """The keys in `column` of the same map, above and below the line."""
    for _, line in () if dashes else _upwards(above):
        found = _LINE.match(line)
        if found is None or not found["key"]:
            if _indent(line) < column:
                break
            continue
        stands = len(found["dashes"]) + len(found["indent"])
        if stands == column:
            yield found["key"], (found["value"] or "").strip()
        if _indent(line) < column:
            break
    for line in below[:_MOST_LINES]:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if _indent(line) < column:
            break
        found = _LINE.match(line.rstrip())
        if _indent(line) == column and found is not None and found["key"]:
            yield found["key"], (found["value"] or "").strip()
