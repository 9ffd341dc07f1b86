from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from governance.models import Decision
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import Conflict, InvalidInput, NotFound, Problem
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import User
from maestro.tenancy.policies import USER_WRITE, group_resource

MEMBERS = 200
"""The most people of a group."""


class GroupChanged(Conflict):
    """Somebody else changed the group since it was looked at."""

    code = "group_changed"


def write_group(
    *,
    actor: Actor,
    name: str,
    members: Iterable[str],
    group_id: int | None = None,
    expected_revision: str | None = None,
) -> Group:
    """Make a group of the platform's people, or let one have this name and exactly these members.

    `members` are addresses. What was granted to the group holds for them from now on, and for nobody
    who left. `expected_revision` is what was looked at (`revision_of_group`); None asks for nothing.
    What stays as it is leaves no receipt. Raises `Denied`, `NotFound`, `GroupChanged`,
    `InvalidInput` with every problem.
    """
    name = name.strip()
    addresses = sorted({one.strip().lower() for one in members if one.strip()})
    with tenant_scope(PLATFORM_TENANT):
        decision = authorize(actor=actor, action=USER_WRITE, resource=group_resource(group_id))
        group = _held(group_id) if group_id is not None else Group()
        was, before = group.name, members_of_group(group)
        if expected_revision not in (None, revision_of_group(was, before)):
            raise GroupChanged(
                f"Somebody has changed {was} since you looked.",
                hint="Load the page again, then change it.",
            )
        people = {one.email: one for one in User.objects.filter(email__in=addresses[: MEMBERS + 1])}
        problems = [*_of_name(name, group_id), *_of_members(addresses, people)]
        if problems:
            raise InvalidInput("The group can't be like this.", problems=problems)
        if (was, before) == (name, addresses):
            return group
        group.name = name
        try:
            with transaction.atomic():
                group.save()
        except IntegrityError:  # somebody gave another one this name at the same moment
            raise InvalidInput("The group can't be like this.", problems=[_taken(name)]) from None
        group.user_set.set(people[one] for one in addresses)
        _prove(actor, group, decision, (was, before), addresses)
    return group


def members_of_group(group: Group) -> list[str]:
    """The addresses of its people, in order; none of a group that is not there yet."""
    if group._state.adding:
        return []
    return sorted(group.user_set.values_list("email", flat=True))


def revision_of_group(name: str, members: Iterable[str]) -> str:
    """What a group is, in a word: another one as soon as its name or a member is."""
    return digest({"name": name, "members": sorted(members)})


def _held(group_id: int) -> Group:
    """The group, locked until the transaction ends: two who change it come one after the other."""
    group = Group.objects.select_for_update().filter(pk=group_id).first()
    if group is None:
        raise NotFound("There is no such group of people.")
    return group


def _of_name(name: str, group_id: int | None) -> list[Problem]:
    if not 0 < len(name) <= 150:
        return [Problem("/name", "A name has between 1 and 150 characters.", "invalid")]
    others = Group.objects.exclude(pk=group_id) if group_id else Group.objects.all()
    if others.filter(name=name).exists():
        return [_taken(name)]
    return []


def _taken(name: str) -> Problem:
    return Problem("/name", f"There is a group called {name} already.", "name_taken")


def _of_members(addresses: Sequence[str], people: dict[str, User]) -> list[Problem]:
    if len(addresses) > MEMBERS:
        return [Problem("/members", f"A group has {MEMBERS} people at most.", "too_many")]
    return [
        Problem(
            "/members",
            f"Nobody of the platform has the address {one}.",
            "unknown_person",
            "Give them a role of the platform first, or leave them out.",
        )
        for one in addresses
        if one not in people or not people[one].is_active or not people[one].platform_roles
    ]


def _prove(
    actor: Actor,
    group: Group,
    decision: Decision,
    before: tuple[str, list[str]],
    members: list[str],
) -> None:
    after = {"name": group.name, "members": members}
    issue_receipt(
        kind=USER_WRITE,
        actor=actor,
        tenant_id=PLATFORM_TENANT,
        subject_type="group",
        subject_id=str(group.pk),
        subject_digest=digest(after),
        predicate={"before": {"name": before[0], "members": before[1]}, "after": after},
        decision=decision,
    )
