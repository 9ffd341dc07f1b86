from __future__ import annotations

from dataclasses import dataclass

from maestro.kernel.actor import Actor
from maestro.tenancy.models import User
from maestro.tenancy.services.choose_zone import person_of


@dataclass(frozen=True, slots=True)
class Preferences:
    """A person, and what they chose for themselves. An empty zone is the tenant's."""

    email: str
    name: str
    time_zone: str
    release_mail: bool


def read_preferences(*, actor: Actor) -> Preferences:
    """One's own. Raises what `person_of` raises."""
    rows = User.objects.filter(pk=person_of(actor))
    return Preferences(*rows.values_list("email", "name", "time_zone", "release_mail").get())
