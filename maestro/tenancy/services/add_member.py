from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import InvalidInput, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Membership, Role, Tenant, User
from maestro.tenancy.policies import MEMBER_WRITE, tenant_resource
from maestro.tenancy.services.last_admin import hold_member, keep_an_admin

LONGEST_TEAM = 80


def add_member(
    *,
    actor: Actor,
    tenant: Tenant,
    user: User,
    roles: Iterable[str],
    teams: Iterable[str] = (),
    attributes: Mapping[str, str] | None = None,
) -> Membership:
    """Give `user` a place in `tenant`, or change theirs. What stays as it is leaves no receipt.

    Without `attributes` a change takes away those that were there. Raises `InvalidInput`, `Denied`,
    and `LastAdmin` when the tenant would be left without one.
    """
    after = place(roles=roles, teams=teams, attributes=attributes or {})
    with tenant_scope(tenant.pk):
        decision = authorize(actor=actor, action=MEMBER_WRITE, resource=tenant_resource(tenant.pk))
        member = hold_member(tenant.pk, user_id=user.pk)
        before = member and place_of(member)
        if member and before == after:
            return member
        if member and Role.ADMIN not in after["roles"]:
            keep_an_admin(member)
        member = member or Membership(tenant_id=tenant.pk, user=user)
        for field, value in after.items():
            setattr(member, field, value)
        member.save()
        issue_receipt(
            kind="member.change" if before else "member.add",
            actor=actor,
            tenant_id=tenant.pk,
            subject_type="user",
            subject_id=str(user.pk),
            subject_digest=digest(after),
            predicate={"before": before, "after": after},
            decision=decision,
        )
    return member


def place(
    *, roles: Iterable[str], teams: Iterable[str], attributes: Mapping[str, str]
) -> dict[str, Any]:
    """A place in a tenant as values, checked. Raises `InvalidInput`."""
    wanted = sorted(set(roles))
    named = sorted({team.strip() for team in teams} - {""})
    unknown = [role for role in wanted if role not in Role.values]
    problems = []
    if unknown or not wanted:
        problems.append(
            Problem(
                "/roles",
                f"Choose from {', '.join(Role.values)}.",
                "unknown_role" if unknown else "required",
            )
        )
    if any(len(team) > LONGEST_TEAM for team in named):
        problems.append(
            Problem("/teams", f"A team's name has at most {LONGEST_TEAM} characters.", "too_long")
        )
    if problems:
        raise InvalidInput("The place in the tenant is not valid.", problems=problems)
    return {"roles": wanted, "teams": named, "attributes": dict(attributes)}


def place_of(member: Membership) -> dict[str, Any]:
    """The place somebody has."""
    return {
        "roles": sorted(member.roles),
        "teams": sorted(member.teams),
        "attributes": dict(member.attributes),
    }
