"""The selects of filters: what they offer, and what was chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from maestro.kernel.pages.picks import Option, names, picks
from tests.pages.browser import Element, parse, untouched

Draw = Callable[..., str]


def filters(page: Element) -> Element:
    (found,) = [each for each in page.all("form") if each.attrs.get("class") == "filters"]
    return found


def test_what_was_chosen_is_selected_and_nothing_else() -> None:
    offered = [("low", "Low"), ("high", "High")]
    assert picks(offered, "high") == (Option("low", "Low"), Option("high", "High", selected=True))
    assert picks(offered, "") == (Option("low", "Low"), Option("high", "High"))
    assert names(["1.0.0"], "1.0.0") == (Option("1.0.0", "1.0.0", selected=True),)


@pytest.mark.parametrize(
    ("state", "name", "chosen"),
    [
        ("executions-filtered", "risk", "high"),
        ("accesses", "resource_type", "secret"),
        ("accesses", "purpose", ""),
        ("audit", "verb", "secret.write"),
        ("installations", "status", ""),
    ],
)
def test_a_filter_offers_any_first_and_shows_what_was_chosen(
    state: str, name: str, chosen: str, drawn: Draw
) -> None:
    form = filters(parse(drawn(state)))
    (select,) = [each for each in form.all("select") if each.attrs["name"] == name]
    first, *others = select.all("option")
    assert (first.attrs["value"], first.words()) == ("", "Any")
    assert others
    assert untouched(form)[name] == [chosen]


def test_two_versions_to_compare_are_each_chosen(drawn: Draw) -> None:
    posted = untouched(parse(drawn("diff")))
    assert (posted["from"], posted["to"]) == (["1.0.0"], ["1.1.0"])
