"""The audit trail: what policy decided in the tenant, and what was done, by whom and for what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from governance.audit.entries import Entry, Outcome
from governance.audit.verbs import DECISION, VERBS
from governance.purposes import purposes
from governance.services.read_entries import EntryFilter, read_entries, verify_newest
from maestro.kernel.clock import now
from maestro.kernel.pages.picks import names, picks
from maestro.tenancy.for_a_purpose import for_a_purpose
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.filters import asked_of, chips, cursor_of, link_to, midnight
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in

PAGE_SIZE = 50
VERIFIED_AT_ONCE = 1000
_TITLES = {
    "person": "Person",
    "verb": "What",
    "subject": "Subject",
    "purpose": "Purpose",
    "outcome": "Outcome",
    "from": "From",
    "to": "To",
}


@require_safe
@signed_in
@for_a_purpose
def audit(request: ActorRequest) -> HttpResponse:
    """Entries, the newest first; the next page goes on by id. With `?verify` the newest are verified
    against their chain, now."""
    asked = asked_of(request.GET, _TITLES)
    wanted, cursor = _wanted(asked), cursor_of(request.GET)
    found = read_entries(
        actor=request.actor, asked=EntryFilter(**wanted, before=cursor), most=PAGE_SIZE + 1
    )
    rows = [_row(entry) for entry in found[:PAGE_SIZE]]
    following = link_to(request.GET, str(rows[-1]["id"])) if len(found) > PAGE_SIZE else ""
    checked = None
    if "verify" in request.GET:
        checked = verify_newest(actor=request.actor, newest=VERIFIED_AT_ONCE)
    context = {
        "now": now(),
        "rows": rows,
        "asked": asked,
        "verbs": names(sorted(VERBS), asked["verb"]),
        "purposes": names(sorted(each.name for each in purposes()), asked["purpose"]),
        "outcomes": picks(
            [(one.value, one.value.capitalize()) for one in Outcome], asked["outcome"]
        ),
        "chips": list(chips(asked, _TITLES)),
        "clear": reverse("tenancy:audit"),
        "pager": {"next": following, "previous": link_to(request.GET, "") if cursor else ""},
        "further_back": cursor is not None,
        "checked": checked,
        "at_once": VERIFIED_AT_ONCE,
    }
    return settings_page(request, "settings/audit.html", "audit", context)


def _wanted(asked: dict[str, str]) -> dict[str, Any]:
    """The filters as values; what can't be read as one is left out, in the form as well."""
    first, last = midnight(asked, "from"), midnight(asked, "to")
    if asked["outcome"] not in set(Outcome):
        asked["outcome"] = ""
    return {
        "person": asked["person"],
        "verb": asked["verb"],
        "subject": asked["subject"],
        "purpose": asked["purpose"],
        "outcome": Outcome(asked["outcome"]) if asked["outcome"] else None,
        "since": first,
        "until": last and last + timedelta(days=1),
    }


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "verb": entry.verb,
        "title": entry.title,
        "outcome": entry.outcome.value,
        "subject": f"{entry.subject_type} {entry.subject_id}".strip(),
        "person": entry.person,
        "channel": entry.channel,
        "purpose": entry.purpose,
        "reasons": entry.reasons,
        "revision": entry.revision,
        "request_id": entry.request_id,
        "digest": "" if entry.record_type == DECISION else entry.digest,
        "before": entry.before,
        "after": entry.after,
        "seq": entry.seq,
    }
