"""Every page, as everybody: nothing from elsewhere, no complaint, no overflow, no broken rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from playwright.sync_api import APIResponse, BrowserContext, expect

from maestro.kernel.headers import PERMISSIONS_POLICY
from tests.addresses import addresses
from tests.browser.conftest import ROLES, Place, Watched
from tests.pages.axe import violations
from tests.pages.conftest import LONG

pytestmark = pytest.mark.timeout(400)

EXOTIC = {"preset_id", "view_id"}
"""Arguments of which nothing is there to be walked; their pages are tested by themselves."""
HIDDEN = {
    "policy_bundle", "runtime:output", "runtime:rerun", "tenancy:token_revoke",
}  # fmt: skip
"""What may not be there, or not for everybody, or not without a token: 404 is an answer too."""
MORE = (
    "/catalog/?q=nothing+is+called+this",
    "/catalog/acme/offboard-employee/",
    "/executions/?status=failed",
    "/executions/?status=cancelled",
    "/executions/new/acme/offboard-employee/",
    "/executions/{waiting_id}/",
    "/executions/{execution_id}/rerun/?step=ask_vendor",
    "/settings/audit/?of=receipts",
)
"""Pages in another state than the one that an address alone leads to."""
WIDTHS = (1280, 360)
LINKS = """
() => [...document.querySelectorAll("a[href]")]
  .filter(a => a.origin === location.origin && !a.pathname.startsWith("/admin/"))
  .map(a => a.pathname + a.search)
"""
LOST = """
() => [...document.querySelectorAll("a[href^='#']")]
  .map(a => a.getAttribute("href").slice(1))
  .filter(id => id && !document.getElementById(id))
"""
"""Where a page leads within the product, and to which of its own places that are not there."""


INSTALLING = (
    "/marketplace/",
    "/marketplace/?q=nothing+is+called+this",
    "/marketplace/acme/welcome-newcomer/",
    "/marketplace/acme/welcome-newcomer/1.1.0/",
    "/marketplace/acme/investigate-cost-anomaly/",
    "/marketplace/acme/investigate-cost-anomaly/install/",
    "/marketplace/acme/welcome-newcomer/install/?version=1.1.0",
    "/installations/",
    "/installations/?status=stopped",
    "/installations/welcome/",
    "/installations/welcome/configure/",
    "/installations/welcome/run/",
    "/installations/welcome/upgrade/",
    "/submissions/",
)
"""The pages of a tenant that installs, not publishes."""


def walked(values: dict[str, str]) -> Iterator[tuple[str, set[int]]]:
    """Each path, and the answers it may give besides 200."""
    usual = {204, 302, 304, 403, 405}
    for each in addresses():
        if EXOTIC.intersection(each.arguments):
            continue
        # What acme's people are asked about has a name that only globex gave something.
        hidden = each.name in HIDDEN or "installation_name" in each.arguments
        yield each.path(values), usual | ({404} if hidden else set())
    for path in MORE:
        yield path.format_map(values), {403}


def test_every_argument_of_an_address_has_a_value_or_is_known_to_have_none(
    values: dict[str, str],
) -> None:
    used = {argument for each in addresses() for argument in each.arguments}
    assert used - set(values) - EXOTIC == set()


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_whole_for(role: str, place: Place, values: dict[str, str]) -> None:
    context = place.people(role, reduced_motion="reduce")
    wrong, pages = walk(context, place.home, role, walked(values))
    context.close()
    assert wrong == []
    assert len(pages) >= 28
    assert f"/submissions/{values['submission_id']}/" in pages


@pytest.mark.parametrize("role", ["viewer", "operator", "admin", "installer"])
def test_every_page_of_what_is_installed_is_whole_for(role: str, place: Place) -> None:
    context = place.people(role, "globex", reduced_motion="reduce")
    wrong, pages = walk(context, place.home, role, ((path, {403}) for path in INSTALLING))
    context.close()
    assert wrong == []
    assert pages == set(INSTALLING)


def walk(
    context: BrowserContext, home: str, role: str, paths: Iterable[tuple[str, set[int]]]
) -> tuple[list[str], set[str]]:
    """What is wrong with each page, and with what they lead to; and which were whole pages.

    By the rules of accessibility as an admin sees it, who sees most; the gallery has the rest.
    """
    watched = Watched(context.new_page(), home)
    tab, wrong, pages = watched.tab, [], set()
    links: dict[str, str] = {}
    for path, others in paths:
        answer = context.request.get(path, max_redirects=0, timeout=LONG)
        wrong += [f"{path}: {each}" for each in faults_of(answer, others)]
        if answer.status != 200 or "<main" not in answer.text():
            continue
        pages.add(path)
        watched.complaints.clear()
        tab.set_viewport_size({"width": 1280, "height": 900})
        tab.goto(path)
        found = violations(tab) if role == "admin" else []
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 900})
            wide = tab.evaluate("document.documentElement.scrollWidth")
            found += [f"{wide} px wide at {width}"] if wide > width else []
        found += [f"#{each} is nowhere on it" for each in tab.evaluate(LOST)]
        for link in tab.evaluate(LINKS):
            links.setdefault(link, path)
        wrong += [f"{path}: {each}" for each in found + watched.complaints]
    for link, path in links.items():
        if link not in pages:
            answer = context.request.get(link, max_redirects=0, timeout=LONG)
            if answer.status not in {200, 302, 403}:
                wrong.append(f"{path} leads to {link}, which answers {answer.status}")
    return wrong, pages


def faults_of(answer: APIResponse, others: set[int]) -> Iterator[str]:
    """What an answer must never be: an error of ours, a refusal without a reason, a lax policy."""
    if answer.status not in {200} | others:
        yield f"answers {answer.status}"
    if answer.status == 403 and "<code>role_missing</code>" not in answer.text():
        yield "refuses without a reason"
    policy = answer.headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        yield f"has the policy “{policy}”"
    for name, value in HEADERS.items():
        if answer.headers.get(name) != value:
            yield f"{name} is {answer.headers.get(name)}"


HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": PERMISSIONS_POLICY,
}


def test_what_a_viewer_may_not_do_is_shown_with_the_reason(place: Place) -> None:
    context = place.people("viewer")
    tab = context.new_page()
    tab.goto("/catalog/acme/sync-licences/")
    button = tab.locator("main .btn", has_text="Run workflow").first
    assert button.get_attribute("aria-disabled") == "true"
    expect(tab.locator(".head")).to_contain_text("This needs the role operator here.")
    tab.goto("/executions/new/acme/sync-licences/")
    expect(tab.locator("#preview")).to_contain_text("role_missing")
    tab.goto("/settings/audit/")
    expect(tab.locator("main")).to_contain_text("role_missing")
    expect(tab.locator("main")).to_contain_text("Ask an admin of Acme")
    context.close()
