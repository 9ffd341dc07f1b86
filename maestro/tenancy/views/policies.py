"""The policies in force, in words: why something is refused, which controls that serves, who may."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from governance.services.read_policies import read_policies
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in


@require_safe
@signed_in
def policies(request: ActorRequest) -> HttpResponse:
    """The same for everybody who has a place in the tenant."""
    context = {"reference": read_policies(actor=request.actor)}
    return settings_page(request, "settings/policies.html", "policies", context)
