"""The marketplace as its people meet it: an author, three reviewers, an approver, a partner.

The author publishes, the reviewers decide in the console, the approver approves, the partner installs
by form and runs it; the author publishes a version that breaks, the partner sees what it changes,
upgrades, and goes back. `make run`, with its worker: nothing is faked.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from maestro.tenancy.demo import DEMO_PASSWORD
from tests.browser.conftest import Place
from tests.pages.conftest import LONG

pytestmark = pytest.mark.timeout(600)

TITLE = "Tidy up accounts"
FIRST = """\
apiVersion: maestro/v1
kind: Workflow
metadata:
  name: tidy-accounts
  title: Tidy up accounts
  version: 1.0.0
  description: Lists accounts that nobody used for a while, and says how many there are.
  category: Security
  risk: medium
  owner_team: Platform Security
  tags: [access-review]
  changelog: First version.
parameters:
  type: object
  required: [days]
  properties:
    days: {type: integer, minimum: 1, title: Days without use}
steps:
  - id: count
    task: core.set@1
    with: {values: {days: "${{ params.days }}"}}
outputs:
  days: ${{ steps.count.output.days }}
examples:
  - title: A quarter
    parameters: {days: 90}
"""
SECOND = (
    FIRST.replace("1.0.0", "2.0.0")
    .replace("First version.", "Asks for weeks in place of days.")
    .replace("required: [days]", "required: [weeks]")
    .replace("days: {type: integer, minimum: 1, title: Days", "weeks: {type: integer, title: Weeks")
    .replace("${{ params.days }}", "${{ params.weeks * 7 }}")
    .replace("{days: 90}", "{weeks: 13}")
    + "migrations:\n  - from: '<2.0.0'\n    set: {weeks: '${{ params.days / 7 }}'}\n"
)


def sign_in(place: Place, email: str) -> Page:
    """A tab in which somebody is signed in."""
    context = place.browser.new_context(base_url=place.home)
    context.set_default_timeout(LONG)
    tab = context.new_page()
    tab.goto("/sign-in/")
    tab.get_by_label("Email address").fill(email)
    tab.get_by_label("Password").fill(DEMO_PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(re.compile(r"/(?!sign-in)"))
    return tab


def freeze(tab: Page, address: str, source: str) -> None:
    """The author writes a version and freezes it."""
    tab.goto(address)
    tab.locator("#source").fill(source)
    tab.get_by_label("Purpose").select_option(label="Authoring")
    tab.get_by_role("button", name="Freeze version").click()
    if address.endswith("/edit/"):
        # What changes is shown first.
        expect(tab.get_by_text("Breaking: asks for 2.0.0 or above.")).to_be_visible()
        tab.get_by_role("button", name="Freeze version").click()
    tab.wait_for_url(re.compile(r"/catalog/acme/tidy-accounts/(?!edit)"))


def request_publish(tab: Page) -> None:
    """The author puts it forward for one partner."""
    tab.goto("/catalog/acme/tidy-accounts/")
    tab.get_by_role("link", name="Request publish").click()
    tab.get_by_label("Named partners").check()
    tab.get_by_label("Partners (optional)").fill("globex")
    tab.get_by_label("Note to the reviewers").fill("Nothing leaves the platform.")
    tab.get_by_role("button", name="Request publish").click()
    tab.wait_for_url(re.compile(r"/submissions/[0-9a-f-]{36}/"))


def open_submission(tab: Page, number: str) -> None:
    """From the console's list to the page of a submission."""
    tab.goto("/admin/marketplace/submission/?q=Tidy")
    row = tab.locator("tr", has_text=number)
    row.get_by_role("link", name=TITLE).click()
    expect(tab.get_by_text("Findings of the automatic checks")).to_be_visible()


