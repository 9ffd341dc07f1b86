"""axe-core in a tab: what it finds wrong with a page, in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

SOURCE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
LOOKS = ("color-contrast", "target-size")
"""The rules whose answer depends on the theme and the width."""

_RUN = """
async ([tags, rules]) => {
  const runOnly = rules.length ? {type: "rule", values: rules} : {type: "tag", values: tags};
  const found = await axe.run(document, {runOnly, resultTypes: ["violations"]});
  return found.violations.map(({id, help, nodes}) => ({
    id, help, nodes: nodes.slice(0, 5).map(({html, any}) => html.slice(0, 160) + " "
      + any.map(({message}) => message).join(" ").slice(0, 200)),
  }));
}
"""
OPEN = """
() => document.querySelectorAll("details:not(.step, .menu, .proof)").forEach(one => {
  one.open = true;
})
"""
"""Unfolds what is folded; steps would ask for their parts, and menus float over what is below."""


def violations(tab: Page, rules: Sequence[str] = ()) -> list[str]:
    """Each violation with its first places; only of `rules` where some are given."""
    if not tab.evaluate("() => 'axe' in window"):
        tab.evaluate(SOURCE)
    found: list[dict[str, Any]] = tab.evaluate(_RUN, [TAGS, rules])
    return [f"{one['id']}: {one['help']}: {'; '.join(one['nodes'])}" for one in found]


def violations_of_all_looks(tab: Page) -> list[str]:
    """Every rule once a width, light at 1280 px and dark at 360, and what depends on looks in the
    dark at 1280: what there is at 360 px only is a button of the head and has the head's colours."""
    found = []
    for width, theme, rules in (
        (1280, "light", ()),
        (1280, "dark", LOOKS),
        (360, "dark", ()),
    ):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found += [f"{width} {theme} {each}" for each in violations(tab, rules)]
    return found
