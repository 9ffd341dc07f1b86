"""Releases go to those who follow them: in waves, within bounds, and never over a person's head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, LiteralString
from uuid import UUID

from django.conf import settings
from django.db.models import Q

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
from marketplace.services.count_rollout import Rates, rates, upgraded
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
MEASURED = timedelta(seconds=30)  # how old what is shown of the runs may be
WATCHED = timedelta(hours=24)  # how long it is counted on once everybody had their turn
FOR_A_PERSON = frozenset({"needs_a_person", "installation_invalid", "denied"})
"""Refusals that whoever has the installation can clear up, by looking at the upgrade."""


def roll_out() -> int:
    """Begin what is new, and give each roll-out that is due its turn; how many there were.

    A job's work: whoever comes second to one finds it taken, and a turn that is lost is had again.
    """
    _begin()
    moment, due = now(), 0
    rows = Rollout.objects.using(JOBS).filter(status="running", next_at__lte=moment)
    for rollout in rows.order_by("next_at")[:20]:
        leased = moment + LEASE
        if _keep(rollout, next_at=leased):
            due += 1
            rollout.next_at = leased
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


def take_turn(rollout: Rollout, moment: datetime) -> None:
    """Upgrade the next followers of the wave, or begin the next one, or stop.

    Whoever was ended in a turn left upgrades that it did not count: they are found by what they
    wrote. Whoever was silent for longer than its lease, so that another took over, writes nothing.
    """
    release = Release.objects.using(JOBS).get(pk=rollout.release_id)
    _count(rollout, release)
    if release.status != "published":
        _end(rollout, f"The release is {release.status}; nobody follows it.")
        return
    begun = rollout.done + rollout.skipped
    if begun == turn_of(rollout.wave - 1, rollout.followers) and rollout.wave > 0:
        found = rates(release, rollout)
        if is_raised(found.before, found.after):
            _halt(rollout, found, moment)
            return
    wanted = turn_of(rollout.wave, rollout.followers) - begun
    chosen = _next(release, rollout.cursor, min(BATCH, wanted)) if wanted > 0 else []
    _begin_waves(rollout, moment)
    outcomes = Counter(_upgrade(release, one, tenant_id) for one, tenant_id in chosen)
    _count(rollout, release)
    over = wanted > 0 and len(chosen) < min(BATCH, wanted)  # some went away meanwhile
    _write(rollout, outcomes, chosen[-1][0] if chosen else rollout.cursor, moment, over)


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


def _count(rollout: Rollout, release: Release) -> None:
    """How many were upgraded, in each wave and together, from what the upgrades themselves wrote."""
    found = upgraded(release, rollout)
    rollout.done = sum(found.values())
    for number, wave in enumerate(rollout.waves):
        wave["upgraded"] = found.get(number, 0)


def _begin_waves(rollout: Rollout, moment: datetime) -> None:
    """Keep when a wave begins, before its first upgrade: by it an upgrade is counted to its wave."""
    begun = len(rollout.waves)
    while len(rollout.waves) <= rollout.wave:
        rollout.waves.append({"begun_at": moment.isoformat(), **dict.fromkeys(OUTCOMES, 0)})
    if len(rollout.waves) > begun:
        _keep(rollout)


def _keep(rollout: Rollout, **fields: Any) -> bool:
    """Write what was counted, and `fields`; not where another job took the roll-out over."""
    rows = Rollout.objects.using(JOBS).filter(
        pk=rollout.pk, status="running", next_at=rollout.next_at
    )
    return bool(rows.update(done=rollout.done, waves=rollout.waves, **fields))


def _write(
    rollout: Rollout,
    outcomes: Mapping[str, int],
    cursor: UUID | None,
    moment: datetime,
    over: bool,
) -> None:
    left = {name: count for name, count in outcomes.items() if name != "upgraded"}
    for name, count in left.items():
        rollout.waves[rollout.wave][name] += count
    skipped = rollout.skipped + sum(left.values())
    fields: dict[str, Any] = {"skipped": skipped, "cursor": cursor, "next_at": moment}
    begun = rollout.done + skipped
    if over or begun >= rollout.followers:
        fields |= {"status": "done", "next_at": None}
    elif begun >= turn_of(rollout.wave, rollout.followers):
        pause = timedelta(seconds=settings.MARKETPLACE_WAVE_SECONDS)
        wave = min(rollout.wave + 1, len(WAVES) - 1)
        fields |= {"wave": wave, "next_at": moment + pause}
    _keep(rollout, **fields)


def _halt(rollout: Rollout, found: Rates, moment: datetime) -> None:
    reason = why_halted(found)
    moved = _keep(
        rollout,
        status="halted",
        halted_reason=reason,
        next_at=None,
        rates=found.as_json(),
        measured_at=moment,
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
    _keep(rollout, status="done", halted_reason=reason, next_at=None)
