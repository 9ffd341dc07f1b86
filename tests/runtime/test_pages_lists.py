"""The lists of executions and of approvals as pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maestro.kernel.actor import Actor, Channel
from maestro.kernel.clock import now
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.pages.timeline import Happened, timeline
from maestro.runtime.services import find_executions
from maestro.tenancy.models import Tenant
from tests.factories import actor_of, make_member
from tests.runtime.driving import ALIASES, freeze, run, start
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

SIMPLE = "- {id: one, task: core.set@1, with: {values: {n: 1}}}"
ASKING = "- {id: ask, task: core.approval@1, with: {count: 1, teams: [Ops], message: May it?}}"


def shown(client: Client, **query: str) -> list[str]:
    """The ids in the list, in order."""
    text = client.get(reverse("runtime:list"), query).content.decode()
    return re.findall(r'<a href="/executions/([0-9a-f-]{36})/"', text)


def test_executions_are_listed_newest_first_with_what_they_wait_for(
    author: Actor, browser: Client
) -> None:
    freeze(author, SIMPLE)
    freeze(author, ASKING, name="asking")
    done, waiting, queued = run(author), run(author, "asking"), start(author)
    text = browser.get(reverse("runtime:list")).content.decode()
    assert shown(browser) == [str(queued.pk), str(waiting.pk), str(done.pk)]
    assert re.findall(r"(Queued|Waiting|Succeeded)</span>", text) == [
        "Queued",
        "Waiting",
        "Succeeded",
    ]


def test_the_filters_are_in_the_address_and_can_be_taken_away(
    acme: Tenant, author: Actor, browser: Client
) -> None:
    freeze(author, SIMPLE)
    freeze(author, SIMPLE, name="other")
    done, other, queued = run(author), run(author, "other"), start(author)
    assert shown(browser, status="succeeded") == [str(other.pk), str(done.pk)]
    assert shown(browser, workflow="acme/tried") == [str(queued.pk), str(done.pk)]
    assert shown(browser, status="succeeded", workflow="acme/other") == [str(other.pk)]
    assert shown(browser, mine="1") == []
    query = {"status": "failed", "workflow": "acme/tried"}
    text = browser.get(reverse("runtime:list"), query).content.decode()
    assert "No execution matches these filters" in text
    assert 'href="?workflow=acme%2Ftried"' in text


def test_one_s_own_are_found(acme: Tenant, author: Actor, client: Client) -> None:
    user = make_member(acme, "operator")
    client.force_login(user)
    freeze(author, SIMPLE)
    start(author)
    mine = start(actor_of(acme, "operator", user=user))
    assert shown(client, mine="1") == [str(mine.pk)]


def test_pages_go_on_where_the_last_one_ended_though_new_ones_come(
    author: Actor, browser: Client
) -> None:
    freeze(author, SIMPLE)
    old = [str(start(author).pk) for _ in range(30)][::-1]
    text = browser.get(reverse("runtime:list"), {"status": "queued"}).content.decode()
    (following,) = re.findall(r'href="(\?[^"]*cursor=[^"]*)" rel="next"', text)
    start(author)
    page = browser.get(reverse("runtime:list") + following.replace("&amp;", "&")).content.decode()
    assert shown(browser)[1:] == old[:24]
    assert re.findall(r'<a href="/executions/([0-9a-f-]{36})/"', page) == old[25:]


@pytest.mark.parametrize("query", ["cursor=x", "status=x", "workflow=%00", "mine=x"])
def test_nonsense_in_the_address_is_left_out(author: Actor, browser: Client, query: str) -> None:
    freeze(author, SIMPLE)
    start(author)
    assert browser.get(f"{reverse('runtime:list')}?{query}").status_code == 200


def test_a_tenant_sees_its_own_alone(
    acme: Tenant, globex: Tenant, author: Actor, client: Client
) -> None:
    freeze(author, ASKING)
    run(author)
    client.force_login(make_member(globex, "admin"))
    assert shown(client) == []
    assert "Nothing waits" in client.get(reverse("runtime:approvals")).content.decode()


def test_the_page_of_a_workflow_asks_for_its_latest_runs(author: Actor, browser: Client) -> None:
    freeze(author, SIMPLE)
    execution = run(author)
    text = browser.get(reverse("runtime:latest"), {"workflow": "acme/tried"}).content.decode()
    assert str(execution.pk) in text
    assert "<html" not in text
    none = browser.get(reverse("runtime:latest"), {"workflow": "acme/none"}).content.decode()
    assert "Nobody in your tenant has run it yet" in none


def test_approvals_say_which_of_them_wait_for_the_one_who_looks(
    acme: Tenant, author: Actor, client: Client
) -> None:
    freeze(author, ASKING)
    execution = run(author)
    client.force_login(make_member(acme, "operator", teams=["Ops"]))
    text = client.get(reverse("runtime:approvals")).content.decode()
    assert "May it?" in text
    assert f'href="/executions/{execution.pk}/#approval-' in text
    assert "Waits for you" in text
    client.force_login(make_member(acme, "operator", teams=["Others"]))
    text = client.get(reverse("runtime:approvals")).content.decode()
    assert "Waits for others" in text
    assert "Only the teams that are named may decide" in text


def test_what_was_decided_is_listed_below(acme: Tenant, author: Actor, client: Client) -> None:
    freeze(author, ASKING)
    execution = run(author)
    user = make_member(acme, "operator", teams=["Ops"])
    client.force_login(user)
    text = client.get(reverse("runtime:approvals")).content.decode()
    (request,) = re.findall(r"#approval-([0-9a-f-]{36})", text)
    url = reverse("runtime:decide", args=[execution.pk, request])
    client.post(url, {"decision": "reject", "rationale": "Not now."})
    text = client.get(reverse("runtime:approvals")).content.decode()
    assert "Nothing waits for a decision" in text
    assert "Decided lately" in text
    assert "Rejected" in text
    assert user.name in text


def test_lists_cost_no_more_for_more_rows(author: Actor, browser: Client) -> None:
    freeze(author, ASKING)
    for _ in range(4):
        run(author)
    with statements_at_most(4):  # saved views, the workflows, the page, the menu's count
        browser.get(reverse("runtime:list"))
    with statements_at_most(5):  # what waits and what was decided, the decisions, steps, the menu's
        browser.get(reverse("runtime:approvals"))


def test_workflows_that_ran_lately_are_suggested_once_each_by_their_last_title(
    author: Actor, browser: Client
) -> None:
    freeze(author, SIMPLE)
    for title in ("What it was called", "What it is called"):
        execution = run(author)
        with tenant_scope(execution.tenant_id):
            Execution.objects.filter(pk=execution.pk).update(title=title)
    text = browser.get(reverse("runtime:list")).content.decode()
    suggested = re.findall(r'<option value="([^"]*)" label="([^"]*)">', text)
    assert suggested == [(execution.workflow, "What it is called")]


def test_an_execution_that_was_started_long_ago_is_said_to_be(
    author: Actor, browser: Client
) -> None:
    freeze(author, SIMPLE)
    execution = run(author)
    with tenant_scope(execution.tenant_id):
        Execution.objects.filter(pk=execution.pk).update(started_at=now() - timedelta(hours=3))
    assert "3 h ago" in browser.get(reverse("runtime:list")).content.decode()


def test_attempts_are_told_from_what_happened_between_them() -> None:
    begin = now()

    def at(seconds: float) -> object:
        return begin + timedelta(seconds=seconds)

    events = [
        Happened("retrying", at(1), {"after": 2.0, "error": {"code": "unavailable"}}),  # type: ignore[arg-type]
        Happened("taken_over", at(4), {}),  # type: ignore[arg-type]
        Happened("retrying", at(5), {"after": 1.0, "error": {"code": "timed_out"}}),  # type: ignore[arg-type]
    ]
    told = timeline(status="failed", started=begin, finished=at(9), code="gone", events=events)  # type: ignore[arg-type]
    assert [(one.number, one.seconds, one.code) for one in told.attempts] == [
        (1, 1.0, "unavailable"),
        (2, 2.0, "timed_out"),
        (3, 3.0, "gone"),
    ]
    assert told.attempts[1].text == "Its worker went silent; another one took over. Waited 1.0 s."
    assert [(span.started, span.finished) for span in told.waited] == [
        (at(1), at(3)),
        (at(5), at(6)),
    ]
    waiting = timeline(status="waiting", started=begin, finished=None, code="", events=events[:1])
    assert [span.finished for span in waiting.waited] == [None]
    assert len(waiting.attempts) == 1


def test_who_what_for_how_and_how_risky_are_asked_in_the_address(
    acme: Tenant, author: Actor, browser: Client
) -> None:
    freeze(author, SIMPLE)
    freeze(author, SIMPLE, name="risky", risk="medium")
    other = actor_of(acme, "operator", channel=Channel.PAGE, purpose="finops.review")
    plain, risky = start(author), start(author, "risky")
    hers = start(other)
    assert shown(browser, risk="medium") == [str(risky.pk)]
    assert shown(browser, trigger="person") == [str(hers.pk)]
    assert shown(browser, purpose="finops.review") == [str(hers.pk)]
    assert shown(browser, person=author.name.upper()) == [str(risky.pk), str(plain.pk)]
    assert shown(browser, person=author.name, risk="low", workflow="acme/tried") == [str(plain.pk)]
    text = browser.get(reverse("runtime:list"), {"risk": "medium", "to": "2999-01-01"})
    assert 'href="?to=2999-01-01"' in text.content.decode()


def test_a_day_is_asked_for_in_the_viewer_s_zone(author: Actor, browser: Client) -> None:
    freeze(author, SIMPLE)
    today = timezone.localdate()
    made = str(start(author).pk)
    day = timedelta(days=1)
    assert shown(browser, **{"from": str(today - day), "to": str(today + day)}) == [made]
    assert shown(browser, **{"from": str(today + 2 * day)}) == []
    assert shown(browser, to=str(today - 2 * day)) == []


def linked(text: str, rel: str) -> str:
    found = re.search(rf'href="(\?[^"]*)" rel="{rel}"', text)
    return found[1].replace("&amp;", "&") if found else ""


def further(text: str) -> str:
    """Where the empty list says to look on."""
    found = re.search(r'href="(\?[^"]*)"[^>]*>Look further', text)
    assert found
    return found[1].replace("&amp;", "&")


def test_pages_go_forth_and_back(author: Actor, browser: Client) -> None:
    freeze(author, SIMPLE)
    made = [str(start(author).pk) for _ in range(55)][::-1]
    address = reverse("runtime:list")
    pages, rel, query = [], "next", "?status=queued"
    for rel in ("next", "next", "prev", "prev"):
        text = browser.get(address + query).content.decode()
        pages.append(re.findall(r'<a href="/executions/([0-9a-f-]{36})/"', text))
        query = linked(text, rel)
    text = browser.get(address + query).content.decode()
    assert pages == [made[:25], made[25:50], made[50:], made[25:50]]
    assert re.findall(r'<a href="/executions/([0-9a-f-]{36})/"', text) == made[:25]
    assert linked(text, "prev") == ""
    assert linked(text, "next")


@pytest.mark.parametrize("place", ["cursor", "after"])
def test_taking_a_filter_away_leads_to_the_first_page(browser: Client, place: str) -> None:
    query = {"status": "failed", "risk": "high", place: "019aa4b2-31c5-7c1e-9a44-4b1f4a8b2c6c"}
    text = browser.get(reverse("runtime:list"), query).content.decode()
    assert re.findall(r'href="([^"]*)"\s+aria-label="Remove', text) == [
        "?risk=high",
        "?status=failed",
    ]


def test_what_no_index_finds_is_looked_for_in_so_many_and_said(
    author: Actor, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(author, SIMPLE)
    freeze(author, SIMPLE, name="risky", risk="medium")
    first = str(start(author, "risky").pk)
    for _ in range(4):
        start(author)
    monkeypatch.setattr(find_executions, "LOOKED_AT", 3)
    monkeypatch.setattr(find_executions, "SCATTERED", 2)
    text = browser.get(reverse("runtime:list"), {"risk": "medium"}).content.decode()
    assert "Looked through 3 executions" in text
    of_one = {"risk": "medium", "status": "queued"}
    assert "Looked through 2 exec" in browser.get(reverse("runtime:list"), of_one).content.decode()
    assert first not in text
    text = browser.get(reverse("runtime:list") + further(text)).content.decode()
    assert first in text
