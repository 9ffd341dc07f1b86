"""What an execution asks of people, as its page shows it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.models import ApprovalRequest
from maestro.kernel.actor import Actor
from maestro.runtime.models import Execution
from maestro.runtime.services.follow_execution import Asked


def refusal_of(asked: Asked, actor: Actor) -> str:
    """Why the one who looks may not decide; empty when they may."""
    for decision in asked.request.decisions.all():
        if decision.decided_by == actor.id:
            return _("You decided already.")
    return asked.refusal.message if asked.refusal else ""


def approval(
    asked: Asked, execution: Execution, actor: Actor, tried: dict[str, Any]
) -> dict[str, Any]:
    """One of `approvals` in `runtime/_approvals.html`; `tried` as for `execution_context`."""
    request = asked.request
    why = refusal_of(asked, actor)
    again = tried if tried.get("id") == request.pk else {}
    return {
        "id": request.pk,
        "step": str(asked.step),
        "message": request.message,
        "state": request.status,
        "given": given(request),
        "count": request.count,
        "teams": request.teams,
        "reason": execution.reason,
        "started_by": execution.started_by_name,
        "expires_at": request.expires_at,
        "may": not why,
        "why": why or _("You may: you did not start this."),
        "url": reverse("runtime:decide", args=[execution.pk, request.pk]),
        "error": again.get("error", ""),
        "rationale": again.get("rationale", ""),
        "decisions": [
            {
                "state": "approved" if one.vote == "approve" else "rejected",
                "who": one.decided_by_name,
                "rationale": one.rationale,
                "at": one.created_at,
            }
            for one in request.decisions.all()
        ],
    }


def given(request: ApprovalRequest) -> int:
    """How many approved so far."""
    return sum(one.vote == "approve" for one in request.decisions.all())
