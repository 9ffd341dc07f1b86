"""What a grant asks for beyond policy: for which purposes, by which teams, with whose approval, how
many runs. Its `policies` are `{purposes, teams, approvals, approval_teams}`, its `quotas`
`{concurrent, per_day}`; what is not there limits nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from maestro.kernel.actor import Actor, ActorKind
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, Reason, TooManyRequests
from maestro.kernel.identity import first_id_at
from maestro.kernel.locks import hold
from maestro.runtime.models import Execution, Grant

DAY = timedelta(days=1)
SOON = 15  # seconds after which asking again makes sense while runs are under way
_CONTROL = "SOC2:CC6.3, ISO27001:A.5.18"


class QuotaUsedUp(TooManyRequests):
    """The installation runs as often, or as much at once, as it may."""

    code = "quota_used_up"
    title = "The installation’s quota is used up"


def outside_of(grant: Grant, actor: Actor) -> list[Reason]:
    """Why the grant keeps `actor` from running it for their purpose; none when it does not."""
    purposes, teams = grant.policies.get("purposes"), grant.policies.get("teams")
    reasons = []
    if purposes and actor.purpose not in purposes:
        message = "This installation is for other purposes. Choose one of them, or ask an admin."
        reasons.append(Reason("purpose_not_granted", message, "SOC2:P4.1, ISO27001:A.5.34"))
    if teams and actor.kind is not ActorKind.SYSTEM and not actor.teams & set(teams):
        message = "Only the teams that the installation names may run it. Ask one of them."
        reasons.append(Reason("team_not_granted", message, _CONTROL))
    return reasons


def hold_to(grant: Grant, actor: Actor) -> None:
    """Hold a start to the grant. Starts of an installation that has quotas wait for each other until
    their transactions end, so that two do not take the last place.

    Raises `Denied` for another purpose or team than the grant's, `QuotaUsedUp`.
    """
    if reasons := outside_of(grant, actor):
        raise Denied(reasons=reasons)
    if grant.quotas:
        hold(f"quota:{grant.installation_id}")
        check_quotas(grant)


def refusals_of(grant: Grant, actor: Actor) -> list[Reason]:
    """All that `hold_to` would refuse now, for who asks before they start."""
    reasons = outside_of(grant, actor)
    try:
        check_quotas(grant)
    except QuotaUsedUp as used_up:
        reasons.append(Reason(used_up.code, f"{used_up.message} {used_up.hint}", _CONTROL))
    return reasons


def check_quotas(grant: Grant) -> None:
    """Whether one more run fits: `concurrent` counts what has not ended, `per_day` what was started
    in the last 24 hours. Raises `QuotaUsedUp`, which says when the next place is free.
    """
    rows = Execution.objects.for_tenant(grant.tenant_id)
    rows = rows.of_installation(grant.installation_id)
    per_day = grant.quotas.get("per_day")
    if per_day:
        since = now() - DAY
        latest = rows.filter(id__gte=first_id_at(since)).newest_first()
        oldest = latest.values_list("created_at", flat=True)[per_day - 1 : per_day].first()
        if oldest is not None:
            raise QuotaUsedUp(
                f"{grant.name} was started {per_day} times in 24 hours, as often as it may.",
                retry_after=max(1, round((oldest - since).total_seconds())),
                hint="Wait, or ask an admin to raise the quota.",
                quota="per_day",
                limit=per_day,
            )
    concurrent = grant.quotas.get("concurrent")
    if concurrent and rows.unfinished()[:concurrent].count() >= concurrent:
        raise QuotaUsedUp(
            f"{concurrent} executions of {grant.name} have not ended, as many as may run at once.",
            retry_after=SOON,
            hint="Wait until one ends, cancel one, or ask an admin to raise the quota.",
            quota="concurrent",
            limit=concurrent,
        )


def with_approvals(
    obligations: Sequence[Mapping[str, Any]], grant: Grant | None
) -> list[dict[str, Any]]:
    """The obligations of a start, with the approvals that the grant asks for; the more of the two."""
    found = [dict(each) for each in obligations]
    wanted = grant.policies.get("approvals", 0) if grant else 0
    if grant is None or not wanted:
        return found
    duty = next((each for each in found if each["type"] == "require_approval"), None)
    if duty is None:
        duty = {"type": "require_approval", "count": 0, "teams": []}
        found.append(duty)
    duty["count"] = max(duty.get("count", 1), wanted)
    duty["teams"] = list(duty.get("teams") or grant.policies.get("approval_teams", []))
    return found
