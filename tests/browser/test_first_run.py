"""The whole product in a real browser: a person finds a workflow, runs it and follows it.

`make run`: its web, its worker, its practice world. Nothing is faked.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Place, Running
from tests.browser.reading import say_what_for
from tests.embedded.test_make_run import MakeRun

pytestmark = pytest.mark.timeout(400)

PASSWORD = "maestro-demo"
EXECUTION = re.compile(r"/executions/[0-9a-f-]{36}/")


@pytest.fixture
def product(running: Running) -> MakeRun:
    """`make run`, ready."""
    return running.product


@pytest.fixture
def chromium(place: Place) -> Browser:
    """The system's browser."""
    return place.browser


def sign_in(context: BrowserContext, product: MakeRun, person: str) -> Page:
    """A tab in which `person` is signed in. It fails the test when the browser complains."""
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    tab.complaints = complaints  # type: ignore[attr-defined]
    tab.goto(f"http://localhost:{product.port}/")
    tab.get_by_label("Email address").fill(person)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", name="Catalog")).to_be_visible()
    say_what_for(tab, f"http://localhost:{product.port}")
    return tab


def run_it(tab: Page, purpose: str, why: str = "") -> str:
    """Send the run form as it is, for a purpose; the address of the execution."""
    tab.get_by_label("Purpose").select_option(purpose)
    if why:
        tab.get_by_label("Why").fill(why)
    tab.locator(".submit").get_by_role("button", name="Run workflow").click()
    tab.wait_for_url(EXECUTION)
    return tab.url


def find(tab: Page, words: str, title: str) -> None:
    """From the catalog to the run form of a workflow, by words."""
    tab.get_by_role("link", name="Catalog").click()
    tab.get_by_label("Search workflows").fill(words)
    tab.get_by_role("button", name="Search").click()
    expect(tab.locator("#results h3")).to_have_text([title])
    tab.get_by_role("link", name=title).click()
    tab.get_by_role("link", name="Run workflow").click()
    expect(tab.get_by_role("heading", name=f"Run: {title}")).to_be_visible()


def test_a_person_finds_runs_watches_and_re_runs_a_workflow(
    chromium: Browser, product: MakeRun
) -> None:
    context = chromium.new_context()
    tab = sign_in(context, product, "operator@acme.test")

    # It succeeds while one watches, without a reload.
    find(tab, "newcomer", "Welcome a newcomer")
    first = run_it(tab, "hr.onboarding")
    expect(tab.locator("#state")).to_contain_text("Succeeded")
    expect(tab.locator("#live[data-hx-get]")).to_have_count(0)
    expect(tab.locator("#progress")).to_contain_text(re.compile(r"(\d+) of \1 done"))
    tab.get_by_role("button", name="Re-run all").click()
    tab.wait_for_url(lambda address: bool(EXECUTION.search(address)) and address != first)
    expect(tab.locator("#state")).to_contain_text("Succeeded")
    expect(tab.get_by_text("again after")).to_be_visible()

    # It fails, says why and what to do; mended, it goes on from the step that failed.
    find(tab, "licences", "Sync licences with the vendor")
    failed = run_it(tab, "finops.review")
    expect(tab.locator("#state")).to_contain_text("Failed")
    tab.get_by_role("link", name="1 step failed").click()
    tab.reload()
    expect(tab.locator("#step-ask_vendor")).to_have_attribute("open", "")
    expect(tab.locator("#body-ask_vendor")).to_contain_text("answered 503")
    expect(tab.locator("#body-ask_vendor")).to_contain_text("What to do:")
    practice = context.new_page()
    practice.goto(f"http://localhost:{product.practice}/")
    practice.get_by_role("button", name="Switch it off").click()
    expect(practice.get_by_role("button", name="Switch it on")).to_be_visible()
    tab.get_by_role("button", name="Re-run from ask_vendor").click()
    tab.wait_for_url(lambda address: bool(EXECUTION.search(address)) and address != failed)
    expect(tab.locator("#state")).to_contain_text("Succeeded")
    expect(tab.locator("#step-count_people")).to_be_visible()
    practice.get_by_role("button", name="Switch it on").click()
    expect(practice.get_by_role("button", name="Switch it off")).to_be_visible()
    assert tab.complaints == []  # type: ignore[attr-defined]

    # The same pages do without JavaScript: they ask to be loaded again instead.
    plain = chromium.new_context(java_script_enabled=False, storage_state=context.storage_state())
    quiet = plain.new_page()
    quiet.goto(failed)
    expect(quiet.locator("#state")).to_contain_text("Failed")
    expect(quiet.locator("#body-ask_vendor")).to_contain_text("answered 503")
    quiet.goto(f"http://localhost:{product.port}/catalog/acme/welcome-newcomer/")
    quiet.get_by_role("link", name="Run workflow").click()
    quiet.get_by_label("Purpose").select_option("hr.onboarding")
    quiet.locator(".submit").get_by_role("button", name="Simulate").click()
    expect(quiet.get_by_text("Would succeed")).to_be_visible()
    quiet.locator(".submit").get_by_role("button", name="Run workflow").click()
    quiet.wait_for_url(EXECUTION)
    for _ in range(40):
        if "Succeeded" in quiet.locator("#state").inner_text():
            break
        quiet.get_by_role("link", name="refresh").click()
    expect(quiet.locator("#state")).to_contain_text("Succeeded")


def test_two_people_approve_on_the_page_while_the_first_one_watches(
    chromium: Browser, product: MakeRun
) -> None:
    watching = sign_in(chromium.new_context(), product, "operator@acme.test")
    find(watching, "leaver", "Offboard an employee")
    expect(watching.get_by_text("2 people must approve")).to_be_visible()
    page = run_it(watching, "hr.offboarding", why="She leaves on Friday.")
    expect(watching.locator("#approvals")).to_contain_text("0 of 2 given")
    expect(watching.locator("#approvals")).to_contain_text("Nobody decides on what they started")
    for person, so_far in (("author@acme.test", "1 of 2 given"), ("admin@acme.test", "")):
        tab = sign_in(chromium.new_context(), product, person)
        tab.get_by_role("link", name="Approvals").click()
        expect(tab.get_by_text("Waits for you").first).to_be_visible()
        tab.locator(f"ol.rows h3 a[href^='{urlsplit(page).path}']").click()
        tab.get_by_label("Why").fill("The last day is confirmed.")
        tab.get_by_role("button", name="Approve").click()
        if so_far:
            expect(watching.locator("#approvals")).to_contain_text(so_far)
    expect(watching.locator("#state")).to_contain_text("Succeeded")
    assert watching.complaints == []  # type: ignore[attr-defined]
