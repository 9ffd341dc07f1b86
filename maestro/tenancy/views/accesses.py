"""Who accessed what for which purpose: the decisions of policy, to look through and to take away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from governance.models import Decision
from governance.purposes import purposes
from governance.scopes import known_scopes
from governance.services.read_access import AccessFilter, export_access, read_access
from maestro.kernel.clock import now
from maestro.kernel.pages.picks import names
from maestro.tenancy.for_a_purpose import for_a_purpose
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.filters import asked_of, chips, cursor_of, link_to, midnight
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in

PAGE_SIZE = 50


@require_safe
@signed_in
@for_a_purpose
def accesses(request: ActorRequest) -> HttpResponse:
    """Accesses, the newest first; the next page goes on by id."""
    asked, cursor = asked_of(request.GET, _titles()), cursor_of(request.GET)
    wanted = AccessFilter(**_wanted(asked), before=cursor)
    found = read_access(actor=request.actor, asked=wanted, most=PAGE_SIZE + 1)
    rows = [_row(each) for each in found[:PAGE_SIZE]]
    following = link_to(request.GET, str(rows[-1]["id"])) if len(found) > PAGE_SIZE else ""
    actions = sorted(name for name in known_scopes() if not name.endswith(".*"))
    context = {
        "now": now(),
        "rows": rows,
        "asked": asked,
        "actions": names(actions, asked["action"]),
        "types": names(
            sorted({name.partition(".")[0] for name in actions}), asked["resource_type"]
        ),
        "purposes": names(sorted(each.name for each in purposes()), asked["purpose"]),
        "chips": list(chips(asked, _titles())),
        "clear": reverse("tenancy:accesses"),
        "export": reverse("tenancy:accesses_export") + link_to(request.GET, ""),
        "pager": {"next": following, "previous": link_to(request.GET, "") if cursor else ""},
        "further_back": cursor is not None,
    }
    return settings_page(request, "settings/accesses.html", "accesses", context)


@require_safe
@signed_in
@for_a_purpose
def accesses_export(request: ActorRequest) -> StreamingHttpResponse:
    """All that match, as JSON Lines."""
    asked = asked_of(request.GET, _titles())
    lines = export_access(actor=request.actor, asked=AccessFilter(**_wanted(asked)))
    answer = StreamingHttpResponse(
        (line.encode() for line in lines), content_type="application/jsonl"
    )
    name = f"{request.actor.tenant_slug}-access.jsonl"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _titles() -> dict[str, str]:
    return {
        "person": _("Person"),
        "resource_type": _("Type"),
        "purpose": _("Purpose"),
        "action": _("Action"),
        "from": pgettext("date", "From"),
        "to": pgettext("date", "To"),
    }


def _wanted(asked: dict[str, str]) -> dict[str, Any]:
    """The filters as values; what can't be read as one is left out, in the form as well."""
    last = midnight(asked, "to")
    return {
        "person": asked["person"],
        "resource_type": asked["resource_type"],
        "purpose": asked["purpose"],
        "action": asked["action"],
        "since": midnight(asked, "from"),
        "until": last and last + timedelta(days=1),
    }


def _row(row: Decision) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": row.decided_at,
        "person": row.actor_name or row.actor_kind,
        "channel": row.channel,
        "action": row.action,
        "what": f"{row.resource_type} {row.resource_id}".strip(),
        "purpose": row.purpose,
        "outcome": "allowed" if row.allow else "refused",
        "reasons": row.why,
    }
