"""Draws the states of the gallery, as their addresses answer, and the partials."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from maestro.gallery.sample_facts import NOW
from maestro.gallery.samples import PAGES, PARTIALS
from maestro.gallery.stand_in import seen_by_somebody
from maestro.gallery.states import STATES


def draw(name: str, theme: str = "system", **more: Any) -> str:
    """The state or the partial called `name`. With `more`, its context is another one."""
    if name in STATES and not more:
        return _state(name, theme)
    template, context = (PAGES | PARTIALS)[name]
    asked = {"q": "leaver access", "status": ["active", "deprecated"]}
    request = RequestFactory().get("/catalog/", asked)
    request.COOKIES["theme"] = theme
    seen_by_somebody(request)
    return render_to_string(template, {"now": NOW} | context() | more, request=request)


@cache
def _state(name: str, theme: str) -> str:
    """A state's page is the same each time, but for the token of its forms."""
    client = Client(raise_request_exception=False)
    client.cookies["theme"] = theme
    return client.get(f"/gallery/{name}/").content.decode()
