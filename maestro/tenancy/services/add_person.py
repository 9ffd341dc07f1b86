from __future__ import annotations

from collections.abc import Iterable

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, Problem, TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Membership, Tenant, User
from maestro.tenancy.policies import MEMBER_WRITE, tenant_resource
from maestro.tenancy.services.add_member import add_member, place


def add_person(
    *, actor: Actor, email: str, roles: Iterable[str], teams: Iterable[str] = ()
) -> Membership:
    """Give the person with this address a place in the actor's tenant.

    Whether there is such a person is said only to who may add members. Raises `InvalidInput`,
    `Denied`, `TenantRequired`.
    """
    tenant = Tenant.objects.filter(slug=actor.tenant_slug).first()
    if tenant is None:
        raise TenantRequired("Choose a tenant first.")
    problems: list[Problem] = []
    try:
        place(roles=(wanted := list(roles)), teams=(named := list(teams)), attributes={})
    except InvalidInput as refusal:
        problems += refusal.problems
    with tenant_scope(tenant.pk):
        authorize(actor=actor, action=MEMBER_WRITE, resource=tenant_resource(tenant.pk))
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            problems.append(
                Problem(
                    "/email",
                    "Nobody here has this address.",
                    "unknown_person",
                    "Ask the platform's admins to make an account first.",
                )
            )
        elif Membership.objects.for_tenant(tenant.pk).filter(user=user).exists():
            problems.append(
                Problem(
                    "/email",
                    f"{user.email} has a place here already.",
                    "already_a_member",
                    "Change their roles in the list.",
                )
            )
        if problems or user is None:
            raise InvalidInput("The person can't be added like this.", problems=problems)
        return add_member(actor=actor, tenant=tenant, user=user, roles=wanted, teams=named)
