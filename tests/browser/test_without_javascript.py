"""What people do most, with JavaScript off: plain forms, links, and a reload where something is live."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from maestro.tenancy.demo import DEMO_PASSWORD
from tests.browser.conftest import Place, make_token
from tests.browser.listing import SLUG, freeze
from tests.pages.conftest import LONG

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def plain(place: Place) -> Iterator[Callable[..., Page]]:
    """Tabs without JavaScript, by role, of acme or of another tenant."""
    opened: list[BrowserContext] = []

    def tab(role: str, tenant: str = "acme") -> Page:
        opened.append(place.people(role, tenant, java_script_enabled=False))
        return opened[-1].new_page()

    yield tab
    for context in opened:
        context.close()


@pytest.fixture
def listed(place: Place) -> None:
    """A workflow that asks for a list is there."""
    context = place.people("author")
    context.new_page().goto("/catalog/")
    freeze(context)
    context.close()


def reloaded_until(tab: Page, words: str) -> None:
    """Reload until the state says so: what a person does whose page is not live."""
    for _ in range(60):
        if words in tab.locator("#state").inner_text():
            return
        tab.reload()
    expect(tab.locator("#state")).to_contain_text(words)


def people(tab: Page) -> Locator:
    """The entries of the list."""
    return tab.locator("input[name='p/people']")


def in_order(tab: Page, *names: str) -> None:
    """Wait until the list is these: each of its buttons loads the page anew."""
    expect(people(tab)).to_have_count(len(names))
    for at, name in enumerate(names):
        expect(people(tab).nth(at)).to_have_value(name)


def filled(tab: Page) -> None:
    """The run form, with its list of people moved about by its buttons."""
    tab.goto(f"/executions/new/acme/{SLUG}/")
    for at in range(people(tab).count(), 3):
        tab.get_by_role("button", name="Add Person to People").click()
        expect(people(tab)).to_have_count(at + 1)
    for at, name in enumerate(("Cleo", "Abel", "Bert")):
        people(tab).nth(at).fill(name)
    tab.get_by_role("button", name="Move Person 1 down").click()
    in_order(tab, "Abel", "Cleo", "Bert")
    tab.get_by_role("button", name="Move Person 3 up").click()
    in_order(tab, "Abel", "Bert", "Cleo")
    tab.get_by_role("button", name="Remove Person 3").click()
    in_order(tab, "Abel", "Bert")


def test_one_finds_by_words_and_filters(plain: Callable[[str], Page]) -> None:
    tab = plain("operator")
    tab.goto("/catalog/")
    tab.get_by_label("Search workflows").fill("leaver")
    tab.get_by_role("button", name="Search").click()
    expect(tab.locator("#results h3")).to_have_text(["Offboard an employee"])
    tab.goto("/catalog/?q=nothing+is+called+this")
    expect(tab.locator(".empty")).to_be_visible()
    tab.goto("/executions/")
    tab.get_by_label("Status").select_option("failed")
    tab.get_by_role("button", name="Filter").click()
    assert "status=failed" in tab.url


@pytest.mark.usefixtures("listed")
def test_one_runs_mends_follows_and_approves(plain: Callable[[str], Page]) -> None:
    tab = plain("operator")
    filled(tab)
    tab.get_by_label("Days").fill("12")
    run = tab.locator(".submit").get_by_role("button", name="Run workflow")
    run.click()
    expect(tab.locator("#errors")).to_contain_text("Nothing has started")
    expect(tab.get_by_label("Days")).to_have_attribute("aria-invalid", "true")
    in_order(tab, "Abel", "Bert")
    tab.get_by_label("Days").fill("3")
    tab.get_by_label("Purpose").select_option("practice")
    run.click()
    tab.wait_for_url(re.compile(r"/executions/[0-9a-f-]{36}/"))
    for _ in range(60):
        if tab.locator("#approvals section").count():
            break
        tab.reload()
    deciding = plain("author")
    deciding.goto(tab.url)
    deciding.get_by_label("Why").fill("They have been told of it.")
    deciding.get_by_role("button", name="Approve").click()
    reloaded_until(tab, "Succeeded")
    expect(tab.locator("#outputs, #steps-h").first).to_be_visible()


@pytest.mark.usefixtures("listed")
def test_one_cancels_what_waits(plain: Callable[[str], Page]) -> None:
    tab = plain("operator")
    filled(tab)
    tab.get_by_label("Purpose").select_option("practice")
    tab.locator(".submit").get_by_role("button", name="Run workflow").click()
    tab.wait_for_url(re.compile(r"/executions/[0-9a-f-]{36}/"))
    tab.get_by_role("button", name="Cancel execution").click()
    reloaded_until(tab, "Cancelled")


def test_one_finds_and_installs_a_release(plain: Callable[..., Page]) -> None:
    tab = plain("installer", "globex")
    tab.goto("/marketplace/")
    tab.get_by_label("Search templates").fill("anomaly")
    tab.get_by_role("button", name="Search").click()
    expect(tab.locator("#results h3")).to_have_text(["Investigate a cost anomaly"])
    tab.get_by_role("link", name="Investigate a cost anomaly").click()
    tab.get_by_role("link", name="Install from Marketplace").click()
    tab.get_by_role("button", name="Check and install").click()
    expect(tab.locator("#errors")).to_contain_text("Nothing was installed")
    tab.locator("#errors").get_by_role("link", name="Environment").click()
    expect(tab.get_by_label("Environment")).to_have_attribute("aria-invalid", "true")
    tab.get_by_label("Environment").select_option("staging")
    tab.get_by_label("platform", exact=True).check()
    tab.get_by_role("button", name="Check", exact=True).last.click()
    expect(tab.get_by_text("Nothing is wrong. Install it when you are ready.")).to_be_visible()
    tab.get_by_role("button", name="Check and install").click()
    expect(tab.get_by_text("investigate-cost-anomaly is installed.")).to_be_visible()
    tab.get_by_role("link", name="Installations").first.click()
    expect(tab.get_by_role("link", name="investigate-cost-anomaly")).to_be_visible()


def test_one_makes_and_revokes_a_token(plain: Callable[[str], Page]) -> None:
    tab = plain("author")
    make_token(tab, "plain")
    tab.get_by_role("link", name="Revoke plain").first.click()
    tab.get_by_label("Purpose", exact=True).select_option("platform.operations")
    tab.get_by_role("button", name="Revoke").click()
    expect(tab.locator("main")).to_contain_text("opens nothing any more")


def test_one_makes_changes_and_takes_away_a_group_of_partners(
    plain: Callable[[str], Page],
) -> None:
    tab = plain("author")
    tab.goto("/partner-groups/new/")
    tab.get_by_label("Name").fill("dealers")
    tab.get_by_label("Partners").fill("no body")
    tab.get_by_role("button", name="Make group").click()
    expect(tab.locator("#errors")).to_contain_text("No tenant can be called no body.")
    expect(tab.get_by_label("Name")).to_have_value("dealers")
    tab.get_by_label("Partners").fill("globex")
    tab.get_by_role("button", name="Make group").click()
    tab.get_by_role("link", name="dealers", exact=True).click()
    tab.get_by_label("Partners").fill("globex\nacme")
    tab.get_by_role("button", name="Save group").click()
    tab.get_by_role("link", name="dealers", exact=True).click()
    expect(tab.locator(".lede")).to_contain_text("A group of 2 partners.")
    tab.get_by_role("link", name="Take group away").click()
    expect(tab.locator("#main")).to_contain_text("No template names it")
    tab.get_by_role("button", name="Take group away").click()
    expect(tab.locator("#main")).to_contain_text("dealers is taken away.")


def test_one_signs_in_takes_a_theme_and_signs_out(place: Place) -> None:
    context = place.browser.new_context(base_url=place.home, java_script_enabled=False)
    context.set_default_timeout(LONG)
    tab = context.new_page()
    tab.goto("/executions/approvals/")
    tab.get_by_label("Email address").fill("operator@globex.test")
    tab.get_by_label("Password").fill("not this one")
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.locator("#errors")).to_contain_text("You are not signed in")
    tab.get_by_label("Password").fill(DEMO_PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", name="Approvals", level=1)).to_be_visible()
    tab.get_by_role("button", name="Dark").click()
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
    assert tab.url.endswith("/executions/approvals/")
    tab.locator(".account summary").click()
    tab.get_by_role("button", name="Sign out").click()
    tab.goto("/catalog/")
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()
