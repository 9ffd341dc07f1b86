"""The audit trail: what policy decided in the tenant, and what was proved to be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_safe

from governance.models import Decision, Receipt
from governance.scopes import known_scopes
from maestro.kernel.clock import now
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.services.read_audit import AuditFilter, read_decisions, read_receipts
from maestro.tenancy.settings_page import settings_page
from maestro.tenancy.signed_in import signed_in

PAGE_SIZE = 50
_ANSWERS = {"allowed": True, "refused": False}


@require_safe
@signed_in
def audit(request: ActorRequest) -> HttpResponse:
    """Decisions, or with `?of=receipts` receipts, the newest first; the next page goes on by id."""
    asked, of_receipts = request.GET, request.GET.get("of") == "receipts"
    wanted = _wanted(asked, of_receipts=of_receipts)
    rows: list[dict[str, Any]]
    if of_receipts:
        proved = read_receipts(actor=request.actor, asked=wanted, most=PAGE_SIZE + 1)
        rows = [_receipt(each) for each in proved]
    else:
        decided = read_decisions(actor=request.actor, asked=wanted, most=PAGE_SIZE + 1)
        rows = [_decision(each) for each in decided]
    following = _link(asked, str(rows[PAGE_SIZE - 1]["id"])) if len(rows) > PAGE_SIZE else ""
    here = reverse("tenancy:audit")
    answer = next((word for word, allow in _ANSWERS.items() if allow is wanted.allowed), "")
    context = {
        "now": now(),
        "rows": rows[:PAGE_SIZE],
        "of_receipts": of_receipts,
        "kinds": [
            (here, "Decisions", None, not of_receipts),
            (f"{here}?of=receipts", "Receipts", None, of_receipts),
        ],
        "person": wanted.person,
        "action": wanted.action,
        "actions": sorted(scope for scope in known_scopes() if not scope.endswith(".*")),
        "answer": answer,
        "chips": list(_chips(wanted, answer, of_receipts=of_receipts)),
        "clear": f"{here}?of=receipts" if of_receipts else here,
        "pager": {"next": following, "previous": _link(asked, "") if wanted.before else ""},
        "further_back": wanted.before is not None,
    }
    return settings_page(request, "settings/audit.html", "audit", context)


def _wanted(asked: QueryDict, *, of_receipts: bool) -> AuditFilter:
    def text(name: str) -> str:
        return asked.get(name, "").replace("\x00", "").strip()[:254]

    try:
        before = UUID(text("cursor")) if text("cursor") else None
    except ValueError:
        before = None
    return AuditFilter(
        person=text("person"),
        action=text("action"),
        allowed=None if of_receipts else _ANSWERS.get(text("answer")),
        before=before,
    )


def _link(asked: QueryDict, cursor: str) -> str:
    changed = asked.copy()
    changed.pop("cursor", None)
    if cursor:
        changed["cursor"] = cursor
    return f"?{changed.urlencode()}"


def _chips(
    wanted: AuditFilter, answer: str, *, of_receipts: bool
) -> Iterator[tuple[str, str | None, str, str]]:
    if wanted.person:
        yield "person", None, "Person", wanted.person
    if wanted.action:
        yield "action", None, "Kind" if of_receipts else "Action", wanted.action
    if answer:
        yield "answer", None, "Answer", answer


def _decision(row: Decision) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": row.decided_at,
        "what": row.action,
        "state": "allowed" if row.allow else "refused",
        "about": f"{row.resource_type} {row.resource_id}".strip(),
        "person": row.actor_name or row.actor_kind,
        "channel": row.channel,
        "purpose": row.purpose,
        "reasons": row.why,
    }


def _receipt(row: Receipt) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": row.created_at,
        "what": row.kind,
        "state": "done",
        "about": f"{row.subject_type} {row.subject_id}".strip(),
        "person": row.actor_name or row.actor_kind,
        "purpose": row.purpose,
        "digest": row.digest,
    }
