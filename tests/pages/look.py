"""`python -m tests.pages.look DIR [PAGE …]`: the sample pages as HTML and as photographs.

Each at 1280 and 360 pixels, light and dark, in the system's Chromium. Says when a page is too wide.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maestro.settings.lint")
django.setup()

from django.conf import settings  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from maestro.gallery.states import STATES  # noqa: E402
from tests.pages.conftest import QUIET  # noqa: E402
from tests.pages.drawing import draw  # noqa: E402
from tests.services_report import find  # noqa: E402

STATIC = Path(__file__).resolve().parent.parent.parent / "static"


settings.POLICY_FOLLOWED = (
    False  # there is no database to follow, and Playwright's loop refuses one
)


def photograph(folder: Path, names: list[str]) -> None:
    """Writes the pages and their pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find("chromium"), args=QUIET)
        for name in names:
            for theme in ("light", "dark"):
                page = folder / f"{name}-{theme}.html"
                page.write_text(draw(name, theme).replace('"/static/', f'"{STATIC.as_uri()}/'))
                for width in (1280, 360):
                    tab = browser.new_page(viewport={"width": width, "height": 900})
                    tab.goto(page.as_uri())
                    tab.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=True)
                    wide = tab.evaluate("document.documentElement.scrollWidth")
                    if wide > width:
                        sys.stderr.write(f"{name} at {width} is {wide} wide\n")
                    tab.close()
        browser.close()


if __name__ == "__main__":
    photograph(Path(sys.argv[1]), sys.argv[2:] or list(STATES))
