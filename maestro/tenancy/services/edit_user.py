from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import Conflict, InvalidInput, NotFound, Problem
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import PlatformRole, User
from maestro.tenancy.policies import USER_WRITE, user_resource


class OwnAccess(Conflict):
    """Nobody takes their own way in: the last admin would lock everybody out."""

    code = "own_access"


def edit_user(
    *,
    actor: Actor,
    user_id: UUID,
    name: str,
    platform_roles: Iterable[str],
    time_zone: str,
    is_active: bool,
) -> User:
    """Change who a person is and what they may do for the platform. What stays leaves no receipt.

    An empty `time_zone` is their tenant's. Raises `NotFound`, `InvalidInput`, `Denied`, `OwnAccess`.
    """
    after: dict[str, Any] = {
        "name": name.strip(),
        "platform_roles": sorted(set(platform_roles)),
        "time_zone": time_zone,
        "is_active": is_active,
    }
    _check(after)
    with tenant_scope(PLATFORM_TENANT):
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            raise NotFound("There is no such person.")
        decision = authorize(actor=actor, action=USER_WRITE, resource=user_resource(user_id))
        before = {field: getattr(user, field) for field in after}
        before["platform_roles"] = sorted(before["platform_roles"])
        changed = {field: value for field, value in after.items() if value != before[field]}
        if not changed:
            return user
        admin = PlatformRole.PLATFORM_ADMIN.value
        if user_id == actor.id and (not is_active or admin not in after["platform_roles"]):
            raise OwnAccess(
                "Nobody takes their own way in.", hint="Ask another platform admin to do it."
            )
        for field, value in changed.items():
            setattr(user, field, value)
        user.is_superuser = admin in user.platform_roles
        user.save(update_fields=[*changed, "is_superuser"])
        issue_receipt(
            kind=USER_WRITE,
            actor=actor,
            tenant_id=PLATFORM_TENANT,
            subject_type="user",
            subject_id=str(user_id),
            subject_digest=digest(after),
            predicate={"before": {field: before[field] for field in changed}, "after": changed},
            decision=decision,
        )
    return user


def _check(after: dict[str, Any]) -> None:
    problems = [
        Problem("/platform_roles", f"{role} is no platform role.", "unknown_role")
        for role in after["platform_roles"]
        if role not in PlatformRole.values
    ]
    if not 0 < len(after["name"]) <= 120:
        problems.append(Problem("/name", "A name has between 1 and 120 characters.", "invalid"))
    zone = after["time_zone"]
    if zone and zone not in available_timezones():
        problems.append(Problem("/time_zone", f"{zone} is no IANA time zone.", "unknown_time_zone"))
    if problems:
        raise InvalidInput("The person can't be changed like this.", problems=problems)
