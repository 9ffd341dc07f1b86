"""The catalog's list: what was found, and the ways to find more or less."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import DefinitionStatus, WorkflowDefinition
from catalog.services.search_catalog import (
    SORTS,
    TRANSLATED,
    CatalogPage,
    Facet,
    FacetValue,
)

AROUND = 2  # pages shown on each side of the one in view
_ANY = {
    "category": gettext_lazy("Any category"),
    "risk": gettext_lazy("Any risk"),
    "status": gettext_lazy("Any status"),
    "owner": gettext_lazy("Any owner"),
    "tenant": gettext_lazy("Any tenant"),
    "scope": gettext_lazy("Any scope"),
    "tag": gettext_lazy("Any use case"),
}


def listing(page: CatalogPage, parameters: QueryDict) -> dict[str, Any]:
    """The context of `catalog/list.html` and of `catalog/_results.html`."""
    query = page.query
    chips = list(_chips(page))
    return {
        "q": query.words,
        "facets": [_facet(facet) for facet in page.facets],
        "facets_set": sum(map(len, query.chosen.values())),
        "clear": reverse("catalog:list"),
        "chips": chips,
        "total": page.total,
        "found": _("by words") if query.words else "",
        "workflows": [_item(workflow) for workflow in page.workflows],
        "sorts": [(value, _(label)) for value, label in SORTS.items()],
        "sort": query.sort,
        "pager": _pager(page, parameters),
        "ways": list(_ways(page, parameters)) if chips and not page.total else (),
    }


def detail_url(workflow: WorkflowDefinition) -> str:
    """The page of a workflow."""
    return reverse("catalog:detail", args=[workflow.publisher, workflow.slug])


def page_url(parameters: QueryDict, number: int) -> str:
    """The same question, at another page."""
    changed = parameters.copy()
    changed["page"] = str(number)
    return f"?{changed.urlencode()}"


def _item(workflow: WorkflowDefinition) -> dict[str, Any]:
    return {
        "url": detail_url(workflow),
        "title": workflow.title,
        "description": workflow.description,
        "address": workflow.address,
        "version": workflow.latest_version,
        "category": _(workflow.get_category_display()),
        "owner_team": workflow.owner_team,
        "risk": workflow.risk,
        "status": workflow.status,
        "tags": [tag.name for tag in workflow.tags.all()],
        "updated_at": workflow.updated_at,
    }


def _facet(facet: Facet) -> dict[str, Any]:
    return {
        "name": facet.name,
        "title": _(facet.title),
        "options": [
            {
                "value": value.value,
                "label": _label(facet, value),
                "count": value.count,
                "selected": value.chosen,
                # From the value, not the place: the order follows the counts, and an answer to
                # HTMX finds the option that is on the page.
                "id": f"n-{facet.name}-{zlib.crc32(value.value.encode()):08x}",
            }
            for value in facet.values
        ],
    }


def _label(facet: Facet, value: FacetValue) -> str:
    """A value in words: what people chose the name of stays as it is."""
    return _(value.label) if facet.name in TRANSLATED else value.label


def _chips(page: CatalogPage) -> Iterator[tuple[str, str | None, str, str]]:
    if page.query.words:
        yield "q", None, _("Words"), page.query.words
    for facet in page.facets:
        for value in facet.values:
            if value.chosen:
                yield facet.name, value.value, _(facet.title), _label(facet, value)


def _ways(page: CatalogPage, parameters: QueryDict) -> Iterator[tuple[str, str, str | None]]:
    """Each filter to leave out, with how much that would find where it is known already."""
    for facet in page.facets:
        if not any(value.chosen for value in facet.values):
            continue
        wider = _without(parameters, facet.name)
        if facet.name == "tag":  # a workflow has several of them: their counts do not add up
            yield wider, str(_ANY[facet.name]), None
            continue
        count = sum(value.count for value in facet.values if _is_listed(facet.name, value.value))
        if count:
            found = ngettext("%(count)s workflow", "%(count)s workflows", count)
            yield wider, str(_ANY[facet.name]), found % {"count": count}
    if page.query.words and page.query.chosen:
        yield _without(parameters, "q"), _("Without the words"), None


def _is_listed(facet: str, value: str) -> bool:
    """Whether a value is found when its facet is not asked for: what is archived is not."""
    return facet != "status" or value != DefinitionStatus.ARCHIVED


def _without(parameters: QueryDict, name: str) -> str:
    changed = parameters.copy()
    for each in (name, "page"):
        changed.pop(each, None)
    return f"?{changed.urlencode()}"


def _pager(page: CatalogPage, parameters: QueryDict) -> dict[str, Any]:
    if not page.workflows:
        return {}
    number, last = page.query.page, page.pages
    text = _("%(first)s–%(last)s of %(total)s") % {
        "first": page.first,
        "last": page.last,
        "total": page.total,
    }
    if last == 1:
        return {"text": text}
    return {
        "text": text,
        "pages": [
            (shown or "", None if shown is None else _href(parameters, shown, number))
            for shown in _numbers(number, last)
        ],
        "previous": page_url(parameters, number - 1) if number > 1 else "",
        "next": page_url(parameters, number + 1) if number < last else "",
    }


def _href(parameters: QueryDict, shown: int, number: int) -> str:
    return "" if shown == number else page_url(parameters, shown)


def _numbers(number: int, last: int) -> Sequence[int | None]:
    """The first, the last and those around; None for a gap."""
    near = range(max(1, number - AROUND), min(last, number + AROUND) + 1)
    shown: list[int | None] = []
    for each in sorted({1, *near, last}):
        before = shown[-1] if shown else 0
        if before is not None and each - before == 2:
            shown.append(each - 1)
        elif before is not None and each - before > 2:
            shown.append(None)
        shown.append(each)
    return shown
