"""Who looks at the pages of the gallery: somebody made up, so that nobody need be signed in."""

from __future__ import annotations

from django.http import HttpRequest

from maestro.gallery.sample_facts import EXECUTION
from maestro.kernel.actor import Actor, ActorKind
from maestro.tenancy.identity import Seat

SEATS = tuple(
    Seat(EXECUTION, slug, name, zone, frozenset({"operator"}), frozenset({"People Ops"}))
    for slug, name, zone in [("acme", "Acme", "Europe/Lisbon"), ("globex", "Globex", "UTC")]
)
ACTOR = Actor(
    kind=ActorKind.USER,
    id=EXECUTION,
    name="Ines Ferreira",
    email="operator@acme.test",
    tenant_id=EXECUTION,
    tenant_slug="acme",
    roles=frozenset({"operator"}),
)


class Person:
    """Who is signed in, for Django's own context: somebody whom the console is open to."""

    is_staff = is_authenticated = True

    def __str__(self) -> str:
        return ACTOR.email


def seen_by_somebody(request: HttpRequest) -> HttpRequest:
    """The request as if the made-up person had sent it."""
    for name, value in {"actor": ACTOR, "seats": SEATS, "user": Person()}.items():
        setattr(request, name, value)
    return request
