from __future__ import annotations

from uuid import UUID
from zoneinfo import available_timezones

from maestro.kernel.actor import Actor, ActorKind
from maestro.kernel.errors import InvalidInput, NotAuthenticated, Problem
from maestro.tenancy.models import User


def choose_zone(*, actor: Actor, time_zone: str) -> None:
    """Say in which zone one reads times; empty is the tenant's.

    It is how pages look to oneself and changes nothing for anybody, so policy is not asked and
    nothing is recorded. Raises `InvalidInput`, `NotAuthenticated` for who is no person.
    """
    person = person_of(actor)
    if time_zone and time_zone not in available_timezones():
        raise InvalidInput(
            "The time zone is not known.",
            problems=[Problem("/time_zone", "Choose a zone of the list.", "unknown_time_zone")],
        )
    User.objects.filter(pk=person).update(time_zone=time_zone)


def person_of(actor: Actor) -> UUID:
    """Whose preferences they are. Raises `NotAuthenticated` for who is no person."""
    if actor.kind is not ActorKind.USER or actor.id is None:
        raise NotAuthenticated("Preferences are a person's.", hint="Sign in, and choose there.")
    return actor.id
