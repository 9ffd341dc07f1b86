"""The outbox: events for others, in the transaction of what they tell of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import TenantRequired
from maestro.kernel.models import OutboxEvent
from maestro.kernel.statements import fetch
from maestro.kernel.tenant import current_tenant

JOBS = "jobs"

# Written as the index `events_to_tell` has it, or it is not used: there are many executions.
_UNTOLD: LiteralString = "told_at IS NULL AND kind NOT LIKE 'execution.%%'"
_ANY_UNTOLD: LiteralString = (
    f"SELECT EXISTS (SELECT FROM kernel_outboxevent WHERE {_UNTOLD}) AS waits"  # noqa: S608
)
TAKE_UNTOLD: LiteralString = f"""
WITH untold AS (
    SELECT id FROM kernel_outboxevent WHERE {_UNTOLD}
    ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE kernel_outboxevent e SET told_at = %(at)s FROM untold WHERE e.id = untold.id
RETURNING e.id, e.tenant_id, e.kind, e.subject, e.data::text AS data, e.created_at
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Event:
    """An event that was taken out of the outbox, for one purpose."""

    id: int
    tenant_id: UUID
    kind: str
    subject: str
    data: Mapping[str, Any]
    created_at: datetime

    @property
    def by(self) -> UUID | None:
        """The person who did it."""
        return UUID(self.data["by"]) if "by" in self.data else None


def publish_event(kind: str, *, subject: str, by: Actor | None = None, **data: Any) -> None:
    """Write that `kind` happened to `subject`, in the open tenant's scope. `data` holds no secret.

    `by` is who did it: a person's id is kept with the data, and of Maestro itself nothing.
    Raises `TenantRequired` outside a scope.
    """
    tenant_id = current_tenant()
    if tenant_id is None:
        raise TenantRequired
    if by is not None and by.id is not None:
        data["by"] = str(by.id)
    OutboxEvent.objects.create(tenant_id=tenant_id, kind=kind, subject=subject, data=data)


def has_untold_events() -> bool:
    """Whether `take_untold_events` would find one. A job's question."""
    return bool(fetch(JOBS, _ANY_UNTOLD, {})[0]["waits"])


def take_untold_events(most: int) -> list[Event]:
    """The oldest events of which people were not told yet, in order, at most so many.

    They are marked as told by this very statement, a transaction of its own: of two who ask at once
    neither gets what the other got, and nobody gets one twice. Those of executions are left out:
    who is told of one is told by the page that follows it.
    """
    rows = fetch(JOBS, TAKE_UNTOLD, {"most": most, "at": now()})
    events = (Event(**(row | {"data": json.loads(row["data"])})) for row in rows)
    return sorted(events, key=lambda event: event.id)
