"""The reviewers' console: the admin site, in the order of the work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.sites import UnfoldAdminSite

from maestro.kernel.actor import Actor
from maestro.tenancy.identity import Seat

# Alpine, with which unfold's pages are made, evaluates its attributes; unfold writes its colours
# into the page. Only what this site's own view wrapper answers is given this policy.
CONSOLE_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "object-src": [NONE],
}

# What policy and receipts call a thing, and the model it is.
SUBJECTS = {
    "approval": "governance.ApprovalRequest",
    "decision": "governance.Decision",
    "execution": "runtime.Execution",
    "receipt": "governance.Receipt",
    "step": "runtime.StepRun",
    "tenant": "tenancy.Tenant",
    "token": "tenancy.ApiToken",
    "user": "tenancy.User",
    "workflow": "catalog.WorkflowDefinition",
    "workflow_version": "catalog.WorkflowVersion",
}
TENANTS_TO_CHOOSE_FROM = 500


class Console(UnfoldAdminSite):  # type: ignore[misc]
    """Django's admin in unfold's clothes, for people with a role of the platform."""

    site_header = "Maestro"
    site_title = "Maestro console"
    index_title = "Work waiting"
    index_template = "console/index.html"
    enable_nav_sidebar = True

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """Every view of the site goes through here: it is given the console's own policy."""
        wrapped: Any = csp_replace(CONSOLE_POLICY)(super().admin_view(view, cacheable))
        return wrapped  # type: ignore[no-any-return]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one door. Who is in already, without a role of the platform, is told so."""
        target = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
            target = reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(target, resolve_url(settings.LOGIN_URL))
        if not self.has_permission(request):
            raise PermissionDenied("The console is for people with a role of the platform.")
        return HttpResponseRedirect(target)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The work that waits."""
        from maestro.console.dashboard import work_waiting

        waiting = {"waiting": work_waiting()}
        response: HttpResponse = super().index(request, waiting | (extra_context or {}))
        return response

    # --- what model pages of lower apps ask for: maestro.kernel.console.site.Site

    def tenant_slugs(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """The slugs of these tenants, by one query or none."""
        from maestro.tenancy.models import Tenant

        if not ids:
            return {}
        return dict(Tenant.objects.filter(pk__in=ids).values_list("pk", "slug"))

    def tenant_choices(self) -> list[tuple[str, str]]:
        """(id, name) of the tenants to choose from, by one query."""
        from maestro.tenancy.models import Tenant

        found = Tenant.objects.order_by("slug").values_list("pk", "name")
        return [(str(pk), name) for pk, name in found[:TENANTS_TO_CHOOSE_FROM]]

    def purposes(self) -> list[tuple[str, str]]:
        """(name, title) of what an action may be for."""
        from governance.purposes import purposes

        return [(purpose.name, purpose.title) for purpose in purposes()]

    def acting(self, request: HttpRequest, tenant_id: UUID, purpose: str) -> Actor:
        """Who acts, in that tenant: with the roles they have there, which are none for most, and
        their roles of the platform. Roles of another tenant are never carried over."""
        seats: tuple[Seat, ...] = getattr(request, "seats", ())
        seat = next((seat for seat in seats if seat.tenant_id == tenant_id), None)
        actor: Actor = request.actor  # type: ignore[attr-defined]
        return replace(
            actor,
            tenant_id=tenant_id,
            tenant_slug=seat.slug if seat else "",
            roles=seat.roles if seat else frozenset(),
            teams=seat.teams if seat else frozenset(),
            attributes=seat.attributes if seat else {},
            purpose=purpose,
        )

    def subject_label(self, subject_type: str) -> str:
        """The model (`app.Model`) of what policy and receipts call by this type, or ""."""
        return SUBJECTS.get(subject_type, "")
