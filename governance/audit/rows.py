"""Reading the chain and what it links, a batch at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from django.db import connections

from governance.audit.chain import Link
from governance.audit.content import digest_of_text, statement_of, written
from governance.audit.verbs import VERB_COLUMNS
from governance.models import AuditLink

_LINKS: LiteralString = """
SELECT tenant_id::text AS tenant, seq, record_type, record_id::text, verb, record_digest, previous, hash
FROM governance_auditlink WHERE tenant_id = %(tenant)s AND seq > %(after)s ORDER BY seq LIMIT %(most)s
"""
_HEADS: LiteralString = """
SELECT wanted.id::text AS tenant_id, head.seq, head.hash FROM unnest(%(tenants)s::uuid[]) wanted(id),
    LATERAL (SELECT seq, hash FROM governance_auditlink WHERE tenant_id = wanted.id
             ORDER BY seq DESC LIMIT 1) head
"""


class Record(NamedTuple):
    """A record as it is now: what it tells of, and what it says, as RFC 8785 text."""

    verb: str
    text: str

    def digest(self) -> str:
        """The digest of what it says."""
        return digest_of_text(self.text)


def read_links(alias: str, tenant_id: UUID, *, after: int, most: int) -> list[Link]:
    """The links of a tenant's chain after a place, in order."""
    rows = _read(alias, _LINKS, {"tenant": tenant_id, "after": after, "most": most})
    return [Link._make(row) for row in rows]


def link_of(row: AuditLink) -> Link:
    """A link's row as values."""
    return Link(
        tenant=str(row.tenant_id),
        seq=row.seq,
        record_type=row.record_type,
        record_id=str(row.pk),
        verb=row.verb,
        record_digest=row.record_digest,
        previous=row.previous,
        hash=row.hash,
    )


def read_heads(alias: str, tenants: Iterable[UUID | str]) -> dict[str, tuple[int, str]]:
    """The place and the hash of the last link of each tenant that has one."""
    rows = _read(alias, _HEADS, {"tenants": list(tenants)})
    return {tenant: (seq, head) for tenant, seq, head in rows}


def read_records(alias: str, wanted: Sequence[tuple[str, str]]) -> dict[str, Record]:
    """The records of these types and ids that are there, by id."""
    ids: dict[str, list[str]] = defaultdict(list)
    for record_type, record_id in wanted:
        ids[record_type].append(record_id)
    found: dict[str, Record] = {}
    for record_type, of_type in ids.items():
        statement = record_type in VERB_COLUMNS and statement_of(record_type)
        if statement:
            for record_id, verb, members, *beside in _read(alias, statement, {"ids": of_type}):
                found[record_id] = Record(verb, written(members, beside))
    return found


def _read(alias: str, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    # Tuples: of a hundred thousand rows, dictionaries take a second to make.
    with connections[alias].cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
