"""On paper, without motion, in forced colours: the same facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.conftest import Site

Draw = Callable[..., str]


@pytest.fixture
def opened(browser: Browser, site: Site, drawn: Draw) -> Iterator[Callable[[str], Page]]:
    """Opens a state of the gallery in a tab."""
    tab = browser.new_page(viewport={"width": 1280, "height": 900})

    def show(name: str) -> Page:
        site.pages["/"] = drawn(name)
        tab.goto(site.address)
        return tab

    yield show
    tab.close()


@pytest.mark.parametrize("name", ["execution-failed", "detail", "executions", "approvals"])
def test_paper_has_the_record_without_the_controls(
    name: str, opened: Callable[[str], Page]
) -> None:
    tab = opened(name)
    tab.emulate_media(media="print")
    assert [each for each in tab.locator("button").all() if each.is_visible()] == []
    for gone in (".rail", ".foot", ".skip", ".btn", ".tabs"):
        assert [each for each in tab.locator(gone).all() if each.is_visible()] == [], gone
    expect(tab.locator("h1")).to_be_visible()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_paper_shows_what_is_folded_and_keeps_the_words_of_every_state(
    opened: Callable[[str], Page],
) -> None:
    tab = opened("execution-failed")
    words = tab.locator("main .status").all_inner_texts()
    assert "Failed" in "".join(words)
    folded = tab.locator("details.step:not([open]) .open").first
    assert folded.evaluate("one => one.checkVisibility({contentVisibilityAuto: true})") is False
    tab.emulate_media(media="print")
    assert folded.evaluate("one => one.checkVisibility({contentVisibilityAuto: true})") is True
    shown = [each for each in tab.locator("main .status").all() if each.is_visible()]
    assert "Failed" in "".join(each.inner_text() for each in shown)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_paper_is_light_in_either_theme(theme: str, opened: Callable[[str], Page]) -> None:
    tab = opened("execution-failed")
    tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    tab.emulate_media(media="print")
    ink = tab.evaluate("getComputedStyle(document.body).color")
    assert ink == "rgb(20, 32, 30)"


def test_nothing_moves_for_who_asked_for_that(opened: Callable[[str], Page]) -> None:
    tab = opened("execution")
    arc = tab.locator("#state .status svg").first

    def pictures() -> set[bytes]:
        return {arc.screenshot() for _ in range(6)}

    turns = "getComputedStyle(document.querySelector('.spin')).animationName"
    assert len(pictures()) > 1
    assert tab.evaluate(turns) == "turn"
    assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "smooth"
    tab.emulate_media(reduced_motion="reduce")
    assert tab.evaluate(turns) == "none"
    assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_forced_colours_leave_focus_states_and_places_to_be_seen(
    opened: Callable[[str], Page],
) -> None:
    tab = opened("execution")
    tab.emulate_media(forced_colors="active")
    tab.keyboard.press("Tab")
    outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    assert "Running" in tab.locator("#state").inner_text()
    canvas = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    jack = "getComputedStyle(document.querySelector('.nav a[aria-current]'), '::before')"
    assert tab.evaluate(f"{jack}.backgroundColor") != canvas
    for each in tab.locator("main .lane rect").all()[:3]:
        assert each.evaluate("one => getComputedStyle(one).fill") != canvas
