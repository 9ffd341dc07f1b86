"""Releases go to those who follow them: in waves, within bounds, and never over a person's head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, LiteralString
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q

from maestro.kernel.actor import system_actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, MaestroError
from maestro.kernel.identity import first_id_at, new_id
from maestro.kernel.outbox import publish_event
from maestro.kernel.statements import fetch
from maestro.kernel.tenant import tenant_scope
from marketplace.following import (
    OUTCOMES,
    WAVES,
    Rate,
    bound,
    follows,
    is_raised,
    rate_of,
    told,
    turn_of,
)
from marketplace.models import InstanceStatus, Release, Rollout, WorkflowInstance
from marketplace.querysets import InstanceQuerySet
from marketplace.services.upgrade_installation import upgrade_installation

JOBS = "jobs"
BATCH = 100  # installations that one message upgrades
LEASE = timedelta(minutes=5)  # how long a job that went silent keeps others off a roll-out

_BEGIN: LiteralString = """
SELECT r.id, r.tenant_id FROM marketplace_release r
LEFT JOIN marketplace_rollout o ON o.release_id = r.id
WHERE o.id IS NULL AND r.status = 'published' AND r.previous_number <> ''
ORDER BY r.id LIMIT %(batch)s
"""
# Of those that were upgraded: their runs since on the new release, by the wave that they were
# upgraded in, and (-1) before on any other.
_RATES: LiteralString = """
WITH upgraded AS (
    SELECT installation_id, min(created_at) AS at FROM runtime_grant
    WHERE version_id = %(version)s AND created_at >= %(begun)s
    GROUP BY installation_id
)
SELECT CASE WHEN g.version_id = %(version)s THEN (
        SELECT greatest(count(*) - 1, 0) FROM unnest(%(starts)s::timestamptz[]) AS s(at)
        WHERE s.at <= u.at
    ) ELSE -1 END AS wave,
    count(*) AS runs, count(*) FILTER (WHERE e.status = 'failed') AS failed,
    count(DISTINCT e.tenant_id) AS tenants
FROM upgraded u
JOIN runtime_execution e ON e.installation_id = u.installation_id
JOIN runtime_grant g ON g.id = e.grant_id
WHERE e.status IN ('succeeded', 'failed') AND e.finished_at >=
    CASE WHEN g.version_id = %(version)s THEN %(since)s ELSE %(earliest)s END
GROUP BY 1
"""
EARLIER = timedelta(days=30)
MEASURED = timedelta(seconds=30)  # how old what is shown of the runs may be
WATCHED = timedelta(hours=24)  # how long it is counted on once everybody had their turn
FOR_A_PERSON = frozenset({"needs_a_person", "installation_invalid", "denied"})
"""Refusals that whoever has the installation can clear up, by looking at the upgrade."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one look at a roll-out: how many of its followers had which of `OUTCOMES`."""

    outcomes: Mapping[str, int]

    @property
    def done(self) -> int:
        """How many were upgraded."""
        return self.outcomes.get("upgraded", 0)

    @property
    def skipped(self) -> int:
        """How many are left as they are."""
        return sum(self.outcomes.values()) - self.done


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


def roll_out() -> int:
    """Begin what is new, and give each roll-out that is due its turn; how many there were.

    A job's work: whoever comes second to one finds it taken, and a turn that is lost is had again.
    """
    _begin()
    moment, due = now(), 0
    rows = Rollout.objects.using(JOBS).filter(status="running", next_at__lte=moment)
    for rollout in rows.order_by("next_at")[:20]:
        taken = (
            Rollout.objects.using(JOBS)
            .filter(pk=rollout.pk, status="running", next_at=rollout.next_at)
            .update(next_at=moment + LEASE)
        )
        if taken:
            due += 1
            take_turn(rollout, moment)
    measure(moment)
    return due


def measure(moment: datetime) -> int:
    """Count again how what was upgraded runs, where that is older than `MEASURED`; how many were."""
    counted = 0
    rows = Rollout.objects.using(JOBS).filter(
        Q(status="running") | Q(status="done", pk__gte=first_id_at(moment - WATCHED)),
        Q(measured_at=None) | Q(measured_at__lte=moment - MEASURED),
        followers__gt=0,
    )
    for rollout in rows.select_related("release").order_by("-id")[:20]:
        found = rates(rollout.release, rollout)
        Rollout.objects.using(JOBS).filter(pk=rollout.pk).exclude(status="halted").update(
            rates=found.as_json(), measured_at=moment
        )
        counted += 1
    return counted


def take_turn(rollout: Rollout, moment: datetime) -> Turn:
    """Upgrade the next followers of the wave, or begin the next one, or stop."""
    release = Release.objects.using(JOBS).get(pk=rollout.release_id)
    if release.status != "published":
        _end(rollout, f"The release is {release.status}; nobody follows it.")
        return Turn({})
    begun = rollout.done + rollout.skipped
    if begun == turn_of(rollout.wave - 1, rollout.followers) and rollout.wave > 0:
        found = rates(release, rollout)
        if is_raised(found.before, found.after):
            _halt(rollout, found, moment)
            return Turn({})
    wanted = turn_of(rollout.wave, rollout.followers) - begun
    chosen = _next(release, rollout.cursor, min(BATCH, wanted)) if wanted > 0 else []
    turn = Turn(Counter(_upgrade(release, one, tenant_id) for one, tenant_id in chosen))
    over = wanted > 0 and len(chosen) < min(BATCH, wanted)  # some went away meanwhile
    _write(rollout, turn, chosen[-1][0] if chosen else rollout.cursor, moment, over)
    return turn


