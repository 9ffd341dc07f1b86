"""What every Switchboard page is given."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as marked

from governance.purposes import purposes
from maestro.kernel.actor import ANONYMOUS
from maestro.tenancy.identity import Seat
from maestro.tenancy.services.count_approvals_due import count_approvals_due

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"
_SAID = (marked("system"), marked("light"), marked("dark"))  # by components/theme.html

NAVIGATION = [
    (
        _("Work"),
        [
            {"label": _("Executions"), "url": "runtime:list", "section": "executions"},
            {"label": _("Approvals"), "url": "runtime:approvals", "section": "approvals"},
        ],
    ),
    (
        _("Find"),
        [
            {"label": _("Catalog"), "url": "catalog:list", "section": "catalog"},
            {"label": _("Marketplace"), "url": "marketplace:list", "section": "marketplace"},
            {
                "label": _("Installations"),
                "url": "marketplace:installations",
                "section": "installations",
            },
            {
                "label": _("Submissions"),
                "url": "marketplace:submissions",
                "section": "submissions",
            },
        ],
    ),
    (
        _("Manage"),
        [{"label": _("Settings"), "url": "tenancy:preferences", "section": "settings"}],
    ),
]


def _reading(request: HttpRequest) -> dict[str, Any]:
    """What the page is read for, and what else it could be, where that is recorded."""
    reads_for = getattr(request, "reads_for", "")
    return {"reads_for": reads_for, "known_purposes": purposes() if reads_for else ()}


def switchboard(request: HttpRequest) -> dict[str, Any]:
    """The actor, their tenants, the menu and the theme.

    Asks the database nothing but how many approvals wait for the actor, and that only where a whole
    page is drawn whose menu says it.
    """
    actor = getattr(request, "actor", ANONYMOUS)
    seats: tuple[Seat, ...] = getattr(request, "seats", ())
    theme = request.COOKIES.get(THEME_COOKIE, "system")
    return {
        "actor": actor,
        "seats": seats,
        "seat": next((seat for seat in seats if seat.tenant_id == actor.tenant_id), None),
        "navigation": NAVIGATION,
        "approvals_due": ""
        if getattr(request, "htmx", False)
        else SimpleLazyObject(lambda: count_approvals_due(actor)),
        **_reading(request),
        "theme": theme if theme in THEMES else "system",
        "themes": THEMES,
    }
