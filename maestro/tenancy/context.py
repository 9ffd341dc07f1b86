"""What every Switchboard page is given."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from maestro.kernel.actor import ANONYMOUS
from maestro.tenancy.identity import Seat

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"

NAVIGATION = [
    (
        "Work",
        [
            {"label": "Executions", "url": "runtime:list", "section": "executions"},
            {"label": "Approvals", "url": "runtime:approvals", "section": "approvals"},
        ],
    ),
    ("Find", [{"label": "Catalog", "url": "catalog:list", "section": "catalog"}]),
    (
        "Manage",
        [{"label": "Settings", "url": "tenancy:preferences", "section": "settings"}],
    ),
]


def switchboard(request: HttpRequest) -> dict[str, Any]:
    """The actor, their tenants, the menu and the theme. Asks the database nothing."""
    actor = getattr(request, "actor", ANONYMOUS)
    seats: tuple[Seat, ...] = getattr(request, "seats", ())
    theme = request.COOKIES.get(THEME_COOKIE, "system")
    return {
        "actor": actor,
        "seats": seats,
        "seat": next((seat for seat in seats if seat.tenant_id == actor.tenant_id), None),
        "navigation": NAVIGATION,
        "theme": theme if theme in THEMES else "system",
        "themes": THEMES,
    }
