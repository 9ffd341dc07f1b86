from __future__ import annotations

from datetime import timedelta
from typing import LiteralString

from django.conf import settings

from governance.models import PolicyInput
from maestro.kernel.clock import now
from maestro.kernel.identity import first_id_at
from maestro.kernel.statements import fetch

JOBS = "jobs"
BATCH = 1_000  # inputs that one statement deletes
MOST = 200_000  # in one run: the next day goes on
LEAST_DAYS = 2  # a process takes what it wrote half a day ago for kept

# Both by id, which begins with its time. An input is written once and asked again for months: it is
# old when no decision since then was made on it.
_OLD: LiteralString = """
SELECT id FROM governance_policyinput AS kept
WHERE id < %(first)s AND NOT EXISTS (
    SELECT FROM governance_decision AS made
    WHERE made.id >= %(first)s AND made.tenant_id = kept.tenant_id
        AND made.input_digest = kept.digest
)
ORDER BY id LIMIT %(most)s
"""


def expire_inputs(*, days: int | None = None, batch: int = BATCH, most: int = MOST) -> int:
    """Delete what policy was asked and no decision of the last `days` was made on; how many.

    The decisions stay, with the digests; *policy impact* says that no input is kept. `days` are
    those of the settings where it is left out, 0 keeps all, and 1 counts as 2. In batches, each a
    transaction of its own, so that it may be ended at any time.
    """
    days = settings.MAESTRO_POLICY_INPUT_DAYS if days is None else days
    if days <= 0:
        return 0
    first = first_id_at(now() - timedelta(days=max(days, LEAST_DAYS)))
    old = [row["id"] for row in fetch(JOBS, _OLD, {"first": first, "most": most})]
    for begin in range(0, len(old), batch):
        PolicyInput.objects.using(JOBS).filter(pk__in=old[begin : begin + batch]).delete()
    return len(old)
