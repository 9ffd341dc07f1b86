from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.search import SearchRank
from django.db.models import Count, F, Q
from django.utils.translation import gettext_noop

from catalog.models import Category, DefinitionStatus, Risk, Scope, WorkflowDefinition, WorkflowTag
from catalog.querysets import DefinitionQuerySet
from catalog.services.searching import Asked, Facet, FoundPage, facet_of

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
class CatalogQuery(Asked):
    """What is asked of the catalog."""

    FACETS: ClassVar[Sequence[str]] = FACETS
    SORTS: ClassVar[Mapping[str, str]] = SORTS


@dataclass(frozen=True, slots=True)
class CatalogPage(FoundPage):
    """One page of workflows."""

    workflows: Sequence[WorkflowDefinition] = ()


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
    workflows = list(
        _sorted(_found(tenant_id, query), query)
        .defer("search")
        .prefetch_related("tags")[query.span]
    )
    facets = [_facet(name, cube, query) for name in _COLUMNS]
    facets.append(_values("tag", Counter(dict(tags)), query))
    return CatalogPage(query, total, facets, len(workflows), workflows)


def _found(
    tenant_id: UUID, query: CatalogQuery, only: set[str] | None = None
) -> DefinitionQuerySet:
    """What the words and the filters leave; with `only`, those filters alone."""
    found = WorkflowDefinition.objects.visible_to(tenant_id)
    if query.words:
        found = found.filter(search=query.search)
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
        return found.annotate(rank=SearchRank(F("search"), query.search)).order_by(
            "-rank", "-updated_at", "pk"
        )
    return found.order_by("-updated_at", "pk")


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
    return facet_of(
        name,
        _TITLES[name],
        counts,
        query,
        _LABELS.get(name),
        only_found=name == "status",
        several=name == "tag",
    )
