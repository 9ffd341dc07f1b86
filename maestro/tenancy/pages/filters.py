"""What the lists of records are filtered by, as their addresses say it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone


def asked_of(query: QueryDict, names: Mapping[str, str]) -> dict[str, str]:
    """The filters by name, each as text."""
    return {name: _text(query, name) for name in names}


def cursor_of(query: QueryDict) -> UUID | None:
    """The id that the last page ended with."""
    try:
        return UUID(_text(query, "cursor"))
    except ValueError:
        return None


def midnight(asked: dict[str, str], name: str) -> datetime | None:
    """The beginning of a day in the viewer's zone; what is no day is left out of `asked` as well."""
    try:
        day = date.fromisoformat(asked[name])
        moment = datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())
        if not 1970 < day.year < 9000:  # outside of it no id can be made of a time
            raise ValueError
    except ValueError:
        asked[name] = ""
        return None
    return moment


def link_to(query: QueryDict, cursor: str) -> str:
    """The same filters from another place on; "" is the beginning."""
    changed = query.copy()
    changed.pop("cursor", None)
    changed.pop("verify", None)
    if cursor:
        changed["cursor"] = cursor
    return f"?{changed.urlencode()}"


def chips(
    asked: Mapping[str, str], titles: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str, str]]:
    """The filters in use, as `components/chips.html` shows them."""
    for name, title in titles.items():
        if asked[name]:
            yield name, None, title, asked[name]


def _text(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\x00", "").strip()[:254]
