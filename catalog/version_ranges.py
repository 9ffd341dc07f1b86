"""Version ranges as npm writes them: `^1.2.0`, `~1.2`, `1.x`, `>=1.0.0 <2.0.0`, `*`, `1.2.3`.

Versions are Semantic Versioning 2.0.0. A pre-release is allowed only by a range that names one of
the same major, minor and patch, as node-semver has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

_Key: TypeAlias = "tuple[int, int, int, tuple[tuple[int, int, str], ...]]"

_VERSION = re.compile(
    r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)
_PART = re.compile(
    r"(\^|~|>=|<=|>|<|=)?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)
_MAX_LENGTH = 100
_LAST: tuple[tuple[int, int, str], ...] = ((3, 0, ""),)
"""Sorts after every pre-release: a version without one."""
_FIRST: tuple[tuple[int, int, str], ...] = ()
"""Sorts before every pre-release."""


def version_key(version: str) -> _Key:
    """A key that sorts versions by precedence (§ 11). Raises `ValueError`."""
    match = _VERSION.fullmatch(version)
    if match is None or len(version) > _MAX_LENGTH:
        raise ValueError(f"{version!r} is not a semantic version.")
    major, minor, patch, pre = match.groups()
    return int(major), int(minor), int(patch), _pre_key(pre)


def _pre_key(pre: str | None) -> tuple[tuple[int, int, str], ...]:
    if pre is None:
        return _LAST
    parts = pre.split(".")
    return tuple((1, int(part), "") if part.isdecimal() else (2, 0, part) for part in parts)


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A set of versions; `text` is how it was written."""

    text: str
    bounds: tuple[tuple[str, _Key], ...]
    named: frozenset[tuple[int, int, int]]

    @staticmethod
    def parse(text: str) -> VersionRange:
        """The range that `text` says. Raises `ValueError`, with a message for a person."""
        if len(text) > _MAX_LENGTH:
            raise ValueError("A version range has at most 100 characters.")
        bounds: list[tuple[str, _Key]] = []
        named: set[tuple[int, int, int]] = set()
        rest = text.strip()
        if not rest:
            raise ValueError("A version range is like ^1.2.0, ~1.2, 1.x, >=1.0.0 <2.0.0 or *.")
        while rest:
            match = _PART.match(rest)
            if match is None or (match.end() < len(rest) and rest[match.end()] not in " ,"):
                raise ValueError(
                    f"{text!r} is no version range; write ^1.2.0, ~1.2, 1.x, >=1.0.0 <2.0.0 or *."
                )
            _add(match, bounds, named)
            rest = rest[match.end() :].lstrip(" ,")
        return VersionRange(text.strip(), tuple(bounds), frozenset(named))

    def allows(self, version: str) -> bool:
        """Whether `version` is in the range. Raises `ValueError` when it is no version."""
        key = version_key(version)
        if key[3] != _LAST and key[:3] not in self.named:
            return False
        return all(_holds(key, operator, bound) for operator, bound in self.bounds)

    def is_within(self, other: VersionRange) -> bool:
        """Whether `other` allows every version that this one does, as far as their bounds show."""
        return self.named <= other.named and all(
            any(_implies(mine, bound) for mine in self.bounds) for bound in other.bounds
        )

    def best(self, versions: Iterable[str]) -> str | None:
        """The highest of `versions` that is in the range."""
        return max(filter(self.allows, versions), key=version_key, default=None)


def _holds(key: _Key, operator: str, bound: _Key) -> bool:
    if operator == ">=":
        return key >= bound
    if operator == ">":
        return key > bound
    return key < bound if operator == "<" else key <= bound


def _implies(mine: tuple[str, _Key], bound: tuple[str, _Key]) -> bool:
    """Whether what holds to the bound `mine` holds to `bound`."""
    (one, key), (operator, limit) = mine, bound
    if one[0] != operator[0]:
        return False
    beyond = key > limit if operator[0] == ">" else key < limit
    return beyond or (key == limit and ("=" in operator or "=" not in one))


def _add(
    match: re.Match[str], bounds: list[tuple[str, _Key]], named: set[tuple[int, int, int]]
) -> None:
    operator, *texts, pre = match.groups()
    numbers: list[int] = []
    for text in texts:
        if text is None or not text.isdecimal():
            break
        numbers.append(int(text))
    count = len(numbers)
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    if pre is not None and count == 3:
        named.add((major, minor, patch))
    low: _Key = (major, minor, patch, _pre_key(pre) if count == 3 else _FIRST)
    if count == 0:
        return
    if operator == "^":
        fixed = next((i for i in range(count) if numbers[i]), count - 1)
        high = _next(numbers, fixed)
    elif operator == "~":
        high = _next(numbers, min(1, count - 1))
    elif count < 3:
        high = _next(numbers, count - 1)
    else:
        high = low
    if operator in ("^", "~") or (operator in (None, "=") and count < 3):
        bounds += [(">=", low), ("<", high)]
    elif operator in (None, "="):
        bounds += [(">=", low), ("<=", low)]
    elif operator == ">":
        bounds.append((">=", high) if count < 3 else (">", low))
    elif operator == "<=":
        bounds.append(("<", high) if count < 3 else ("<=", low))
    else:
        bounds.append((operator, low))


def _next(numbers: list[int], index: int) -> _Key:
    """The first version, pre-releases included, whose part at `index` is one higher."""
    parts = (*numbers[:index], numbers[index] + 1, 0, 0, 0)[:3]
    return parts[0], parts[1], parts[2], _FIRST
