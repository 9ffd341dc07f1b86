from __future__ import annotations

from uuid import UUID
from zoneinfo import available_timezones

from maestro.kernel.actor import Actor, ActorKind
from maestro.kernel.errors import Denied, InvalidInput, NotAuthenticated, Problem, Reason
from maestro.tenancy.models import User


def choose_zone(*, actor: Actor, time_zone: str) -> None:
    """Say in which zone one reads times; empty is the tenant's.

    It is how pages look to oneself and changes nothing for anybody, so policy is not asked and
    nothing is recorded. Raises `InvalidInput`, and what `person_of` raises.
    """
    person = person_of(actor)
    if problem := problem_of_zone(time_zone):
        raise InvalidInput("The time zone is not known.", problems=[problem])
    User.objects.filter(pk=person).update(time_zone=time_zone)


def problem_of_zone(time_zone: str) -> Problem | None:
    """What is wrong with a zone that is chosen; None for one that there is, and for none."""
    if not time_zone or time_zone in available_timezones():
        return None
    return Problem("/time_zone", "Choose a zone of the list.", "unknown_time_zone")


def person_of(actor: Actor) -> UUID:
    """Whose preferences they are: the person's, also when a token of theirs acts that may do all
    that they may.

    Raises `Denied` for a token that may not, and `NotAuthenticated` for who is no person.
    """
    if actor.kind not in (ActorKind.USER, ActorKind.TOKEN) or actor.id is None:
        raise NotAuthenticated("Preferences are a person's.", hint="Sign in, and choose there.")
    if actor.scopes is not None:
        raise Denied(
            reasons=[Reason("out_of_scope", "The token's scopes do not cover one's preferences.")],
            hint="Use a token without scopes, or sign in and choose there.",
        )
    return actor.id
