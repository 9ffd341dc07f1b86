from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from django.apps import apps

from governance.audit.chain import GENESIS, Link
from governance.audit.content import digest_of_content
from governance.audit.rows import read_heads, read_links, read_records
from governance.audit.verbs import RECORD_TYPES, verb_of
from governance.audit.walk import Fault, Walk, Wrong
from maestro.kernel.statements import fetch

BATCH = 2000  # links that are in memory at once

_WAITING: LiteralString = """
SELECT count(*) AS number FROM governance_auditdue WHERE tenant_id = %(tenant)s
"""
# A record is linked, or it waits in the queue: the trigger sees to it. One that does neither came
# in past the trigger; one that waits and is not there was removed.
_UNLINKED = """
SELECT id::text FROM "{table}" record WHERE tenant_id = %(tenant)s AND id >= %(since)s
  AND NOT EXISTS (SELECT FROM governance_auditlink WHERE record_id = record.id)
  AND NOT EXISTS (SELECT FROM governance_auditdue WHERE record_id = record.id)
ORDER BY id LIMIT 1
"""
_GONE = """
SELECT record_id::text AS id FROM governance_auditdue due
WHERE tenant_id = %(tenant)s AND record_type = %(record_type)s
  AND NOT EXISTS (SELECT FROM "{table}" WHERE id = due.record_id)
ORDER BY record_id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: how many entries are as they were linked, up to which head; how many records
    wait to be linked; what is wrong first, if anything; which of the wanted heads it came by."""

    tenant: str
    entries: int
    seq: int
    head: str
    waiting: int = 0
    fault: Fault | None = None
    heads: frozenset[str] = frozenset()


class NotAnExport(ValueError):
    """A file that is no export of the audit trail; it says which line."""


def verify_audit(
    *, tenant_id: UUID, using: str, newest: int | None = None, heads: Collection[str] = ()
) -> Checked:
    """Verify a tenant's chain against its records as they are now, or its `newest` entries.

    Reads in batches, so it needs no more memory for a longer chain. The transaction on `using` sees
    the tenant's rows. `heads` are hashes that were kept elsewhere.
    """
    tenant = str(tenant_id)
    walk = Walk(tenant)
    if newest is not None:
        before = read_heads(using, [tenant]).get(tenant, (0, GENESIS))[0] - newest
        anchor = read_links(using, tenant_id, after=before - 1, most=1) if before > 0 else []
        if anchor:
            walk = Walk(tenant, seq=anchor[0].seq, head=anchor[0].hash)
    first, since, found = walk.seq, UUID(int=0), set[str]()
    fault: Fault | None = None
    while fault is None:
        links = read_links(using, tenant_id, after=walk.seq, most=BATCH)
        if not links:
            break
        if first and walk.seq == first:
            since = min(UUID(link.record_id) for link in links)
        records = read_records(using, [(link.record_type, link.record_id) for link in links])
        for link in links:
            record = records.get(link.record_id)
            verb, digest = (record.verb, record.digest()) if record else (None, None)
            fault = walk.step(link, verb, digest)
            if fault:
                break
            if link.hash in heads:
                found.add(link.hash)
    fault = fault or _beside(tenant, since, using)
    return Checked(
        tenant=tenant,
        entries=walk.seq - first,
        seq=walk.seq,
        head=walk.head,
        waiting=fetch(using, _WAITING, {"tenant": tenant})[0]["number"],
        fault=fault,
        heads=frozenset(found),
    )


def _beside(tenant: str, since: UUID, using: str) -> Fault | None:
    """A record that came in, or went, without the chain."""
    for record_type in RECORD_TYPES:
        table = apps.get_model(record_type)._meta.db_table
        values = {"tenant": tenant, "since": since, "record_type": record_type}
        # The name of one of our models' tables.
        unlinked = fetch(using, _UNLINKED.format(table=table), values)
        if unlinked:
            record_id = unlinked[0]["id"]
            message = f"The {record_type} {record_id} was inserted past the chain: no entry has it."
            return Fault(Wrong.UNLINKED, message, record_id=record_id)
        gone = fetch(using, _GONE.format(table=table), values)
        if gone:
            record_id = gone[0]["id"]
            message = f"The {record_type} {record_id} was removed before it was linked."
            return Fault(Wrong.RECORD_REMOVED, message, record_id=record_id)
    return None


def verify_export(lines: Iterable[str], *, heads: Collection[str] = ()) -> Checked:
    """Verify what `export_audit` wrote, without a database: every entry from its first line on.

    That the first line is the chain's first entry, or follows one that was verified before, shows
    in its `seq` and `previous`. Raises `NotAnExport`.
    """
    walk: Walk | None = None
    first, found = 0, set[str]()
    for number, line in enumerate(lines, 1):
        link, verb, digest = _read(number, line)
        if walk is None:
            first = link.seq - 1
            walk = Walk(link.tenant, seq=first, head=link.previous if first else GENESIS)
        fault = walk.step(link, verb, digest)
        if fault:
            return Checked(walk.tenant, walk.seq - first, walk.seq, walk.head, fault=fault)
        if link.hash in heads:
            found.add(link.hash)
    if walk is None:
        raise NotAnExport("There is no entry in it.")
    return Checked(walk.tenant, walk.seq - first, walk.seq, walk.head, heads=frozenset(found))


def _read(number: int, line: str) -> tuple[Link, str | None, str | None]:
    try:
        entry = json.loads(line)
        link = Link(**entry["link"])
        if not isinstance(link.seq, int):
            raise TypeError
        if entry["record"] is None:
            return link, None, None
        record = entry["record"]
        return link, verb_of(link.record_type, record), digest_of_content(record)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise NotAnExport(f"Line {number} is no entry of an audit trail.") from None
