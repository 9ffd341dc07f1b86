"""Related rows on a row's page: a few of them, and the way to all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Panel:
    """A small table. `rows` hold cells that are escaped unless they are safe; `more` leads to all, or
    to what `leads_to` says."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: str = ""
    empty: str = "None."
    cut: bool = False
    leads_to: str = ""

    @classmethod
    def of(
        cls,
        title: str,
        columns: Iterable[str],
        found: Any,
        cells: Callable[[Any], tuple[Any, ...]],
        *,
        more: str = "",
        empty: str = "None.",
        most: int = SHOWN,
    ) -> Panel:
        """The first `most` rows of a queryset, by one query, as `cells` shows each."""
        rows = list(found[: most + 1])
        return cls(
            title=title,
            columns=tuple(columns),
            rows=tuple(cells(row) for row in rows[:most]),
            more=more,
            empty=empty,
            cut=len(rows) > most,
        )
