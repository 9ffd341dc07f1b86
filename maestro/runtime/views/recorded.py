"""What policy decided about an execution, and what was recorded of it, as its page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.models import Receipt
from governance.services.verify_receipt import verify_receipt
from maestro.kernel.canonical import digest
from maestro.runtime.pages.preview import Rule
from maestro.runtime.services.follow_execution import Followed


def recorded(followed: Followed) -> dict[str, Any]:
    """The context of `runtime/_records.html`. Each receipt is verified."""
    return {
        "decisions": list(_decisions(followed)),
        "receipts": [_receipt(receipt) for receipt in followed.receipts],
        "evidence": _evidence(followed),
        "installation": _installation(followed),
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "state": "verified" if verify_receipt(receipt).verified else "invalid",
        "text": receipt.kind,
        "id": receipt.pk,
        "url": reverse("tenancy:receipt", args=[receipt.pk]),
        "note": receipt.actor_name,
    }


def _evidence(followed: Followed) -> dict[str, Any] | None:
    found = followed.evidence
    if found is None:
        return None
    url = reverse("runtime:evidence", args=[followed.execution.pk])
    return {"url": url, "digest": found.digest}


def _installation(followed: Followed) -> dict[str, Any] | None:
    grant, execution = followed.grant, followed.execution
    if grant is None:
        return None
    return {
        "name": grant.name,
        "url": reverse("marketplace:installation", args=[grant.name]),
        "release": f"{grant.publisher}/{grant.slug}@{grant.number}",
        "statement": digest(grant.statement),
        "grant": grant.pk,
        "environment": execution.environment,
        "region": execution.region,
        # No start gets past policy unless it does.
        "verified_at": execution.created_at,
    }


def _decisions(followed: Followed) -> Iterator[Rule]:
    """What policy decided; for those who may not read decisions, what the execution itself says."""
    for decision in followed.decisions:
        who = decision.actor_name or decision.actor_kind
        state = "allowed" if decision.allow else "refused"
        yield Rule(state, f"{who}, {decision.revision}", decision.action)
    execution = followed.execution
    if not followed.decisions:
        code = str(execution.decision_id)[-8:] if execution.decision_id else ""
        yield Rule(
            "allowed", _("The start, for %(purpose)s") % {"purpose": execution.purpose}, code
        )
    for duty in execution.obligations:
        if duty.get("type") == "require_approval":
            count = duty.get("count", 1)
            said = ngettext(
                "%(count)s must approve before the first step",
                "%(count)s must approve before the first step",
                count,
            )
            yield Rule("needs_approval", said % {"count": count}, "require_approval")
