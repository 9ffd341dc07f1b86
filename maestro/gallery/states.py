"""The states by name: what each is called, where it stands, and what draws it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from maestro.gallery import refusals, sample_states
from maestro.gallery.sample_facts import NOW
from maestro.gallery.samples import PAGES, Sample

Draw = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class State:
    """A page in one state. `draw` may raise: what answers then is what answers in the product."""

    name: str
    title: str
    draw: Draw


def _drawn(sample: Sample) -> Draw:
    template, context = sample
    return lambda request: render(request, template, {"now": NOW} | context())


REFUSALS: Mapping[str, tuple[str, Draw]] = {
    "denied": ("No permission, with reason codes and whom to ask", refusals.denied),
    "not-found": ("Not found", refusals.not_found),
    "conflict": ("Conflict", refusals.conflict),
    "invalid": ("Input that is not valid", refusals.invalid),
    "over-budget": ("Over budget, with when to try again", refusals.over_budget),
    "maintenance": ("Maintenance: the database is away", refusals.away),
    "not-signed-in": ("Nobody is known", refusals.not_signed_in),
    "locked-out": ("Too many wrong passwords", refusals.locked_out),
    "403-csrf": ("A form that is out of date", refusals.form_out_of_date),
    "400": ("A request that can’t be understood", refusals.suspicious),
    "403": ("A page that is not for one", refusals.forbidden),
    "404": ("No such page", refusals.no_such_page),
    "500": ("A fault, with the request’s id", refusals.broken),
}


def _states() -> Iterator[tuple[str, tuple[State, ...]]]:
    yield (
        "Pages",
        tuple(
            State(name, name.replace("-", ": ", 1).replace("-", " ").capitalize(), _drawn(sample))
            for name, sample in PAGES.items()
        ),
    )
    yield (
        "Loading and failing in part",
        tuple(
            State(name, title, _drawn(sample))
            for name, (title, sample) in sample_states.PARTLY.items()
        ),
    )
    yield (
        "Refusals and faults",
        tuple(State(name, title, draw) for name, (title, draw) in REFUSALS.items()),
    )


GROUPS = tuple(_states())
STATES: Mapping[str, State] = {state.name: state for _, group in GROUPS for state in group}
