"""Every page and partial, drawn from its sample context."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from maestro.gallery.samples import PARTIALS
from maestro.gallery.states import STATES
from tests.pages.browser import faults, parse, untouched

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
Draw = Callable[..., str]


@pytest.mark.parametrize("name", sorted(STATES))
def test_a_page_has_no_inline_code_and_every_label_and_relation_holds(
    name: str, drawn: Draw
) -> None:
    html = drawn(name)
    page = parse(html)
    assert faults(page) == []
    assert not [mark for mark in ("{{", "{%", "{#") if mark in html]
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1


@pytest.mark.parametrize("name", sorted(PARTIALS))
def test_a_partial_has_no_inline_code_and_is_closed(name: str, drawn: Draw) -> None:
    wrong = [each for each in faults(parse(drawn(name))) if "inline" in each or "twice" in each]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(STATES))
def test_a_page_has_one_primary_button_and_one_more_in_an_approval(name: str, drawn: Draw) -> None:
    page = parse(drawn(name))
    primary = [
        each for each in page.all("a", "button") if "primary" in each.attrs.get("class", "").split()
    ]
    assert len(primary) <= 1


@pytest.mark.parametrize("name", sorted(STATES))
def test_a_form_that_writes_carries_a_csrf_token(name: str, drawn: Draw) -> None:
    for form in parse(drawn(name)).all("form"):
        if form.attrs.get("method") == "post":
            assert "csrfmiddlewaretoken" in untouched(form)


def test_a_page_loads_only_what_is_ours(drawn: Draw) -> None:
    for name in STATES:
        for each in parse(drawn(name)).all("script", "link", "img"):
            assert (each.attrs.get("src") or each.attrs["href"]).startswith("/static/")


def test_every_part_of_a_live_answer_has_its_place_on_the_page(drawn: Draw) -> None:
    places = {each.attrs.get("id") for each in parse(drawn("execution")).all()}
    parts = [each.attrs for each in parse(drawn("live")).all() if "data-hx-swap-oob" in each.attrs]
    assert parts
    assert {part["id"] for part in parts} <= places


def test_the_counts_of_a_partial_answer_have_their_places_on_the_page(drawn: Draw) -> None:
    places = {each.attrs.get("id") for each in parse(drawn("catalog")).all()}
    counts = [
        each.attrs["id"]
        for each in parse(drawn("results")).all("span")
        if "data-hx-swap-oob" in each.attrs
    ]
    assert counts
    assert set(counts) <= places


def test_nothing_that_is_masked_is_drawn_in_any_other_way(drawn: Draw) -> None:
    page = parse(drawn("execution-failed"))
    masks = [each for each in page.all("span") if each.attrs.get("class") == "mask"]
    assert len(masks) >= 3
    assert all(each.attrs.get("aria-hidden") == "true" for each in masks)


def test_every_template_says_what_it_needs() -> None:
    silent = [
        path
        for path in sorted(TEMPLATES.glob("*/**/*.html"))
        if not re.search(r"{#|{% comment %}", path.read_text())
    ]
    assert silent == []


def test_one_entry_that_waits_to_be_linked_is_told_as_one(drawn: Draw) -> None:
    assert "1 waits to be linked." in drawn("audit")