def decide(place: Place, number: str) -> None:
    """Three reviewers and an approver, each in the console."""
    for kind in ("security", "performance", "docs"):
        tab = sign_in(place, f"{kind}-reviewer@platform.test")
        open_submission(tab, number)
        form = tab.locator("form", has=tab.get_by_role("button", name="Request changes"))
        for box in form.locator("input[type=checkbox]").all():
            box.check()
        form.get_by_label("Why").fill(f"Nothing to mend in {kind}.")
        form.get_by_role("button", name="Approve", exact=True).click()
        expect(tab.get_by_text(f"{kind.title()} review: decided.")).to_be_visible()
        tab.context.close()
    tab = sign_in(place, "approver@platform.test")
    open_submission(tab, number)
    form = tab.locator("form", has=tab.get_by_role("button", name="Approve template"))
    form.get_by_label("Why").fill("All three reviews are done.")
    form.get_by_role("button", name="Approve template").click()
    expect(tab.get_by_text("Approved").first).to_be_visible()
    tab.context.close()


def run_installation(tab: Page) -> str:
    """Run what is installed as it stands; what it gave."""
    tab.goto("/installations/tidy-accounts/run/")
    tab.get_by_label("Purpose").select_option("practice")
    tab.get_by_role("button", name="Run workflow").click()
    tab.wait_for_url(re.compile(r"/executions/[0-9a-f-]{36}/"))
    expect(tab.locator("#state")).to_contain_text("Succeeded")
    return tab.locator("main").inner_text()


def test_a_workflow_goes_from_its_author_to_a_partner_and_back(place: Place) -> None:
    author = sign_in(place, "author@acme.test")
    freeze(author, "/catalog/new/", FIRST)
    request_publish(author)
    expect(author.get_by_text("Still to come: Docs, Performance, Security.")).to_be_visible()
    submission = author.url
    decide(place, "1.0.0")
    # The pipeline signs and lists it; the author's page follows.
    author.goto(submission)
    expect(author.locator("main")).to_contain_text("Published")

    partner = sign_in(place, "admin@globex.test")
    partner.goto("/marketplace/")
    partner.get_by_role("link", name=TITLE).click()
    expect(partner.locator("main")).to_contain_text("Verified")
    partner.get_by_role("link", name="Install from Marketplace").click()
    # Nothing is written while an answer is missing.
    partner.get_by_role("button", name="Check and install").click()
    expect(partner.get_by_role("alert")).to_contain_text("Environment")
    partner.get_by_label("Environment").select_option("staging")
    partner.get_by_role("spinbutton", name="Days without use").fill("91")
    partner.get_by_role("button", name="Check and install").click()
    expect(partner.get_by_text("tidy-accounts is installed.")).to_be_visible()
    assert "91" in run_installation(partner)

    # A version that breaks: its number says so, and nobody is taken over it.
    freeze(author, "/catalog/acme/tidy-accounts/edit/", SECOND)
    request_publish(author)
    submission = author.url
    decide(place, "2.0.0")
    author.goto(submission)
    expect(author.locator("main")).to_contain_text("Published")
    partner.goto("/installations/tidy-accounts/")
    expect(partner.locator("main")).to_contain_text("acme/tidy-accounts 1.0.0")
    expect(partner.locator("main")).to_contain_text("2.0.0")
    partner.goto("/installations/tidy-accounts/upgrade/")
    expect(partner.locator("main")).to_contain_text("Breaking")
    expect(partner.locator("main")).to_contain_text("Asks for weeks in place of days.")
    partner.get_by_role("button", name="Upgrade to 2.0.0").click()
    partner.wait_for_url(re.compile("/installations/tidy-accounts/$"))
    assert "2.0.0" in run_installation(partner)

    # And back, in one action.
    partner.goto("/installations/tidy-accounts/")
    partner.get_by_text("Roll back to 1.0.0").first.click()
    partner.get_by_role("button", name="Roll back to 1.0.0").click()
    expect(partner.locator("main")).to_contain_text("acme/tidy-accounts 1.0.0")
    ran = run_installation(partner)
    assert "1.0.0" in ran
    assert "91" in ran
