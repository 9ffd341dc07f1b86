"""Who accessed what for which purpose: the decisions of policy, for who may read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from governance.actions import DECISION_READ, governed_resource
from governance.models import Decision
from governance.scope import in_tenant
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import TenantRequired
from maestro.kernel.identity import first_id_at

BATCH = 500  # decisions that are in memory at once


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """What is looked for; an empty part asks for all.

    `person` is a part of a name, or an id; `action` and `resource_type` are whole names. `since` and
    `until` are moments, the second not included; `before` is the id that the last page ended with.
    """

    person: str = ""
    resource_type: str = ""
    purpose: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None


def read_access(*, actor: Actor, asked: AccessFilter, most: int) -> list[Decision]:
    """At most `most` decisions of the actor's tenant, the newest first. Two statements: the second
    records that it was read. Raises `Denied`, `TenantRequired`."""
    return list(_rows(may_read_decisions(actor), asked)[:most])


def export_access(*, actor: Actor, asked: AccessFilter) -> Iterator[str]:
    """All of them as JSON Lines, the newest first; each batch is read in a transaction of its own.

    Raises `Denied`, `TenantRequired`, both before the first line.
    """
    return _lines(may_read_decisions(actor), asked)


def _lines(tenant_id: UUID, asked: AccessFilter) -> Iterator[str]:
    while True:
        with in_tenant(tenant_id):
            rows = list(_rows(tenant_id, asked)[:BATCH])
        for row in rows:
            yield json.dumps(access_of(row), ensure_ascii=False, separators=(",", ":")) + "\n"
        if len(rows) < BATCH:
            return
        asked = replace(asked, before=rows[-1].pk)


def access_of(row: Decision) -> dict[str, Any]:
    """One access as JSON."""
    return {
        "id": str(row.pk),
        "at": row.decided_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "person": row.actor_name or row.actor_kind,
        "person_id": None if row.actor_id is None else str(row.actor_id),
        "action": row.action,
        "resource_type": row.resource_type,
        "resource_id": row.resource_id,
        "purpose": row.purpose,
        "allowed": row.allow,
        "reasons": [reason.code for reason in row.why],
        "channel": row.channel,
        "revision": row.revision,
        "request_id": row.request_id,
    }


def may_read_decisions(actor: Actor) -> UUID:
    """The actor's tenant, if they may read what policy decided in it. Raises `Denied`."""
    tenant_id = actor.tenant_id
    if tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    authorize(actor=actor, action=DECISION_READ, resource=governed_resource("decision", tenant_id))
    return tenant_id


def _rows(tenant_id: UUID, asked: AccessFilter) -> QuerySet[Decision]:
    rows = Decision.objects.for_tenant(tenant_id)
    same = {
        "resource_type": asked.resource_type,
        "purpose": asked.purpose,
        "action": asked.action,
        "id__gte": asked.since and first_id_at(asked.since),
        "id__lt": asked.until and first_id_at(asked.until),
    }
    rows = rows.filter(**{name: value for name, value in same.items() if value})
    if asked.before:
        rows = rows.filter(id__lt=asked.before)
    if asked.person:
        rows = rows.filter(**_person(asked.person))
    return rows.newest_first()


def _person(text: str) -> dict[str, Any]:
    try:
        return {"actor_id": UUID(text)}
    except ValueError:
        return {"actor_name__icontains": text}
