"""Signing in and out, the tenant switcher, the theme."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from maestro.kernel.errors import NotFound
from maestro.tenancy.context import THEME_COOKIE, THEMES
from maestro.tenancy.demo import DEMO_PASSWORD, demo_people
from maestro.tenancy.identity import ActorRequest, Seat
from maestro.tenancy.middleware import SESSION_TENANT
from maestro.tenancy.signed_in import signed_in


class SignIn(LoginView):
    """Sign in with an address and a password; the session's key is new afterwards."""

    template_name = "switchboard/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Says who can be tried, where there are demo accounts."""
        context = super().get_context_data(**kwargs)
        if settings.MAESTRO_DEMO:
            context |= {"demo_accounts": demo_people(), "demo_password": DEMO_PASSWORD}
        return context


def back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page the form was on, if it is one of ours."""
    return HttpResponseRedirect(_ours(request.POST.get("next", "")))


def _ours(target: str) -> str:
    """The address if it is one of this site, else that of the catalog."""
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse("catalog:list")


@require_POST
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Go on in another tenant of one's own, with its catalog or the page that was asked for."""
    seat = _seat(request, request.POST.get("tenant", ""))
    request.session[SESSION_TENANT] = seat.slug
    return back(request)


@require_safe
@signed_in
def go_on_in(request: ActorRequest, tenant_slug: str) -> HttpResponse:
    """To a page of one of one's tenants, as a mail names it; asks first who is in another one."""
    seat, target = _seat(request, tenant_slug), _ours(request.GET.get("next", ""))
    if seat.tenant_id == request.actor.tenant_id:
        return HttpResponseRedirect(target)
    return render(request, "switchboard/go_on.html", {"other": seat, "next": target})


def _seat(request: HttpRequest, slug: str) -> Seat:
    seats: tuple[Seat, ...] = getattr(request, "seats", ())
    found = next((seat for seat in seats if seat.slug == slug), None)
    if found is None:
        raise NotFound(
            f"You have no place in a tenant called {slug}.", hint="Choose one of your tenants."
        )
    return found


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system has it."""
    theme = request.POST.get("theme", "")
    response = back(request)
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=31_536_000,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
    return response
