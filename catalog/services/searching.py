"""What every search has: words, filters with counts of every other filter's, pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from django.contrib.postgres.search import SearchQuery

from catalog.services.index_definition import CONFIG

PAGE_SIZE = 20
MOST_VALUES = 50  # of a facet whose values are names
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: words, and for each facet the values of which one must hold."""

    FACETS: ClassVar[Sequence[str]] = ()
    SORTS: ClassVar[Mapping[str, str]] = {}

    words: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "best"
    page: int = 1
    page_size: int = PAGE_SIZE

    @classmethod
    def from_parameters(cls, parameters: Any) -> Self:
        """From a query string (`QueryDict`); what is not understood is left out."""
        given = {
            facet: tuple(
                dict.fromkeys(value for value in parameters.getlist(facet) if _is_askable(value))
            )
            for facet in cls.FACETS
        }
        chosen = {facet: values for facet, values in given.items() if values}
        page = parameters.get("page", "1")
        sort = parameters.get("sort", "best")
        known = page.isascii() and page.isdigit() and int(page)
        return cls(
            words=parameters.get("q", "").replace("\x00", "").strip()[:200],
            chosen=chosen,
            sort=sort if sort in cls.SORTS else "best",
            page=min(int(page), MOST_PAGES) if known else 1,
        )

    def without(self, facet: str) -> Self:
        """The same question, but for one facet."""
        return replace(
            self, chosen={name: values for name, values in self.chosen.items() if name != facet}
        )

    @property
    def search(self) -> SearchQuery:
        """The words, as PostgreSQL looks for them."""
        return SearchQuery(self.words, search_type="websearch", config=CONFIG)

    @property
    def span(self) -> slice:
        """Which rows are on the page."""
        start = (self.page - 1) * self.page_size
        return slice(start, start + self.page_size)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value, how many rows have it under all *other* filters, and whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter with its values.

    `is_translated` says that the labels are words which a page translates; others are names. Where
    a row has `several` values the counts do not add up.
    """

    name: str
    title: str
    values: Sequence[FacetValue]
    is_translated: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One page of what was found: how much there is in all, how much of it here, and the facets."""

    query: Asked
    total: int
    facets: Sequence[Facet]
    shown: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.query.page_size))

    @property
    def first(self) -> int:
        """The number of the first row on this page, from 1."""
        return (self.query.page - 1) * self.query.page_size + 1

    @property
    def last(self) -> int:
        """The number of the last row on this page."""
        return self.first + self.shown - 1


def facet_of(
    name: str,
    title: str,
    counts: Counter[str],
    query: Asked,
    labels: Mapping[str, str] | None = None,
    *,
    only_found: bool = False,
    several: bool = False,
) -> Facet:
    """A facet with these counts.

    With `labels` all their values are listed, or only those that were found; without them the most
    frequent, and what is chosen.
    """
    chosen = query.chosen.get(name, ())
    if labels is None:
        listed = [value for value, _ in counts.most_common(MOST_VALUES)]
        listed += [value for value in chosen if value not in listed]
    else:
        listed = [value for value in labels if not only_found or counts[value] or value in chosen]
    values = [
        FacetValue(value, (labels or {}).get(value, value), counts[value], value in chosen)
        for value in listed
    ]
    return Facet(name, title, values, is_translated=labels is not None, several=several)


def _is_askable(value: str) -> bool:
    """Whether anything could have this value; PostgreSQL can't be asked for NUL."""
    return bool(value.strip()) and "\x00" not in value
