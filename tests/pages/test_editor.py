"""The editor of documents in a real browser: its keys, its lines, its list of what can stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Locator, Page, Route, expect

from catalog.pages.completing import complete
from catalog.pages.drafting import draft_of, offset
from connectors.registry import registry
from tests.pages.conftest import Site

ACTIVE = "field => document.activeElement === field"
CHOSEN = "field => field.value.slice(field.selectionStart, field.selectionEnd)"


def _answer(route: Route) -> None:
    """What the product's view answers, without the session around it."""
    sent = dict(re.findall(r'name="(\w+)"\r\n\r\n(.*?)\r\n--', route.request.post_data or "", re.S))
    text = draft_of(sent).text
    found = complete(text, offset(text, sent["cursor"]), registry().manifests())
    route.fulfill(body=render_to_string("catalog/_offers.html", {"found": found}))


@pytest.fixture
def tab(browser: Browser, site: Site, drawn: Callable[..., str]) -> Iterator[Page]:
    site.pages["/"] = drawn("edit-problems")
    tab = browser.new_page()
    tab.route("**/complete/", _answer)
    tab.route("**/check/", lambda route: route.fulfill(body=""))
    tab.goto(site.address)
    yield tab
    tab.close()


@pytest.fixture
def field(tab: Page) -> Locator:
    return tab.locator("#source")


def offers(tab: Page) -> Locator:
    return tab.get_by_role("listbox", name="What can stand here").get_by_role("option")


def put(field: Locator, text: str) -> None:
    """The text, with the cursor at its `|`."""
    field.evaluate(
        "(field, [text, at]) => { field.value = text; field.focus(); field.setSelectionRange(at, at); }",
        [text.replace("|", ""), text.index("|")],
    )


def test_a_problem_s_link_goes_to_its_line(tab: Page, field: Locator) -> None:
    link = tab.locator("#checked a[data-line]").nth(1)
    link.click()
    expect(field).to_be_focused()
    assert field.evaluate(CHOSEN) == "  titel: My workflow"
    assert "! 5\n" in (tab.locator(".gutter").text_content() or "")


def test_the_tab_key_traps_nobody(tab: Page, field: Locator) -> None:
    put(field, "a|")
    tab.keyboard.press("Tab")
    expect(field).not_to_be_focused()
    tab.get_by_label("The Tab key indents").check()
    put(field, "a|")
    tab.keyboard.press("Tab")
    expect(field).to_have_value("a  ")
    tab.keyboard.press("Shift+Tab")
    expect(field).not_to_be_focused()
    field.focus()
    tab.keyboard.press("Escape")
    tab.keyboard.press("Tab")
    expect(field).not_to_be_focused()


def test_what_can_stand_there_is_chosen_by_keys_and_the_focus_stays(
    tab: Page, field: Locator
) -> None:
    put(field, "metadata:\n  ri|")
    tab.keyboard.press("Control+Space")
    expect(offers(tab)).to_have_count(2)
    first, second = offers(tab).all()
    expect(first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "offer-0")
    tab.keyboard.press("ArrowDown")
    expect(second).to_have_attribute("aria-selected", "true")
    tab.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "offer-0")
    assert field.evaluate(ACTIVE)
    tab.keyboard.press("Enter")
    expect(field).to_have_value("metadata:\n  risk: ")
    expect(tab.locator("#offers")).to_have_count(0)


def test_the_list_follows_what_is_typed_and_escape_closes_it(tab: Page, field: Locator) -> None:
    put(field, "steps:\n  - id: a\n    task: |")
    tab.keyboard.press("Control+Space")
    expect(offers(tab)).to_have_count(len(registry().manifests()))
    tab.keyboard.type("htt")
    expect(offers(tab)).to_have_count(1)
    tab.keyboard.press("Escape")
    expect(tab.locator("#offers")).to_have_count(0)
    expect(field).to_be_focused()
    tab.keyboard.press("Control+Space")
    offers(tab).click()
    expect(field).to_have_value("steps:\n  - id: a\n    task: http.request@1")
    expect(field).to_be_focused()


def test_where_nothing_is_known_the_list_says_so(tab: Page, field: Locator) -> None:
    put(field, "# a comment|")
    tab.keyboard.press("Control+Space")
    expect(tab.get_by_text("Nothing is known to stand here.")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_text("Nothing is known to stand here.")).to_have_count(0)
