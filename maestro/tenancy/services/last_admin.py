"""A tenant keeps an admin: without one nobody there could let anybody in again."""

from __future__ import annotations

from maestro.kernel.errors import Conflict
from maestro.tenancy.models import Membership, Role


class LastAdmin(Conflict):
    """The tenant would be left without an admin."""

    code = "last_admin"


def keep_an_admin(member: Membership) -> None:
    """Raise `LastAdmin` when nobody but `member` is an admin of their tenant who can sign in.

    For a member who is to lose the role. The rows stay locked to the end of the transaction, so two
    admins who remove each other at once do not both succeed.
    """
    if Role.ADMIN not in member.roles:
        return
    admins = Membership.objects.for_tenant(member.tenant_id).filter(roles__contains=[Role.ADMIN])
    locked = admins.select_for_update(of=("self",)).order_by("id").select_related("user")
    if not any(each.user.is_active for each in locked if each.pk != member.pk):
        raise LastAdmin(
            "The tenant would be left without an admin.", hint="Make somebody else an admin first."
        )
