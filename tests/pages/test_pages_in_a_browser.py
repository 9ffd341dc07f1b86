"""What only a real browser shows: the policy, the width, the focus, what is live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, expect

from maestro.gallery.sample_execution import execution_running
from tests.pages.conftest import Site, opened

Draw = Callable[..., str]


def test_the_summary_of_errors_has_the_focus_and_leads_to_the_control(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    tab, _ = opened(browser, site, drawn("run-errors"))
    expect(tab.locator("#errors")).to_be_focused()
    tab.get_by_role("link", name="System 3").click()
    expect(tab.locator("[id='p-systems-2']")).to_be_focused()
    tab.close()


def test_escape_closes_a_menu_and_gives_the_focus_back(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    tab, _ = opened(browser, site, drawn("catalog"))
    menu = tab.locator("details.account")
    menu.locator("summary").click()
    menu.get_by_role("button", name="Sign out").focus()
    tab.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    tab.close()


def test_enter_in_a_field_runs_and_removes_nothing(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    tab, _ = opened(browser, site, drawn("run"))
    with tab.expect_request(lambda request: request.method == "POST") as sent:
        tab.locator("[id='p-systems-0']").press("Enter")
    posted = sent.value.post_data or ""
    assert "mode=run" in posted
    assert "drop=" not in posted
    tab.close()


def live(drawn: Draw, site: Site, etag: str, **changes: Any) -> str:
    """The answer to a poll, for a page that then shows `etag`."""
    return drawn("live", etag=etag, live_url=f"{site.address}/live", **changes)


def test_nothing_is_swapped_while_nothing_is_new(browser: Browser, site: Site, drawn: Draw) -> None:
    site.etag = '"12-300"'
    tab, _ = opened(browser, site, drawn("execution", live_url=f"{site.address}/live"))
    before = tab.locator("#live").element_handle()
    tab.wait_for_function(
        "() => performance.getEntriesByName(location.origin + '/live').length > 1"
    )
    assert set(site.polls) == {site.etag}
    assert before.evaluate("each => each.isConnected")
    tab.close()


def test_an_open_step_stays_open_and_its_line_keeps_the_focus(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    site.etag = '"12-300"'
    tab, complaints = opened(browser, site, drawn("execution", live_url=f"{site.address}/live"))
    line = tab.locator("#line-hand_over_files")
    line.click()
    steps = [step | {"note": "212 of 340 files"} for step in execution_running()["steps"]]
    site.answer = live(drawn, site, '"13-300"', steps=steps, done=6)
    site.etag = '"13-300"'
    expect(tab.locator("#progress")).to_contain_text("6 of 8")
    expect(line).to_contain_text("212 of 340 files")
    expect(line).to_be_focused()
    expect(tab.locator("#step-hand_over_files")).to_have_attribute("open", "")
    assert line.locator("svg.lane rect").count() == 1
    assert complaints == []
    tab.close()


def test_a_half_written_rationale_is_not_taken_away(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    site.etag = '"12-300"'
    tab, _ = opened(browser, site, drawn("execution", live_url=f"{site.address}/live"))
    why = tab.locator("#why-7")
    why.fill("The manager said")
    site.answer = live(drawn, site, '"13-300"', approvals=[], done=6)
    site.etag = '"13-300"'
    expect(tab.locator("#progress")).to_contain_text("6 of 8")
    expect(why).to_have_value("The manager said")
    expect(why).to_be_focused()
    why.fill("")
    why.blur()
    expect(tab.locator("#approvals section")).to_have_count(0)
    tab.close()


def test_an_execution_that_ended_is_asked_about_no_more(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    tab, _ = opened(browser, site, drawn("execution", live_url=f"{site.address}/live"))
    ended = execution_running()["execution"] | {"is_live": False, "status": "succeeded"}
    site.answer = live(drawn, site, '"14-300"', execution=ended)
    expect(tab.locator("#state")).to_contain_text("Succeeded")
    assert tab.locator("#live").get_attribute("data-hx-get") is None
    tab.close()


def test_how_long_it_takes_counts_up(browser: Browser, site: Site, drawn: Draw) -> None:
    site.etag = '"12-300"'
    tab, _ = opened(browser, site, drawn("execution", live_url=f"{site.address}/live"))
    elapsed = tab.locator("#elapsed [data-since]")
    first = elapsed.inner_text()
    expect(elapsed).not_to_have_text(first)
    bar = tab.locator("#line-hand_over_files rect[data-grows]")
    assert float(bar.get_attribute("width") or 0) > 500
    tab.close()


def test_a_page_without_scripts_shows_what_failed(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    site.pages["/"] = drawn("execution-failed")
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(site.address)
    expect(tab.get_by_role("button", name="Re-run from revoke_cloud")).to_be_visible()
    context.close()


def test_a_part_that_cannot_be_read_says_so_and_is_asked_for_again(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    tab, _ = opened(browser, site, drawn("detail", runs_part_url=f"{site.address}/runs"))
    tab.locator("#runs").scroll_into_view_if_needed()
    note = tab.get_by_role("alert")
    expect(note).to_contain_text("This part could not be read")
    expect(tab.get_by_role("heading", name="Versions")).to_be_visible()
    site.pages["/runs"] = "<p>Three runs</p>"
    again = note.get_by_role("button", name="Try again")
    again.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#runs")).to_contain_text("Three runs")
    expect(note).to_have_count(0)
    assert tab.evaluate("document.activeElement !== document.body")
    tab.close()


def test_a_part_that_takes_long_is_busy_and_holds_its_place(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.route("**/runs", lambda route: None)  # which is never answered
    site.pages["/"] = drawn("detail", runs_part_url=f"{site.address}/runs")
    tab.goto(site.address)
    loading = tab.locator("#runs .loading")
    expect(loading).to_be_hidden()
    tab.locator("#runs").scroll_into_view_if_needed()
    expect(loading).to_be_visible()
    expect(tab.locator("#runs [aria-busy=true]")).to_have_count(1)
    expect(tab.get_by_role("link", name="See what was run")).to_be_hidden()
    tab.close()


def test_a_live_page_that_gets_no_answer_says_so_until_it_gets_one(
    browser: Browser, site: Site, drawn: Draw
) -> None:
    tab, _ = opened(browser, site, drawn("execution", live_url=f"{site.address}/gone"))
    note = tab.get_by_role("alert").filter(has_text="not up to date")
    expect(note).to_have_count(1)
    site.pages["/gone"] = drawn("live", live_url=f"{site.address}/gone")
    expect(note).to_have_count(0)
    tab.close()
