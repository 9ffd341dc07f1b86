"""Draws the sample pages."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.test import RequestFactory

from maestro.kernel.actor import Actor, ActorKind
from maestro.tenancy.identity import Seat
from tests.pages.sample_facts import EXECUTION, NOW
from tests.pages.samples import PAGES, PARTIALS

SEATS = tuple(
    Seat(EXECUTION, slug, name, zone, frozenset({"operator"}), frozenset({"People Ops"}))
    for slug, name, zone in [("acme", "Acme", "Europe/Lisbon"), ("globex", "Globex", "UTC")]
)


def draw(name: str, theme: str = "system", **more: Any) -> str:
    """The page or the partial called `name`, as somebody signed in sees it."""
    template, context = (PAGES | PARTIALS)[name]
    request = RequestFactory().get(
        "/workflows/", {"q": "leaver access", "status": ["active", "deprecated"]}
    )
    request.COOKIES["theme"] = theme
    known = Actor(
        kind=ActorKind.USER,
        id=EXECUTION,
        name="Ines Ferreira",
        email="operator@acme.test",
        tenant_id=EXECUTION,
        tenant_slug="acme",
        roles=frozenset({"operator"}),
    )
    for key, value in {"actor": known, "seats": SEATS, "user": Person()}.items():
        setattr(request, key, value)
    return render_to_string(template, {"now": NOW} | context() | more, request=request)


class Person:
    """Who is signed in, for Django's own context."""

    is_staff = True

    def __str__(self) -> str:
        return "operator@acme.test"
