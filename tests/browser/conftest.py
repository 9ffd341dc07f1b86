"""`make run` once for all tests here, with something in it, and people signed in by their form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from maestro.tenancy.demo import DEMO_PASSWORD
from tests.browser.reading import say_what_for
from tests.embedded.test_make_run import MakeRun
from tests.embedded.test_supervisor import free_ports
from tests.pages.conftest import LONG, QUIET
from tests.services_report import real_service

HERE = Path(__file__).resolve().parent
ROLES = ("viewer", "operator", "author", "admin")
_TELL = """
document.addEventListener("securitypolicyviolation", event =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Watched:
    """A tab, what the browser complained of in it, and what it asked of others."""

    tab: Page
    home: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tab.add_init_script(_TELL)
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on(
            "console",
            lambda said: (
                self.complaints.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )
        self.tab.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"asked {request.url}")


@dataclass
class Place:
    """The product, running: its address, a browser, and who has signed in so far."""

    home: str
    browser: Browser
    signed_in: dict[str, Any]

    def people(self, role: str, tenant: str = "acme", **options: Any) -> BrowserContext:
        """A context in which a tenant's person of that role is signed in; or one of `platform`'s."""
        email = f"{role}@{tenant}.test"
        if email not in self.signed_in:
            context = self.browser.new_context()
            tab = context.new_page()
            tab.goto(f"{self.home}/sign-in/", timeout=LONG)
            tab.get_by_label("Email address").fill(email)
            tab.get_by_label("Password").fill(DEMO_PASSWORD)
            tab.get_by_role("button", name="Sign in").click()
            expect(tab.get_by_role("heading", name="Catalog")).to_be_visible()
            if tenant != "platform":  # its people read in the console, which asks them itself
                say_what_for(tab, self.home)
            self.signed_in[email] = context.storage_state()
            context.close()
        made = self.browser.new_context(
            storage_state=self.signed_in[email], base_url=self.home, **options
        )
        made.set_default_timeout(LONG)
        return made


@dataclass
class Running:
    """`make run`, ready, and who has signed in so far."""

    product: MakeRun
    signed_in: dict[str, Any] = field(default_factory=dict)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All here on one worker, or each would have a `make run`. This hook is given every test."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One `make run` for every test that asks."""
    folder = tmp_path_factory.mktemp("browser") / "home"
    product = MakeRun(folder, free_ports(3))
    try:
        product.ready()
        yield Running(product)
    finally:
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get("MAESTRO_HOME") == str(folder):
                    process.kill()


@pytest.fixture(scope="module")
def place(running: Running) -> Iterator[Place]:
    """The product and a browser. It closes with the module: while it is open there is an event loop
    in this thread, in which Django would refuse to ask a database."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=real_service("chromium"), args=QUIET)
        yield Place(f"http://localhost:{running.product.port}", browser, running.signed_in)
        browser.close()


@pytest.fixture(scope="module")
def values(place: Place) -> dict[str, str]:
    """What the addresses' arguments are, after a few things were done: runs, a token."""
    context = place.people("operator")
    tab = context.new_page()
    failed = run_workflow(tab, "sync-licences", "finops.review")
    expect(tab.locator("#state")).to_contain_text("Failed")
    asking = run_workflow(tab, "offboard-employee", "hr.offboarding")
    expect(tab.locator("#approvals")).to_contain_text("0 of 2 given")
    context.close()

    context = place.people("author")
    tab = context.new_page()
    tab.goto(asking)
    decide = tab.locator("#approvals form").first.get_attribute("action") or ""
    context.close()

    context = place.people("admin")
    tab = context.new_page()
    tab.goto("/settings/members/")
    member = (
        tab.locator("main a[href^='/settings/members/'][href$='/remove/']").first.get_attribute(
            "href"
        )
        or ""
    )
    token = make_token(tab, "walked")
    tab.goto("/catalog/acme/sync-licences/")
    receipt = tab.locator("#receipts a").first.get_attribute("href") or ""
    group = make_group(tab, "walked")
    tab.goto("/submissions/")
    submission = tab.locator("main a[href^='/submissions/0']").first.get_attribute("href") or ""
    context.close()
    return {
        "publisher": "acme",
        "slug": "collect-access-evidence",
        "installation_name": "welcome",
        "execution_id": _last_id(failed),
        "step_id": "ask_vendor",
        "request_id": _last_id(decide),
        "waiting_id": _last_id(asking),
        "token_id": token,
        "receipt_id": _last_id(receipt),
        "group_id": group,
        "membership_id": _last_id(member),
        "name": "directory_admin",
        "number": "5.0.2",
        "submission_id": _last_id(submission),
        "tenant_slug": "acme",
    }


def run_workflow(tab: Page, slug: str, purpose: str) -> str:
    """Start acme's workflow from its form as it comes; the address of the execution."""
    tab.goto(f"/executions/new/acme/{slug}/")
    tab.get_by_label("Purpose").select_option(purpose)
    why = tab.get_by_label("Why", exact=True)
    if why.count():
        why.fill("CHG-4711, agreed with the team.")
    tab.locator(".submit").get_by_role("button", name="Run workflow").click()
    tab.wait_for_url(re.compile(r"/executions/[0-9a-f-]{36}/"))
    return tab.url


def make_token(tab: Page, name: str) -> str:
    """Make a token on its page; its id, which the link that revokes it has."""
    tab.goto("/settings/tokens/")
    tab.get_by_label("Name").fill(name)
    tab.get_by_label("All that I may do here").check()
    tab.get_by_label("Purpose", exact=True).select_option("platform.operations")
    tab.get_by_role("button", name="Make token").click()
    expect(tab.get_by_label("Token", exact=True)).to_have_value(re.compile("^mst_"))
    tab.goto("/settings/tokens/")
    revoke = tab.get_by_role("link", name=f"Revoke {name}").first.get_attribute("href") or ""
    return _last_id(revoke)


def make_group(tab: Page, name: str) -> str:
    """Make a group of partners by its form; its id."""
    tab.goto("/partner-groups/new/")
    tab.get_by_label("Name").fill(name)
    tab.get_by_label("Partners").fill("globex")
    tab.get_by_role("button", name="Make group").click()
    link = tab.get_by_role("main").get_by_role("link", name=name, exact=True)
    return _last_id(link.get_attribute("href") or "")


def _last_id(address: str) -> str:
    return re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", address)[-1]
