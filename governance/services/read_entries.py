"""The audit trail, for who may read it. That somebody read it is recorded as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from governance.audit.entries import (
    Entry,
    Outcome,
    entry_of_decision,
    entry_of_receipt,
    entry_of_vote,
)
from governance.models import ApprovalDecision, AuditLink, Decision, Receipt, Vote
from governance.services.export_audit import export_audit
from governance.services.read_access import may_read_decisions
from governance.services.verify_audit import Checked, verify_audit
from maestro.kernel.actor import Actor
from maestro.kernel.identity import first_id_at

USING = "default"
_VOTES = {"approval.approve": Vote.APPROVE, "approval.reject": Vote.REJECT}


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What is looked for; an empty part asks for all.

    `person` is a part of a name, or an id; `subject` a type, an id, or both with a space between.
    `since` and `until` are moments, the second not included; `before` is the id that the last page
    ended with.
    """

    person: str = ""
    verb: str = ""
    subject: str = ""
    purpose: str = ""
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None


def read_entries(*, actor: Actor, asked: EntryFilter, most: int) -> list[Entry]:
    """At most `most` entries of the actor's tenant, the newest first.

    Five statements, however much there is. Raises `Denied`, `TenantRequired`.
    """
    tenant_id = may_read_decisions(actor)
    found: list[Entry] = []
    if asked.outcome is not Outcome.DONE:
        found += map(entry_of_decision, _decisions(tenant_id, asked)[:most])
    if asked.outcome in (None, Outcome.DONE):
        found += map(entry_of_receipt, _receipts(tenant_id, asked)[:most])
        found += map(entry_of_vote, _votes(tenant_id, asked)[:most])
    found.sort(key=lambda entry: entry.id, reverse=True)
    return _placed(tenant_id, found[:most])


def export_entries(*, actor: Actor, since: datetime | None = None) -> Iterator[str]:
    """The actor's tenant's whole trail, as `export_audit` writes it. Raises `Denied`."""
    return export_audit(tenant_id=may_read_decisions(actor), since=since)


def verify_newest(*, actor: Actor, newest: int) -> Checked:
    """Whether the newest entries of the actor's tenant are as they were linked. Raises `Denied`."""
    return verify_audit(tenant_id=may_read_decisions(actor), using=USING, newest=newest)


def _decisions(tenant_id: UUID, asked: EntryFilter) -> QuerySet[Decision]:
    rows = Decision.objects.for_tenant(tenant_id).filter(
        _within(asked),
        _person(asked, "actor_id", "actor_name"),
        _subject(asked, "resource_type", "resource_id"),
    )
    if asked.verb:
        rows = rows.filter(action=asked.verb)
    if asked.purpose:
        rows = rows.filter(purpose=asked.purpose)
    if asked.outcome:
        rows = rows.filter(allow=asked.outcome is Outcome.ALLOWED)
    return rows.order_by("-id")


def _receipts(tenant_id: UUID, asked: EntryFilter) -> QuerySet[Receipt]:
    rows = Receipt.objects.for_tenant(tenant_id).filter(
        _within(asked),
        _person(asked, "actor_id", "actor_name"),
        _subject(asked, "subject_type", "subject_id"),
    )
    if asked.verb:
        rows = rows.filter(kind=asked.verb)
    if asked.purpose:
        rows = rows.filter(purpose=asked.purpose)
    return rows.order_by("-id")


def _votes(tenant_id: UUID, asked: EntryFilter) -> QuerySet[ApprovalDecision]:
    rows: QuerySet[ApprovalDecision] = ApprovalDecision.objects.for_tenant(tenant_id).filter(
        _within(asked),
        _person(asked, "decided_by", "decided_by_name"),
        _subject(asked, "request__subject_type", "request__subject_id"),
    )
    if asked.verb:
        rows = rows.filter(vote=_VOTES[asked.verb]) if asked.verb in _VOTES else rows.none()
    if asked.purpose:
        decided = Decision.objects.for_tenant(tenant_id).filter(purpose=asked.purpose)
        rows = rows.filter(decision_id__in=decided.values("pk"))
    return rows.select_related("request").order_by("-id")


def _within(asked: EntryFilter) -> Q:
    """By id alone: a UUIDv7 begins with its time, and the index goes by it."""
    found = Q()
    if asked.since:
        found &= Q(id__gte=first_id_at(asked.since))
    if asked.until:
        found &= Q(id__lt=first_id_at(asked.until))
    if asked.before:
        found &= Q(id__lt=asked.before)
    return found


def _person(asked: EntryFilter, by_id: str, by_name: str) -> Q:
    if not asked.person:
        return Q()
    try:
        return Q(**{by_id: UUID(asked.person)})
    except ValueError:
        return Q(**{f"{by_name}__icontains": asked.person})


def _subject(asked: EntryFilter, by_type: str, by_id: str) -> Q:
    if not asked.subject:
        return Q()
    kind, _, name = asked.subject.partition(" ")
    if name:
        return Q(**{by_type: kind, by_id: name.strip()})
    return Q(**{by_type: kind}) | Q(**{by_id: kind})


def _placed(tenant_id: UUID, entries: list[Entry]) -> list[Entry]:
    """With their places in the chain, and with what the decisions behind them know."""
    rows = AuditLink.objects.for_tenant(tenant_id).filter(pk__in=[entry.id for entry in entries])
    places: dict[Any, Any] = {
        pk: (seq, at) for pk, seq, at in rows.values_list("pk", "seq", "hash")
    }
    asked = {entry.decision_id for entry in entries if entry.decision_id and not entry.revision}
    decisions = Decision.objects.for_tenant(tenant_id).in_bulk(asked) if asked else {}
    placed = []
    for entry in entries:
        seq, head = places.get(entry.id, (None, ""))
        behind = decisions.get(entry.decision_id) if entry.decision_id else None
        placed.append(replace(entry.decided_by(behind), seq=seq, hash=head))
    return placed
