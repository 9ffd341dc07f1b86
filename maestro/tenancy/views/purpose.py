"""What for: asked before something is read whose reading is recorded, and kept in the session."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.purposes import find_purpose, purposes
from maestro.tenancy.for_a_purpose import SESSION_PURPOSE
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.reading import reading_form
from maestro.tenancy.signed_in import signed_in
from maestro.tenancy.views.access import back


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def choose(request: ActorRequest) -> HttpResponse:
    """The choice; once it is made, on to the page that was asked for."""
    chosen, error, tenant_id = request.actor.purpose, "", request.actor.tenant_id
    if request.method == "POST":
        chosen = request.POST.get("purpose", "")
        if find_purpose(chosen, tenant_id) is not None:
            request.session[SESSION_PURPOSE] = chosen
            return back(request)
        error = _("Choose one of these.")
    asked = request.POST if request.method == "POST" else request.GET
    context = {
        "form": reading_form(chosen, error, known=purposes(tenant_id)),
        "next": asked.get("next", ""),
    }
    return render(request, "switchboard/purpose.html", context, status=400 if error else 200)
