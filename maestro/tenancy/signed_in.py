"""The door of a page: who is not signed in is sent to sign in, and comes back afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers, patch_cache_control, patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from maestro.tenancy.identity import ActorRequest

P = ParamSpec("P")
Page = Callable[Concatenate[ActorRequest, P], HttpResponseBase]


def signed_in(page: Page[P]) -> Page[P]:
    """A page for people with a place here. It is kept by nobody but their own browser.

    A live region of a page whose session has ended takes the whole page to the sign-in, and never
    puts the form for it in its own place.
    """

    @wraps(page)
    def guarded(request: ActorRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.actor.is_known:
            return _to_sign_in(request)
        response = page(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["HX-Request"])
        return response

    return guarded


def _to_sign_in(request: ActorRequest) -> HttpResponse:
    response: HttpResponse
    if getattr(request, "htmx", False):
        here = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
        response = HttpResponseClientRedirect(redirect_to_login(here).url)
    else:
        asked = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
        response = redirect_to_login(asked)
    add_never_cache_headers(response)
    return response
