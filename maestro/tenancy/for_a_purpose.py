"""The second door of some pages: what is recorded when it is read is read for a purpose.

The purpose is chosen once and kept in the session (`SESSION_PURPOSE`); `ActorMiddleware` puts it on
the actor of a page. Who has none is asked first, and goes on to the page that was asked for.
"""

from __future__ import annotations

from functools import wraps
from typing import ParamSpec

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from governance.purposes import find_purpose
from maestro.kernel.errors import Denied, PurposeRequired
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import Page

P = ParamSpec("P")
SESSION_PURPOSE = "purpose"


def for_a_purpose(page: Page[P]) -> Page[P]:
    """A page that reads what is audited; goes below `signed_in`. Its header says what for, and has
    the form that changes it."""

    @wraps(page)
    def asked_first(
        request: ActorRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        actor = request.actor
        if actor.tenant_id is not None:
            if find_purpose(actor.purpose, actor.tenant_id) is None:
                return _ask_first(request)
            request.reads_for = actor.purpose  # type: ignore[attr-defined]
        return asking_when_needed(page)(request, *args, **kwargs)

    return asked_first


def asking_when_needed(page: Page[P]) -> Page[P]:
    """A page that may read what is audited: it asks for a purpose when one is missing, is not known
    any longer, or does not allow what is read."""

    @wraps(page)
    def asking(request: ActorRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return page(request, *args, **kwargs)
        except PurposeRequired:
            return _ask_first(request)
        except Denied as refusal:
            if {reason.code for reason in refusal.reasons} != {"purpose_not_allowed"}:
                raise
            messages.warning(request, refusal.reasons[0].message)
            return _ask_first(request)

    return asking


def _ask_first(request: ActorRequest) -> HttpResponse:
    """To the choice of a purpose, and back to the page that is asked for now."""
    query = QueryDict(mutable=True)
    htmx = getattr(request, "htmx", False)
    if htmx:
        query["next"] = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
    elif request.method in ("GET", "HEAD"):
        query["next"] = request.get_full_path()
    else:
        query["next"] = request.path
    target = f"{reverse('tenancy:purpose')}?{query.urlencode(safe='/')}"
    return HttpResponseClientRedirect(target) if htmx else HttpResponseRedirect(target)