def rates(release: Release, rollout: Rollout) -> Rates:
    """How those that were upgraded did before, and how they do since."""
    values = {
        "version": release.version_id,
        "begun": rollout.created_at,
        "since": rollout.resumed_at or rollout.created_at,
        "earliest": rollout.created_at - EARLIER,
        "starts": [wave["begun_at"] for wave in rollout.waves],
    }
    none = Rate(0, 0)
    found = {
        row["wave"]: Rate(row["runs"], row["failed"], row["tenants"])
        for row in fetch(JOBS, _RATES, values)
    }
    last = max(found, default=-1)
    waves = tuple(found.get(number, none) for number in range(max(last + 1, len(rollout.waves))))
    return Rates(found.get(-1, none), waves)


def _begin() -> None:
    for row in fetch(JOBS, _BEGIN, {"batch": 50}):
        release = Release.objects.using(JOBS).get(pk=row["id"])
        followers = sum(
            follows(one["channel"], one["number"], release.number)
            for one in _candidates(release).values("channel", "number").iterator()
        )
        Rollout.objects.using(JOBS).bulk_create(
            [
                Rollout(
                    id=new_id(),
                    tenant_id=row["tenant_id"],
                    release_id=release.pk,
                    followers=followers,
                    status="running" if followers else "done",
                    next_at=now() if followers else None,
                )
            ],
            ignore_conflicts=True,  # another job was first
        )


def _candidates(release: Release) -> InstanceQuerySet:
    return (
        WorkflowInstance.objects.using(JOBS)
        .filter(template_id=release.template_id, order__lt=release.order)
        .filter(status=InstanceStatus.ACTIVE, channel__in=("patch", "minor"))
        .order_by("id")
    )


def _next(release: Release, cursor: UUID | None, most: int) -> list[tuple[UUID, UUID]]:
    """The next followers and their tenants, at most so many."""
    rows = _candidates(release).values_list("id", "tenant_id", "channel", "number")
    if cursor is not None:
        rows = rows.filter(id__gt=cursor)
    following = (
        (one, tenant_id)
        for one, tenant_id, channel, number in rows.iterator(chunk_size=BATCH)
        if follows(channel, number, release.number)
    )
    return list(islice(following, most))


def _upgrade(release: Release, installation_id: UUID, tenant_id: UUID) -> str:
    """What became of it, one of `OUTCOMES`. What stands in the way is told to its tenant, which goes
    on as it is."""
    actor = system_actor("marketplace.roll_out", tenant_id=tenant_id)
    try:
        upgrade_installation(actor=actor, name=str(installation_id), to=release.number)
    except MaestroError as problem:
        if isinstance(problem, Conflict) and problem.code == "nothing_to_upgrade":
            return "ahead"  # somebody was faster
        with tenant_scope(tenant_id):
            publish_event(
                "installation.upgrade_waits",
                subject=str(installation_id),
                release=f"{release.address}@{release.number}",
                code=problem.code,
                reason=problem.message[:500],
            )
        return "waiting" if problem.code in FOR_A_PERSON else "failed"
    return "upgraded"


def _write(rollout: Rollout, turn: Turn, cursor: UUID | None, moment: datetime, over: bool) -> None:
    begun = rollout.done + rollout.skipped + turn.done + turn.skipped
    fields: dict[str, Any] = {
        "done": F("done") + turn.done,
        "skipped": F("skipped") + turn.skipped,
        "cursor": cursor,
        "next_at": moment,
        "waves": _with_turn(rollout, turn, moment),
    }
    if over or begun >= rollout.followers:
        fields |= {"status": "done", "next_at": None}
    elif begun >= turn_of(rollout.wave, rollout.followers):
        pause = timedelta(seconds=settings.MARKETPLACE_WAVE_SECONDS)
        wave = min(rollout.wave + 1, len(WAVES) - 1)
        fields |= {"wave": wave, "next_at": moment + pause}
    Rollout.objects.using(JOBS).filter(pk=rollout.pk, status="running").update(**fields)


def _with_turn(rollout: Rollout, turn: Turn, moment: datetime) -> list[dict[str, Any]]:
    """What became of each wave, with this turn in its own."""
    waves = [dict(wave) for wave in rollout.waves]
    while len(waves) <= rollout.wave:
        waves.append({"begun_at": moment.isoformat(), **dict.fromkeys(OUTCOMES, 0)})
    for name, count in turn.outcomes.items():
        waves[rollout.wave][name] += count
    return waves


def _halt(rollout: Rollout, found: Rates, moment: datetime) -> None:
    reason = why_halted(found)
    moved = (
        Rollout.objects.using(JOBS)
        .filter(pk=rollout.pk, status="running")
        .update(
            status="halted",
            halted_reason=reason,
            next_at=None,
            rates=found.as_json(),
            measured_at=moment,
        )
    )
    if moved:
        with tenant_scope(rollout.tenant_id):
            publish_event("rollout.halted", subject=str(rollout.release_id), reason=reason)


def why_halted(found: Rates) -> str:
    """With figures where each wave's may be told: from a sum, one that is left out could be read off."""
    before = rate_of(told(found.before))
    waves = [rate_of(told(one)) for one in found.waves if one.runs]
    after = Rate(sum(one.runs for one in waves if one), sum(one.failed for one in waves if one))
    if before is None or None in waves:
        return (
            "More runs fail since the upgrade than before it, so that the next wave does not begin."
            " Too few tenants ran it to say how many."
        )
    return (
        f"{after.failed} of {after.runs} runs failed since the upgrade ({after.share:.0%});"
        f" before it were {before.share:.0%}. Above {bound(before):.0%} the next wave does not begin."
    )


def _end(rollout: Rollout, reason: str) -> None:
    Rollout.objects.using(JOBS).filter(pk=rollout.pk, status="running").update(
        status="done", halted_reason=reason, next_at=None
    )
