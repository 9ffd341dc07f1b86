from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Count, F, Q
from django.utils.translation import gettext_noop

from catalog.models import Category, DefinitionStatus, Risk, Scope, WorkflowDefinition, WorkflowTag
from catalog.querysets import DefinitionQuerySet
from catalog.services.index_definition import CONFIG

PAGE_SIZE = 20
SORTS = {
    "best": gettext_noop("Best match"),
    "updated": gettext_noop("Last updated"),
    "title": gettext_noop("Title"),
}
_COLUMNS = {
    "category": "category",
    "risk": "risk",
    "status": "status",
    "owner": "owner_team",
    "tenant": "publisher",
    "scope": "scope",
}
FACETS = (*_COLUMNS, "tag")
_LABELS: dict[str, dict[str, str]] = {
    "category": {str(value): str(label) for value, label in Category.choices},
    "risk": {str(value): str(label) for value, label in Risk.choices},
    "status": {str(value): str(label) for value, label in DefinitionStatus.choices},
    "scope": {str(value): str(label) for value, label in Scope.choices},
}
TRANSLATED = frozenset(_LABELS)
"""The facets whose values are in words that a page translates; the others have names."""
_TITLES = {
    "category": gettext_noop("Category"),
    "risk": gettext_noop("Risk"),
    "status": gettext_noop("Status"),
    "owner": gettext_noop("Owner"),
    "tenant": gettext_noop("Tenant"),
    "scope": gettext_noop("Scope"),
    "tag": gettext_noop("Use case"),
}


@dataclass(frozen=True, slots=True)
class CatalogQuery:
    """What is asked: words, and for each facet the values of which one must hold."""

    words: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "best"
    page: int = 1
    page_size: int = PAGE_SIZE

    @classmethod
    def from_parameters(cls, parameters: Any) -> CatalogQuery:
        """From a query string (`QueryDict`); what is not understood is left out."""
        given = {
            facet: tuple(
                dict.fromkeys(value for value in parameters.getlist(facet) if _is_askable(value))
            )
            for facet in FACETS
        }
        chosen = {facet: values for facet, values in given.items() if values}
        page = parameters.get("page", "1")
        sort = parameters.get("sort", "best")
        return cls(
            words=parameters.get("q", "").replace("\x00", "").strip()[:200],
            chosen=chosen,
            sort=sort if sort in SORTS else "best",
            page=min(int(page), 10_000) if page.isascii() and page.isdigit() and int(page) else 1,
        )

    def without(self, facet: str) -> CatalogQuery:
        """The same question, but for one facet."""
        return replace(
            self, chosen={name: values for name, values in self.chosen.items() if name != facet}
        )


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value, how many workflows have it under all *other* filters, and whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter with its values."""

    name: str
    title: str
    values: Sequence[FacetValue]


@dataclass(frozen=True, slots=True)
class CatalogPage:
    """One page of what was found, how much there is in all, and the facets."""

    query: CatalogQuery
    workflows: Sequence[WorkflowDefinition]
    total: int
    facets: Sequence[Facet]

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.query.page_size))

    @property
    def first(self) -> int:
        """The number of the first workflow on this page, from 1."""
        return (self.query.page - 1) * self.query.page_size + 1

    @property
    def last(self) -> int:
        """The number of the last workflow on this page."""
        return self.first + len(self.workflows) - 1


def search_catalog(*, tenant_id: UUID, query: CatalogQuery) -> CatalogPage:
    """Find workflows among those that the tenant sees. Three statements, whatever is asked.

    A facet counts what every other filter leaves, so that a second value can be added to it.
    """
    cube = list(
        _found(tenant_id, query, only={"tag"})
        .order_by()
        .values_list(*_COLUMNS.values())
        .annotate(count=Count("pk"))
    )
    tags = (
        WorkflowTag.objects.filter(
            definition__in=_found(tenant_id, query.without("tag"), only=set(_COLUMNS)).order_by()
        )
        .values_list("name")
        .annotate(count=Count("pk"))
        .order_by("-count", "name")[:50]
    )
    total = sum(row[-1] for row in cube if _fits(row, query.chosen))
    start = (query.page - 1) * query.page_size
    workflows = list(
        _sorted(_found(tenant_id, query), query)
        .defer("search")
        .prefetch_related("tags")[start : start + query.page_size]
    )
    facets = [_facet(name, cube, query) for name in _COLUMNS]
    facets.append(_values("tag", Counter(dict(tags)), query))
    return CatalogPage(query, workflows, total, facets)


def _found(
    tenant_id: UUID, query: CatalogQuery, only: set[str] | None = None
) -> DefinitionQuerySet:
    """What the words and the filters leave; with `only`, those filters alone."""
    found = WorkflowDefinition.objects.visible_to(tenant_id)
    if query.words:
        found = found.filter(search=_words(query))
    for facet, values in query.chosen.items():
        if only is not None and facet not in only:
            continue
        if facet == "tag":
            found = found.filter(
                pk__in=WorkflowTag.objects.filter(name__in=values).values("definition")
            )
        else:
            found = found.filter(Q(**{f"{_COLUMNS[facet]}__in": values}))
    if "status" not in query.chosen and (only is None or "status" in only):
        found = found.exclude(status=DefinitionStatus.ARCHIVED)
    return found


def _sorted(found: DefinitionQuerySet, query: CatalogQuery) -> DefinitionQuerySet:
    if query.sort == "title":
        return found.order_by("title", "pk")
    if query.sort == "best" and query.words:
        return found.annotate(rank=SearchRank(F("search"), _words(query))).order_by(
            "-rank", "-updated_at", "pk"
        )
    return found.order_by("-updated_at", "pk")


def _is_askable(value: str) -> bool:
    """Whether anything could have this value; PostgreSQL can't be asked for NUL."""
    return bool(value.strip()) and "\x00" not in value


def _words(query: CatalogQuery) -> SearchQuery:
    return SearchQuery(query.words, search_type="websearch", config=CONFIG)


def _fits(row: Sequence[Any], chosen: Mapping[str, Sequence[str]], but: str | None = None) -> bool:
    """Whether a cell of the cube passes every filter but one."""
    for index, facet in enumerate(_COLUMNS):
        if facet == but:
            continue
        if facet in chosen:
            if row[index] not in chosen[facet]:
                return False
        elif facet == "status" and row[index] == DefinitionStatus.ARCHIVED:
            return False
    return True


def _facet(name: str, cube: Sequence[Sequence[Any]], query: CatalogQuery) -> Facet:
    index = list(_COLUMNS).index(name)
    counts: Counter[str] = Counter()
    for row in cube:
        if _fits(row, query.chosen, but=name):
            counts[row[index]] += row[-1]
    return _values(name, counts, query)


def _values(name: str, counts: Counter[str], query: CatalogQuery) -> Facet:
    labels = _LABELS.get(name)
    chosen = query.chosen.get(name, ())
    if labels is None:
        listed = [value for value, _ in counts.most_common(50)]
        listed += [value for value in chosen if value not in listed]
    else:
        listed = [value for value in labels if counts[value] or value in chosen or name != "status"]
    return Facet(
        name,
        _TITLES[name],
        [
            FacetValue(value, (labels or {}).get(value, value), counts[value], value in chosen)
            for value in listed
        ],
    )
