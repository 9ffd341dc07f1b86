"""What the page of every search shows: its filters in use, their counts, its pages. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.services.searching import Facet, FacetValue, FoundPage
from maestro.kernel.pages.picks import picks

AROUND = 2  # pages shown on each side of the one in view


def searching(page: FoundPage, parameters: QueryDict, clear: str) -> dict[str, Any]:
    """The part of the context that words, filters and pages need; `clear` is without any."""
    query = page.query
    return {
        "q": query.words,
        "facets": [_facet(facet) for facet in page.facets],
        "facets_set": sum(map(len, query.chosen.values())),
        "clear": clear,
        "chips": list(_chips(page)),
        "total": page.total,
        "found": _("by words") if query.words else "",
        "sorts": picks([(value, _(label)) for value, label in query.SORTS.items()], query.sort),
        "pager": _pager(page, parameters),
    }


def page_url(parameters: QueryDict, number: int) -> str:
    """The same question, at another page."""
    changed = parameters.copy()
    changed["page"] = str(number)
    return f"?{changed.urlencode()}"


def ways_out(
    page: FoundPage,
    parameters: QueryDict,
    any_of: Mapping[str, Any],
    counted: Any,
    unlisted: Container[tuple[str, str]],
) -> Iterator[tuple[str, str, str | None]]:
    """Each filter to leave out, with how much that would find where it is known already.

    `any_of` says of each facet “Any …”, `counted` how many were found; `unlisted` are the values
    that are not found when their facet is not asked for.
    """
    for facet in page.facets:
        if not any(value.chosen for value in facet.values):
            continue
        wider = _without(parameters, facet.name)
        if facet.several:
            yield wider, str(any_of[facet.name]), None
            continue
        count = sum(
            value.count for value in facet.values if (facet.name, value.value) not in unlisted
        )
        if count:
            yield wider, str(any_of[facet.name]), counted(count)
    if page.query.words and page.query.chosen:
        yield _without(parameters, "q"), _("Without the words"), None


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
    return _(value.label) if facet.is_translated else value.label


def _chips(page: FoundPage) -> Iterator[tuple[str, str | None, str, str]]:
    if page.query.words:
        yield "q", None, _("Words"), page.query.words
    for facet in page.facets:
        for value in facet.values:
            if value.chosen:
                yield facet.name, value.value, _(facet.title), _label(facet, value)


def _without(parameters: QueryDict, name: str) -> str:
    changed = parameters.copy()
    for each in (name, "page"):
        changed.pop(each, None)
    return f"?{changed.urlencode()}"


def _pager(page: FoundPage, parameters: QueryDict) -> dict[str, Any]:
    if not page.shown:
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
