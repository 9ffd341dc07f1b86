"""The menu's badges."""

from __future__ import annotations

from django.http import HttpRequest

from maestro.console.dashboard import pending_approvals


def approvals_badge(request: HttpRequest) -> str:
    """How many approvals wait; asked once a request."""
    known = getattr(request, "console_pending", None)
    if known is None:
        known = pending_approvals()
        request.console_pending = known  # type: ignore[attr-defined]
    return str(known)
