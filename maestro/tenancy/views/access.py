"""Signing in and out, the tenant switcher, the theme."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from maestro.kernel.errors import NotFound
from maestro.tenancy.context import THEME_COOKIE, THEMES
from maestro.tenancy.demo import DEMO_PASSWORD, demo_people
from maestro.tenancy.middleware import SESSION_TENANT


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
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("catalog:list")
    return HttpResponseRedirect(target)


@require_POST
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Go on in another tenant of one's own."""
    wanted = request.POST.get("tenant", "")
    if not any(seat.slug == wanted for seat in getattr(request, "seats", ())):
        raise NotFound(
            f"You have no place in a tenant called {wanted}.", hint="Choose one of your tenants."
        )
    request.session[SESSION_TENANT] = wanted
    return HttpResponseRedirect(reverse("catalog:list"))


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
