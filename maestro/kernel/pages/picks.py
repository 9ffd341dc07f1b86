"""What there is to choose from, as `components/pick.html` and `pick_short.html` show it."""

from __future__ import annotations

from collections.abc import Iterable


def picks(choices: Iterable[tuple[str, str]], chosen: str) -> list[tuple[str, str, bool]]:
    """(value, label, selected) of each of `choices`, which are values with their labels."""
    return [(str(value), str(label), value == chosen) for value, label in choices]


def names(choices: Iterable[str], chosen: str) -> list[tuple[str, str, bool]]:
    """The same of names that stand for themselves."""
    return picks(((name, name) for name in choices), chosen)
