"""What became of those that a roll-out took along, counted from rows that others wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString

from maestro.kernel.statements import fetch
from marketplace.following import Rate, told
from marketplace.models import Release, Rollout

JOBS = "jobs"
EARLIER = timedelta(days=30)

# The wave in which somebody was upgraded at `u.at`.
_WAVE: LiteralString = """(
    SELECT greatest(count(*) - 1, 0) FROM unnest(%(starts)s::timestamptz[]) AS s(at)
    WHERE s.at <= u.at
)"""
# A grant that nobody gave is the job's: an upgrade and its grant are one commit.
_UPGRADED: LiteralString = f"""
SELECT {_WAVE} AS wave, count(*) AS upgraded FROM (
    SELECT installation_id, min(created_at) AS at FROM runtime_grant
    WHERE version_id = %(version)s AND created_at >= %(begun)s AND granted_by IS NULL
    GROUP BY installation_id
) u GROUP BY 1
"""  # noqa: S608 - constants
# Of those that were upgraded: their runs since on the new release, by the wave that they were
# upgraded in, and (-1) before on any other.
_RATES: LiteralString = f"""
WITH upgraded AS (
    SELECT installation_id, min(created_at) AS at FROM runtime_grant
    WHERE version_id = %(version)s AND created_at >= %(begun)s
    GROUP BY installation_id
)
SELECT CASE WHEN g.version_id = %(version)s THEN {_WAVE} ELSE -1 END AS wave,
    count(*) AS runs, count(*) FILTER (WHERE e.status = 'failed') AS failed,
    count(DISTINCT e.tenant_id) AS tenants
FROM upgraded u
JOIN runtime_execution e ON e.installation_id = u.installation_id
JOIN runtime_grant g ON g.id = e.grant_id
WHERE e.status IN ('succeeded', 'failed') AND e.finished_at >=
    CASE WHEN g.version_id = %(version)s THEN %(since)s ELSE %(earliest)s END
GROUP BY 1
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Rates:
    """How those that were upgraded ran before, and since in each wave: exact, and told to nobody."""

    before: Rate
    waves: tuple[Rate, ...]

    @property
    def after(self) -> Rate:
        """Since, in all waves together."""
        return Rate(sum(one.runs for one in self.waves), sum(one.failed for one in self.waves))

    def as_json(self) -> dict[str, Any]:
        """As `Rollout.rates` holds it for its publisher: what may be told."""
        return {"before": told(self.before), "waves": [told(one) for one in self.waves]}


def upgraded(release: Release, rollout: Rollout) -> dict[int, int]:
    """How many the roll-out upgraded in each wave. One statement, of all tenants' grants."""
    found = fetch(JOBS, _UPGRADED, _of(release, rollout))
    return {row["wave"]: row["upgraded"] for row in found}


def rates(release: Release, rollout: Rollout) -> Rates:
    """How those that were upgraded did before, and how they do since."""
    values = _of(release, rollout) | {
        "since": rollout.resumed_at or rollout.created_at,
        "earliest": rollout.created_at - EARLIER,
    }
    none = Rate(0, 0)
    found = {
        row["wave"]: Rate(row["runs"], row["failed"], row["tenants"])
        for row in fetch(JOBS, _RATES, values)
    }
    last = max(found, default=-1)
    waves = tuple(found.get(number, none) for number in range(max(last + 1, len(rollout.waves))))
    return Rates(found.get(-1, none), waves)


def _of(release: Release, rollout: Rollout) -> dict[str, Any]:
    return {
        "version": release.version_id,
        "begun": rollout.created_at,
        "starts": [wave["begun_at"] for wave in rollout.waves],
    }
