"""A tenant keeps an admin: without one nobody there could let anybody in again."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from maestro.kernel.errors import Conflict
from maestro.tenancy.models import Membership, Role


class LastAdmin(Conflict):
    """The tenant would be left without an admin."""

    code = "last_admin"


def hold_member(tenant_id: UUID, **which: UUID) -> Membership | None:
    """The member with this `pk` or `user_id`, locked to the end of the transaction with the tenant's
    admins, all in one order: two admins who remove each other at once come one after the other."""
    members = Membership.objects.for_tenant(tenant_id)
    wanted = members.filter(Q(**which) | Q(roles__contains=[Role.ADMIN]))
    locked = wanted.select_for_update(of=("self",)).order_by("id")
    ((name, value),) = which.items()
    return next((each for each in locked if getattr(each, name) == value), None)


def keep_an_admin(member: Membership) -> None:
    """Raise `LastAdmin` when nobody but `member` is an admin of their tenant who can sign in.

    For a member who is to lose the role, held by `hold_member`: no other admin goes meanwhile.
    """
    if Role.ADMIN not in member.roles:
        return
    others = Membership.objects.for_tenant(member.tenant_id).exclude(pk=member.pk)
    if not others.filter(roles__contains=[Role.ADMIN], user__is_active=True).exists():
        raise LastAdmin(
            "The tenant would be left without an admin.", hint="Make somebody else an admin first."
        )
