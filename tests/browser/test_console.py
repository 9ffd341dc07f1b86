"""The console in a browser, as each of the platform's people: whole pages, and nothing complains."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Place, Watched
from tests.browser.reading import say_what_for
from tests.pages.axe import violations

pytestmark = pytest.mark.timeout(400)

STAFF = {"docs-reviewer": (1280, 360), "approver": (360,), "publisher": (1280,)}
"""One of each kind, and at which widths: other reviewers have the same page, with another
checklist."""
QUEUES = (
    "/admin/",
    *(
        f"/admin/marketplace/submission/?queue={queue}"
        for queue in ("security", "performance", "docs", "approve")
    ),
    "/admin/marketplace/submission/",
    "/admin/marketplace/release/?queue=certify",
    "/admin/marketplace/release/",
    "/admin/marketplace/review/",
    "/admin/catalog/workflowtemplate/",
)
UNFOLDS = re.compile("^(landmark-one-main|landmark-unique|region):|searchbar-submit")
"""What the library that draws the console's frame leaves to be wished for."""


PROOFS = ("decision", "receipt", "evidencebundle", "auditlink")
TRAIL = ("/settings/audit/?verify", "/settings/access/")


def look(watched: Watched, path: str, widths: tuple[int, ...]) -> list[str]:
    """What is wrong with a page at these widths."""
    tab, found = watched.tab, []
    watched.complaints.clear()
    for width in widths:
        tab.set_viewport_size({"width": width, "height": 900})
        answer = tab.goto(path)
        if answer is None or answer.status != 200:
            return [f"{path}: answers {answer and answer.status}"]
        wide = tab.evaluate("document.documentElement.scrollWidth")
        found += [f"{wide} px wide at {width}"] if wide > width else []
        found += [f"{width} {each}" for each in violations(tab) if not UNFOLDS.search(each)]
    return [f"{path}: {each}" for each in found + watched.complaints]


def first_row(tab: Page) -> list[str]:
    """Where the first row of a list leads."""
    links = tab.locator("tbody a[href*='/change/']")
    return [links.first.get_attribute("href") or ""] if links.count() else []


@pytest.mark.parametrize("role", STAFF)
def test_what_waits_and_its_pages_are_whole_for(role: str, place: Place) -> None:
    context = place.people(role, "platform", reduced_motion="reduce")
    watched = Watched(context.new_page(), place.home)
    wrong, rows = [], []
    for path in QUEUES:
        wrong += look(watched, path, STAFF[role])
        rows += first_row(watched.tab)
    pages = {re.sub(r"\?.*", "", path): path for path in rows}
    for path in pages.values():
        wrong += look(watched, path, STAFF[role])
    context.close()
    assert wrong == []
    kinds = {path.split("/")[3] for path in pages}
    assert kinds == {"submission", "release", "review", "workflowtemplate"}


def test_everything_in_the_menu_is_whole_for_a_platform_admin(place: Place) -> None:
    context = place.people("platform-admin", "platform", reduced_motion="reduce")
    watched = Watched(context.new_page(), place.home)
    watched.tab.goto("/admin/")
    menu = watched.tab.locator("#nav-sidebar a[href^='/admin/']").evaluate_all(
        "links => links.map(link => link.pathname + link.search)"
    )
    wrong = [fault for path in dict.fromkeys(menu) for fault in look(watched, path, (360,))]
    context.close()
    assert wrong == []
    assert len(menu) > 50


def test_who_did_what_and_what_proves_it_are_whole_for_an_auditor(place: Place) -> None:
    context = place.people("auditor", "platform", reduced_motion="reduce")
    watched = Watched(context.new_page(), place.home)
    say_what_for(watched.tab, place.home)
    wrong = [fault for path in TRAIL for fault in look(watched, path, (1280, 360))]
    for model in PROOFS:
        wrong += look(watched, f"/admin/governance/{model}/", (360,))
        own = watched.tab.locator(f"tbody a[href*='/governance/{model}/']")
        wrong += look(watched, own.first.get_attribute("href") or "", (360,))
        if model != "decision":
            expect(watched.tab.get_by_text("Verified", exact=True)).to_be_visible()
    context.close()
    assert wrong == []
