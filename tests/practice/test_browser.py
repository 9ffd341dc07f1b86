"""The practice world's pages in a real browser."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from tests.practice.conftest import Practice
from tests.services_report import real_service


def test_a_person_switches_the_maintenance_off_on_a_small_screen(practice: Practice) -> None:
    chromium = real_service("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 740})
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(practice.url)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.get_by_role("button", name="Switch it off").click()
        page.get_by_text("Maintenance is off").wait_for()
        assert practice.get("/maintenance").status_code == 200
        assert refused == []
        browser.close()
