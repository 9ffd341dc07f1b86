"""What there is to choose from, in forms and filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a radio group, a select or a set of checkboxes. An empty value is no answer."""

    value: str
    label: str
    selected: bool = False
    hint: str = ""


def picks(choices: Iterable[tuple[str, str]], chosen: str) -> tuple[Option, ...]:
    """The options of a select of which `chosen` is selected; `choices` are values and labels."""
    return tuple(Option(str(value), str(label), value == chosen) for value, label in choices)


def names(choices: Iterable[str], chosen: str) -> tuple[Option, ...]:
    """The same of names that stand for themselves."""
    return picks(((name, name) for name in choices), chosen)
