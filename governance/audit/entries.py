"""Entries of the audit trail: what the records say, in one form. Pure but for the models' types."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from governance.audit.verbs import APPROVAL, DECISION, RECEIPT, title_of
from governance.models import ApprovalDecision, Decision, Receipt, Vote
from maestro.kernel.errors import Reason


class Outcome(StrEnum):
    """How it ended: what policy said, or that it was done."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. `revision` and `request_id` are those of the policy decision behind it.

    `seq` and `hash` are its place in the chain, None and empty while it waits to be linked.
    """

    id: UUID
    record_type: str
    at: datetime
    verb: str
    outcome: Outcome
    subject_type: str
    subject_id: str
    person: str
    person_id: UUID | None
    purpose: str = ""
    channel: str = ""
    reasons: tuple[Reason, ...] = ()
    decision_id: UUID | None = None
    revision: str = ""
    request_id: str = ""
    digest: str = ""
    before: str = ""
    after: str = ""
    seq: int | None = None
    hash: str = ""

    @property
    def title(self) -> str:
        """The verb in words."""
        return title_of(self.verb)

    def decided_by(self, decision: Decision | None) -> Entry:
        """With what the decision behind it knows."""
        if decision is None:
            return self
        return replace(
            self,
            revision=decision.revision,
            request_id=decision.request_id,
            channel=decision.channel,
            purpose=self.purpose or decision.purpose,
        )


def entry_of_decision(row: Decision) -> Entry:
    """What policy answered."""
    return Entry(
        id=row.pk,
        record_type=DECISION,
        at=row.decided_at,
        verb=row.action,
        outcome=Outcome.ALLOWED if row.allow else Outcome.REFUSED,
        subject_type=row.resource_type,
        subject_id=row.resource_id,
        person=row.actor_name or row.actor_kind,
        person_id=row.actor_id,
        reasons=row.why,
        decision_id=row.pk,
        digest=row.input_digest,
    ).decided_by(row)


def entry_of_receipt(row: Receipt) -> Entry:
    """What was done, with the digests of what was before and after."""
    said = row.statement.get("predicate", {})
    return Entry(
        id=row.pk,
        record_type=RECEIPT,
        at=row.created_at,
        verb=row.kind,
        outcome=Outcome.DONE,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        person=row.actor_name or row.actor_kind,
        person_id=row.actor_id,
        purpose=row.purpose,
        decision_id=row.decision_id,
        digest=row.digest,
        before=said.get("before") or "",
        after=said.get("after") or "",
    )


def entry_of_vote(row: ApprovalDecision) -> Entry:
    """How somebody voted on what waits."""
    return Entry(
        id=row.pk,
        record_type=APPROVAL,
        at=row.created_at,
        verb="approval.approve" if row.vote == Vote.APPROVE else "approval.reject",
        outcome=Outcome.DONE,
        subject_type=row.request.subject_type,
        subject_id=row.request.subject_id,
        person=row.decided_by_name,
        person_id=row.decided_by,
        decision_id=row.decision_id,
    )
