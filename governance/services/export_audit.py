from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from governance.audit.rows import read_links, read_records
from governance.scope import in_tenant
from maestro.kernel.statements import fetch

BATCH = 500  # entries that are in memory at once

_BEFORE: LiteralString = """
SELECT coalesce(max(seq), 0) AS seq FROM governance_auditlink
WHERE tenant_id = %(tenant)s AND created_at < %(since)s
"""


def export_audit(
    *, tenant_id: UUID, since: datetime | None = None, using: str = DEFAULT_DB_ALIAS
) -> Iterator[str]:
    """A tenant's audit trail as JSON Lines: each entry with its link and what its record says.

    From the first entry that was linked at `since` or later, without a gap, as far as it is linked
    now. `verify_export` verifies it again. For services that have authorized it; each batch is read
    in a transaction of its own.
    """
    after = 0
    if since is not None:
        with in_tenant(tenant_id, using):
            after = fetch(using, _BEFORE, {"tenant": tenant_id, "since": since})[0]["seq"]
    while True:
        with in_tenant(tenant_id, using):
            links = read_links(using, tenant_id, after=after, most=BATCH)
            records = read_records(using, [(link.record_type, link.record_id) for link in links])
        for link in links:
            said = json.dumps(link.as_dict(), ensure_ascii=False, separators=(",", ":"))
            record = records.get(link.record_id)
            yield f'{{"link":{said},"record":{record.text if record else "null"}}}\n'
        if len(links) < BATCH:
            return
        after = links[-1].seq
