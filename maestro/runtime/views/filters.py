"""The filters of the executions list: read from the address, shown, and kept under a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from catalog.document_schema import RISKS
from governance.purposes import OWN_WORK, purposes
from maestro.kernel.errors import InvalidInput, Problem
from maestro.kernel.pages.summary import Wrong
from maestro.kernel.templatetags.switchboard import words
from maestro.runtime.models import SavedFilter, Trigger
from maestro.runtime.pages.fields import Field, Form
from maestro.runtime.pages.filters import FILTERS, kept, parsed
from maestro.runtime.services.delete_filter import delete_filter
from maestro.runtime.services.find_executions import Wanted
from maestro.runtime.services.open_with_filter import open_with_filter
from maestro.runtime.services.read_filters import may_save_filters
from maestro.runtime.services.save_filter import save_filter
from maestro.runtime.states import ExecutionStatus
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in

ALL = "all"  # the view that is no view, for those whose list opens with one
NAME, OPENS = "view_name", "view_opens"
FIRST_YEAR, LAST_YEAR = 1971, 9000


def said(asked: Mapping[str, Any]) -> dict[str, str]:
    """The filters of an address; nonsense in it is left out."""
    texts = {name: str(asked.get(name, "")).replace("\x00", "").strip() for name in FILTERS}
    known: dict[str, Iterable[str]] = {
        "status": [each.value for each in ExecutionStatus],
        "mine": ["1"],
        "risk": RISKS,
        "trigger": Trigger.values,
        "purpose": [each.name for each in purposes()],
    }
    return {
        name: text
        for name, text in texts.items()
        if text
        and (name not in known or text in known[name])
        and (name not in ("from", "to") or _day(text))
    }


def wanted(filters: Mapping[str, str]) -> Wanted:
    """What `said` asks for. Days are the viewer's."""
    since, until = _day(filters.get("from", "")), _day(filters.get("to", ""))
    same = ("status", "workflow", "installation", "person", "risk", "trigger", "purpose")
    texts: dict[str, Any] = {name: filters.get(name, "") for name in same}
    return Wanted(
        **texts,
        mine="mine" in filters,
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
    )


def chips(
    filters: Mapping[str, str], titles: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str, str]]:
    """Each filter in use; `titles` are those of the workflows by address."""
    heads = {
        "status": _("Status"),
        "workflow": _("Workflow"),
        "mine": _("Started by"),
        "installation": _("Installation"),
        "person": _("Started by"),
        "risk": _("Risk"),
        "trigger": _("Started from"),
        "purpose": _("Purpose"),
        "from": pgettext("day", "From"),
        "to": pgettext("day", "To"),
    }
    labels: dict[str, Callable[[str], str]] = {
        "status": words,
        "workflow": lambda text: titles.get(text, text),
        "mine": lambda text: _("me"),
        "risk": lambda text: words(text).lower(),
        "trigger": lambda text: _(Trigger(text).label),
    }
    for name, text in filters.items():
        yield name, None, heads[name], labels.get(name, str)(text)


def opening(views: Sequence[SavedFilter]) -> str:
    """The query that the list opens with, or empty."""
    return next((_query(row) for row in views if row.opens), "")


def saved(request: ActorRequest, filters: Mapping[str, str]) -> SavedFilter:
    """Keep what the list shows under the name that was posted. Raises `InvalidInput`, `Denied`."""
    return save_filter(
        actor=request.actor.for_purpose(OWN_WORK),
        name=request.POST.get(NAME, ""),
        filters=filters,
        opens=request.POST.get(OPENS) == "1",
    )


def after_saving(view: SavedFilter) -> HttpResponse:
    """The list as it was saved."""
    return HttpResponseRedirect(f"?{_query(view)}")


def views_context(
    request: ActorRequest,
    filters: Mapping[str, str],
    views: Sequence[SavedFilter],
    refused: InvalidInput | None,
) -> dict[str, Any]:
    """What `runtime/_views.html` draws, and what saving needs."""
    query = kept(filters)
    current = next((row for row in views if row.query == query), None)
    problems = refused.problems if refused else ()
    field = _name_field(request, current, problems)
    may = bool(query) and may_save_filters(actor=request.actor.for_purpose(OWN_WORK))
    return {
        "views": [
            {
                "id": row.pk,
                "name": row.name,
                "url": f"?{_query(row)}",
                "current": row is current,
                "opens": row.opens,
            }
            for row in views
        ],
        "all_url": f"{reverse('runtime:list')}?view={ALL}",
        "shows_all": not query,
        "saving": field if may else None,
        "saving_url": f"?{query}",
        "saving_open": refused is not None,
        "view_opens": request.POST.get(OPENS) == "1"
        if refused
        else bool(current and current.opens),
        "form": Form((), tuple(_wrong(field, problems))),
    }


@require_POST
@signed_in
def delete(request: ActorRequest, view_id: UUID) -> HttpResponse:
    """Delete a saved view, and show the list as it opens then."""
    name = delete_filter(actor=request.actor.for_purpose(OWN_WORK), filter_id=view_id)
    messages.success(request, _("The view %(name)s is deleted.") % {"name": name})
    return HttpResponseRedirect(f"{reverse('runtime:list')}?view={ALL}")


@require_POST
@signed_in
def open_with(request: ActorRequest, view_id: UUID) -> HttpResponse:
    """Let the list open with a saved view, or with everything again."""
    opens = request.POST.get("opens") == "1"
    actor = request.actor.for_purpose(OWN_WORK)
    view = open_with_filter(actor=actor, filter_id=view_id, opens=opens)
    text = _("The list opens with all executions from now on.")
    if opens:
        text = _("The list opens with %(name)s from now on.") % {"name": view.name}
    messages.success(request, text)
    return HttpResponseRedirect(f"{reverse('runtime:list')}?{_query(view)}")


def _query(view: SavedFilter) -> str:
    """Its filters as the list knows them now, with its id, so that none left is not the default."""
    return urlencode({"view": str(view.pk)} | said(parsed(view.query)))


def _name_field(
    request: ActorRequest, current: SavedFilter | None, problems: Sequence[Problem]
) -> Field:
    return Field(
        name=NAME,
        path="",
        id="view-name",
        label=_("Name"),
        control="text",
        required=True,
        hint=_("A name that you used before stands for these filters then. Only you see it."),
        error=next((each.message for each in problems if each.path == "/name"), ""),
        value=request.POST.get(NAME, "").replace("\x00", "") or (current.name if current else ""),
        attrs={"autocomplete": "off", "maxlength": "80"},
    )


def _wrong(field: Field, problems: Sequence[Problem]) -> Iterator[Wrong]:
    for each in problems:
        if each.path == "/name":
            yield Wrong(f"{field.label}: {each.message}", field.id)
        else:
            yield Wrong(each.message, "")


def _day(text: str) -> date | None:
    """A day that a UUIDv7 can begin at."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year < LAST_YEAR else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
