"""Purposes of access: what something is done for.

The platform's count in every tenant, a tenant's own in it alone. Policy asks of a purpose whether
it is known, whether it reaches production and whether it allows the action; all three are handed in
with the question. Changed by `governance/services/set_purpose.py`.
"""

from __future__ import annotations

from uuid import UUID

from governance.policy.engine import rules_of
from governance.policy.rules import Purpose
from maestro.kernel.actor import Actor, ActorKind
from maestro.kernel.errors import PurposeRequired
from maestro.kernel.tenant import current_tenant

OWN_WORK = "platform.operations"
"""What Maestro itself acts for, where nothing else is said."""


class UnknownPurpose(PurposeRequired):
    """The purpose that was given is not in the registry."""

    code = "unknown_purpose"
    title = "There is no such purpose"


def purposes(tenant_id: UUID | None = None) -> tuple[Purpose, ...]:
    """Every purpose that counts in the tenant, or in that of the scope that is open; in the order
    to show them in."""
    return tuple(rules_of(tenant_id or current_tenant()).purposes.values())


def find_purpose(name: str, tenant_id: UUID | None = None) -> Purpose | None:
    """The purpose of that name, if it counts in the tenant, or in that of the open scope."""
    return rules_of(tenant_id or current_tenant()).purposes.get(name)


def with_a_purpose(actor: Actor) -> Actor:
    """The actor for the purpose that they chose, or else for Maestro's own work."""
    return actor if actor.purpose else actor.for_purpose(OWN_WORK)


def purpose_of(actor: Actor) -> str:
    """What the actor's present work is for: what they said, or Maestro's own work; else ""."""
    if not actor.purpose and actor.kind is ActorKind.SYSTEM:
        return OWN_WORK
    return actor.purpose


def require_purpose(given: Actor | str) -> Purpose:
    """The purpose an actor acts for, or the one of that name.

    Raises `PurposeRequired` when none is given, `UnknownPurpose` when it is not in the registry.
    """
    tenant_id = given.tenant_id if isinstance(given, Actor) else None
    name = purpose_of(given) if isinstance(given, Actor) else given
    known = purposes(tenant_id)
    if not name:
        raise PurposeRequired(
            "Say what this is for.",
            hint="Choose a purpose, or send it in the header X-Purpose.",
            purposes=[each.name for each in known],
        )
    purpose = next((each for each in known if each.name == name), None)
    if purpose is None:
        raise UnknownPurpose(
            "The purpose is not in the registry.",
            hint="Choose one that is.",
            purposes=[each.name for each in known],
        )
    return purpose
