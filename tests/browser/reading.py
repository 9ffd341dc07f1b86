"""What somebody reads for, said in a browser as the pages ask for it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.pages.conftest import LONG


def say_what_for(tab: Page, home: str, purpose: str = "practice") -> None:
    """Choose a purpose, which the session keeps; then the catalog is open."""
    tab.goto(f"{home}/purpose/", timeout=LONG)
    tab.locator(f"input[value='{purpose}']").check()
    tab.get_by_role("button", name="Go on").click()
    expect(tab.get_by_role("heading", name="Catalog")).to_be_visible()
