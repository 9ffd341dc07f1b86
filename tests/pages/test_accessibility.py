"""Every state of every page in a browser: axe-core finds nothing wrong with it, the browser has no
complaint, and it is as wide as the window."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from maestro.gallery.states import STATES
from tests.pages.axe import OPEN, violations, violations_of_all_looks
from tests.pages.conftest import Site, opened

Draw = Callable[..., str]


@pytest.mark.parametrize("name", sorted(STATES))
def test_a_state_breaks_no_rule_in_light_and_dark_wide_and_narrow(
    name: str, browser: Browser, site: Site, drawn: Draw
) -> None:
    tab, complaints = opened(browser, site, drawn(name))
    found = violations_of_all_looks(tab)
    # It ends as narrow as a phone.
    width = tab.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    tab.close()
    assert found == []
    assert width == [360, 360]
    # The parts that a page asks for by itself after a while are not there on this site.
    assert [each for each in complaints if not re.search("live|/gallery/parts/", each)] == []


@pytest.mark.parametrize("name", ["catalog", "detail", "run-simulated", "execution-failed"])
def test_what_is_folded_breaks_no_rule_when_it_is_open(
    name: str, browser: Browser, site: Site, drawn: Draw
) -> None:
    site.pages["/"] = drawn(name)
    tab = browser.new_page(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    tab.goto(site.address)
    tab.evaluate(OPEN)
    found = violations(tab)
    tab.close()
    assert found == []
