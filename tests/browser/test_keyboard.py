"""The keyboard alone: every stop is seen, the way is the reading order, and a swap never loses it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Place
from tests.pages.conftest import LONG

pytestmark = pytest.mark.timeout(400)

# What has the focus, as a person would call it; and whether one sees that it has.
HELD = """
() => {
  const held = document.activeElement;
  const look = getComputedStyle(held);
  const box = held.getBoundingClientRect();
  return {
    tag: held.tagName,
    name: held.getAttribute("aria-label") || held.labels?.[0]?.innerText || held.innerText || "",
    seen: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2
      && box.width > 1 && box.height > 1,
  };
}
"""
MOST = 120  # presses of Tab: more of them between two stops is no way for a person


@pytest.fixture
def tab(place: Place) -> Iterator[Page]:
    """The operator's tab."""
    context = place.people("operator", viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def go_to(tab: Page, name: str) -> None:
    """Press Tab until what is called so has the focus; every stop on the way must be seen."""
    passed = []
    for _ in range(MOST):
        tab.keyboard.press("Tab")
        held = tab.evaluate(HELD)
        if held["tag"] != "BODY":
            assert held["seen"], held
        passed.append(" ".join(held["name"].split()))
        if passed[-1].startswith(name):
            return
    pytest.fail(f"Tab never comes to {name!r}: {passed}")


def test_the_first_stop_skips_to_the_content(tab: Page) -> None:
    tab.goto("/catalog/")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to content")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("#main")).to_be_focused()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.querySelector('#main').contains(document.activeElement)")


def test_one_finds_and_runs_a_workflow_without_a_mouse(tab: Page) -> None:
    tab.goto("/catalog/")
    go_to(tab, "Search workflows")
    tab.keyboard.type("newcomer")
    tab.keyboard.press("Enter")
    expect(tab.locator("#results h3")).to_have_text(["Welcome a newcomer"])
    assert tab.evaluate("document.activeElement !== document.body")
    go_to(tab, "Welcome a newcomer")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Welcome a newcomer", level=1)).to_be_visible()
    go_to(tab, "Run workflow")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Run: Welcome a newcomer")).to_be_visible()
    go_to(tab, "Purpose")
    tab.keyboard.type("On-board")
    expect(tab.get_by_label("Purpose")).to_have_value("hr.onboarding")
    go_to(tab, "Run workflow")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(r"/executions/[0-9a-f-]{36}/"), timeout=LONG)
    expect(tab.locator("#state")).to_contain_text("Succeeded")
    step = tab.locator("summary[id^='line-']").first
    go_to(tab, " ".join(step.inner_text().split())[:12])
    tab.keyboard.press("Space")
    expect(tab.locator("details.step").first).to_have_attribute("open", "")
    assert tab.evaluate("document.activeElement !== document.body")


def test_one_finds_and_installs_a_release_without_a_mouse(place: Place) -> None:
    context = place.people("admin", "globex", viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.goto("/marketplace/")
    go_to(tab, "Search templates")
    tab.keyboard.type("evidence")
    tab.keyboard.press("Enter")
    expect(tab.locator("#results h3")).to_have_text(["Collect access-review evidence"])
    go_to(tab, "Collect access-review evidence")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Collect access-review evidence")).to_be_visible()
    go_to(tab, "Install from Marketplace")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Install into Globex")).to_be_visible()
    # What is wrong takes the focus, and leads to the question.
    go_to(tab, "Check and install")
    go_to(tab, "Check and install")  # the step's link comes before the button
    tab.keyboard.press("Enter")
    expect(tab.locator("#errors")).to_be_focused()
    go_to(tab, "Environment")
    tab.keyboard.press("Enter")
    expect(tab.get_by_label("Environment")).to_be_focused()
    tab.keyboard.type("stag")
    expect(tab.get_by_label("Environment")).to_have_value("staging")
    go_to(tab, "Check and install")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("collect-access-evidence is installed.")).to_be_visible()
    context.close()


def test_a_filter_keeps_the_focus_while_the_results_are_swapped(tab: Page) -> None:
    tab.goto("/catalog/")
    box = tab.locator("form input[type=checkbox]").first
    box.focus()
    with tab.expect_response(lambda answer: "/catalog/?" in answer.url):
        tab.keyboard.press("Space")
    tab.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-swapping')")
    expect(box).to_be_focused()


def test_a_menu_opens_and_closes_by_keys_and_gives_the_focus_back(tab: Page) -> None:
    tab.goto("/executions/")
    summary = tab.locator(".account > summary")
    summary.focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.querySelector('.account').contains(document.activeElement)")
    tab.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(tab.locator(".account")).not_to_have_attribute("open", "")


def test_one_makes_a_group_of_partners(place: Place) -> None:
    context = place.people("author", viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.goto("/partner-groups/new/")
    go_to(tab, "Name")
    tab.keyboard.type("by-keyboard")
    go_to(tab, "Partners")
    tab.keyboard.type("no body")
    go_to(tab, "Make group")
    tab.keyboard.press("Enter")
    expect(tab.locator("#errors")).to_be_focused()
    go_to(tab, "Partners: No tenant can be called no body.")
    tab.keyboard.press("Enter")
    expect(tab.get_by_label("Partners")).to_be_focused()
    tab.keyboard.press("Control+A")
    tab.keyboard.type("globex")
    go_to(tab, "Make group")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("link", name="by-keyboard", exact=True)).to_be_visible()
    context.close()
