"""The gallery: a list of the states, and each of them."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maestro.gallery.sample_execution import execution_running
from maestro.gallery.sample_facts import NOW
from maestro.gallery.stand_in import seen_by_somebody
from maestro.gallery.states import GROUPS, STATES
from maestro.kernel.errors import NotFound, Unavailable

SLOW = 15  # seconds: long enough to look at what is shown meanwhile


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every state, by group."""
    return render(seen_by_somebody(request), "gallery/index.html", {"now": NOW, "groups": GROUPS})


@require_safe
def state(request: HttpRequest, name: str) -> HttpResponse:
    """One state, drawn by what draws it in the product."""
    found = STATES.get(name)
    if found is None:
        raise NotFound("There is no such state.", hint="Look at the list of the gallery.")
    return found.draw(seen_by_somebody(request))


@require_safe
def part(request: HttpRequest, name: str) -> HttpResponse:
    """What the parts of the pages ask for: nothing new, a step, nothing for long, a refusal."""
    if name == "unchanged":
        return HttpResponseNotModified()
    if name == "slow":
        time.sleep(SLOW)
        return HttpResponse(status=204)
    if name == "step":
        step = {"step": execution_running()["steps"][3]}
        return render(seen_by_somebody(request), "runtime/_step_body.html", step)
    raise Unavailable
