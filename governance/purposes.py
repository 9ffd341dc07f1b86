"""Purposes of access: what something is done for.

A registry in code for now. Policy asks two things of a purpose, whether it is known and whether it
reaches production; both are handed in with the question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from maestro.kernel.actor import Actor, ActorKind
from maestro.kernel.errors import PurposeRequired

OWN_WORK = "platform.operations"
"""What Maestro itself acts for, where nothing else is said."""


class UnknownPurpose(PurposeRequired):
    """The purpose that was given is not in the registry."""

    code = "unknown_purpose"
    title = "There is no such purpose"


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose: its name as it is sent, what it means, and whether it reaches production."""

    name: str
    title: str
    description: str
    in_production: bool = True


_PURPOSES: Mapping[str, Purpose] = {
    purpose.name: purpose
    for purpose in (
        Purpose(
            "hr.offboarding",
            gettext_noop("Off-boarding"),
            "Close the access of somebody who leaves.",
        ),
        Purpose(
            "hr.onboarding",
            gettext_noop("On-boarding"),
            "Give somebody new what they need to work.",
        ),
        Purpose(
            "security.incident",
            gettext_noop("Security incident"),
            "Find out about an incident, or end it.",
        ),
        Purpose(
            "security.rotation",
            gettext_noop("Rotation"),
            "Replace credentials and keys by new ones.",
        ),
        Purpose("finops.review", gettext_noop("Cost review"), "Find out what is spent, and why."),
        Purpose(
            "audit.evidence",
            gettext_noop("Audit evidence"),
            "Collect or check evidence for an audit.",
        ),
        Purpose(
            "platform.operations",
            gettext_noop("Operations"),
            "Keep the platform and its tenants running.",
        ),
        Purpose(
            "workflow.authoring",
            gettext_noop("Authoring"),
            "Write, freeze and try out workflows.",
            in_production=False,
        ),
        Purpose(
            "practice",
            gettext_noop("Practice"),
            "Learn in the practice world.",
            in_production=False,
        ),
    )
}


def purposes() -> tuple[Purpose, ...]:
    """Every purpose, in the order to show them in."""
    return tuple(_PURPOSES.values())


def find_purpose(name: str) -> Purpose | None:
    """The purpose of that name, if it is in the registry."""
    return _PURPOSES.get(name)


def purpose_of(actor: Actor) -> str:
    """What the actor's present work is for: what they said, or Maestro's own work; else ""."""
    if not actor.purpose and actor.kind is ActorKind.SYSTEM:
        return OWN_WORK
    return actor.purpose


def require_purpose(given: Actor | str) -> Purpose:
    """The purpose an actor acts for, or the one of that name.

    Raises `PurposeRequired` when none is given, `UnknownPurpose` when it is not in the registry.
    """
    name = purpose_of(given) if isinstance(given, Actor) else given
    if not name:
        raise PurposeRequired(
            "Say what this is for.",
            hint="Choose a purpose, or send it in the header X-Purpose.",
            purposes=list(_PURPOSES),
        )
    purpose = find_purpose(name)
    if purpose is None:
        raise UnknownPurpose(
            "The purpose is not in the registry.",
            hint="Choose one that is.",
            purposes=list(_PURPOSES),
        )
    return purpose
