from __future__ import annotations

from typing import LiteralString

from django.db import transaction

from governance.audit.chain import GENESIS, Link
from governance.audit.content import digest_of_text
from governance.audit.rows import read_heads, read_records
from maestro.kernel.clock import now
from maestro.kernel.statements import Row, fetch

JOBS = "jobs"
BATCH = 1000
MOST_BATCHES = 20  # a run ends after this many; the next one is a second away
MISSING = digest_of_text("{}")
"""The digest of a record that was gone before it was linked: nothing that is there has it."""

# One linker at a time; the others go home, and whoever writes a record asks for no lock at all.
_ALONE: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('maestro.audit')) AS alone"
_DUE: LiteralString = """
SELECT record_id::text, tenant_id::text, record_type FROM governance_auditdue
ORDER BY record_id LIMIT %(batch)s
"""
_LINK: LiteralString = """
WITH linked AS (
    INSERT INTO governance_auditlink
        (tenant_id, seq, record_type, record_id, verb, record_digest, previous, hash, created_at)
    SELECT *, %(now)s FROM unnest(
        %(tenant)s::uuid[], %(seq)s::bigint[], %(record_type)s::text[], %(record_id)s::uuid[],
        %(verb)s::text[], %(record_digest)s::text[], %(previous)s::text[], %(hash)s::text[])
    RETURNING record_id)
DELETE FROM governance_auditdue USING linked WHERE governance_auditdue.record_id = linked.record_id
"""


def link_audit(*, most: int = BATCH * MOST_BATCHES) -> int:
    """Give the records that wait their places in their tenants' chains; how many got one.

    Runs each second in some worker, any number at once. In batches, each a transaction of its own:
    links are written and the queue is emptied together. Within a batch the order is that of the
    ids, and so of time; a record whose transaction ended later comes later.
    """
    done = 0
    while done < most:
        linked = _link_batch(min(BATCH, most - done))
        done += linked
        if linked < BATCH:
            break
    return done


def _link_batch(batch: int) -> int:
    with transaction.atomic(using=JOBS):
        # The lock is a statement of its own: the next one sees what its last holder committed.
        if not fetch(JOBS, _ALONE, {})[0]["alone"]:
            return 0
        due = fetch(JOBS, _DUE, {"batch": batch})
        if due:
            links = _linked(due)
            columns = {name: [getattr(link, name) for link in links] for name in Link._fields}
            fetch(JOBS, _LINK, {**columns, "now": now()})
        return len(due)


def _linked(due: list[Row]) -> list[Link]:
    records = read_records(JOBS, [(row["record_type"], row["record_id"]) for row in due])
    heads = read_heads(JOBS, {row["tenant_id"] for row in due})
    links = []
    for row in due:
        seq, previous = heads.get(row["tenant_id"], (0, GENESIS))
        record = records.get(row["record_id"])
        link = Link(
            tenant=row["tenant_id"],
            seq=seq + 1,
            record_type=row["record_type"],
            record_id=row["record_id"],
            verb=record.verb if record else "",
            record_digest=record.digest() if record else MISSING,
            previous=previous,
        ).sealed()
        heads[link.tenant] = link.seq, link.hash
        links.append(link)
    return links
