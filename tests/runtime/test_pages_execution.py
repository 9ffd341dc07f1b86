"""An execution's page: what it shows, what of it is live, and what one can do there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import Tenant
from tests.factories import actor_of, make_member
from tests.runtime.driving import ALIASES, freeze, look, run, start, statuses
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

# The execution with its caller, its steps, those in detail, their events, its receipts; and for
# approvals the requests and their decisions, for items their counts and those in trouble. And the menu's count.
MOST_STATEMENTS = 10
HTMX = {"HX-Request": "true"}

STRAIGHT = """
- {id: first, task: core.set@1, with: {values: {n: 1}}}
- {id: second, task: core.set@1, needs: [first], with: {values: {n: 2}}}
"""
FAILING = """
- {id: first, task: core.set@1, with: {values: {n: 1}}}
- {id: breaks, task: core.fail@1, needs: [first], with: {message: The vendor is away}}
- {id: after, task: core.set@1, needs: [breaks], with: {values: {n: 2}}}
"""
ASKING = """
- {id: ask, task: core.approval@1, with: {count: 2, teams: [Ops], message: May it go on?}}
- {id: after, task: core.set@1, needs: [ask], with: {values: {n: 2}}}
"""
MANY = """
- id: each
  task: core.fail@1
  for_each: ["a", "b", "c"]
  with: {message: "No ${{ item }}"}
"""


def page(client: Client, execution: Execution, **query: str) -> str:
    return client.get(reverse("runtime:execution", args=[execution.pk]), query).content.decode()


def act(client: Client, execution: Execution, **asked: str) -> Any:
    return client.post(reverse("runtime:act", args=[execution.pk]), asked)


def followed(client: Client, execution: Execution) -> tuple[str, str]:
    """The address and the ETag with which the page asks whether anything is new."""
    text = page(client, execution)
    (url,) = re.findall(r'data-hx-get="([^"]+/live/[^"]+)"', text)
    (etag,) = re.findall(r"If-None-Match&quot;: &quot;(.*?)&quot;}", text)
    return url.replace("&amp;", "&"), etag.replace("\\&quot;", '"').replace("\\", "")


@pytest.fixture
def operator(acme: Tenant) -> Actor:
    return actor_of(acme, "operator")


def test_a_finished_execution_shows_its_steps_outputs_and_polls_no_more(
    author: Actor, browser: Client
) -> None:
    freeze(author, STRAIGHT, rest="outputs: {sum: '${{ steps.second.output.n }}'}")
    text = page(browser, run(author))
    assert "2 of 2 done." in text
    assert 'id="step-second"' in text
    assert "/live/" not in text
    assert re.search(r"<dt>sum</dt>\s*<dd>\s*<code>2</code>", text)


def test_steps_that_have_not_begun_are_there_from_the_start(author: Actor, browser: Client) -> None:
    freeze(author, STRAIGHT)
    text = page(browser, start(author))
    assert "0 of 2 done." in text
    assert text.count('class="step"') == 2
    assert "/live/" in text


def test_nothing_new_is_answered_with_304_and_costs_one_read(
    author: Actor, browser: Client
) -> None:
    freeze(author, STRAIGHT)
    execution = start(author)
    url, etag = followed(browser, execution)
    with statements_at_most(1):
        response = browser.get(url, headers={**HTMX, "If-None-Match": etag})
    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == etag


def test_what_is_new_is_sent_and_nothing_else(author: Actor, browser: Client) -> None:
    freeze(author, ASKING)
    execution = start(author)
    url, etag = followed(browser, execution)
    drive(execution.pk)
    response = browser.get(url, headers={**HTMX, "If-None-Match": etag})
    text = response.content.decode()
    assert response.status_code == 200
    assert response["ETag"] != etag
    assert 'id="line-ask"' in text
    assert "May it go on?" in text
    assert "<html" not in text


def test_a_finished_execution_ends_the_polling(author: Actor, browser: Client) -> None:
    freeze(author, STRAIGHT)
    execution = start(author)
    url, etag = followed(browser, execution)
    drive(execution.pk)
    text = browser.get(url, headers={**HTMX, "If-None-Match": etag}).content.decode()
    assert "Succeeded" in text
    assert "data-hx-trigger" not in text


def test_a_failed_step_is_open_with_what_to_do_and_is_run_again_from_there(
    author: Actor, browser: Client
) -> None:
    freeze(author, FAILING)
    execution = run(author)
    text = page(browser, execution)
    assert re.search(r'id="step-breaks"\s+open', text)
    assert "The vendor is away" in text
    assert "Re-run from breaks" in text
    assert "1 step failed" in text
    assert "breaks did not succeed" in text  # said of the step after it
    response = act(browser, execution, action="rerun", step="breaks")
    again = Execution.objects.none()
    with tenant_scope(execution.tenant_id):
        again = Execution.objects.get(rerun_of=execution)  # type: ignore[assignment]
    assert response["Location"] == reverse("runtime:execution", args=[again.pk])  # type: ignore[attr-defined]
    assert statuses(again)["first"] == "succeeded"  # type: ignore[arg-type]
    assert execution_again_says_so(browser, again)


def execution_again_says_so(browser: Client, again: Any) -> bool:
    return "again after" in page(browser, again)


def test_everything_is_run_again_or_only_what_did_not_succeed(
    author: Actor, browser: Client
) -> None:
    freeze(author, FAILING)
    execution = run(author)
    act(browser, execution, action="rerun")
    act(browser, execution, action="resume")
    with tenant_scope(execution.tenant_id):
        whole, rest = Execution.objects.filter(rerun_of=execution).order_by("id")
        assert whole.steps.count() == 0
        assert [row.step_id for row in rest.steps.all()] == ["first"]
        assert {whole.purpose, rest.purpose} == {execution.purpose}


def test_it_is_cancelled_for_the_purpose_that_it_has(author: Actor, browser: Client) -> None:
    freeze(author, ASKING)
    execution = run(author)
    assert act(browser, execution, action="cancel").status_code == 302
    drive(execution.pk)
    assert look(execution).status == "cancelled"
    assert (
        "already"
        in browser.post(
            reverse("runtime:act", args=[execution.pk]), {"action": "cancel"}, follow=True
        ).content.decode()
    )


def test_a_viewer_looks_and_can_t_touch(acme: Tenant, author: Actor, client: Client) -> None:
    freeze(author, ASKING)
    execution = run(author)
    client.force_login(make_member(acme, "viewer"))
    text = page(client, execution)
    assert "Cancel execution" not in text
    assert "This needs the role operator here" in text
    assert act(client, execution, action="cancel").status_code == 403
    assert look(execution).status == "running"


def test_people_approve_and_each_decision_is_news_to_who_looks(
    acme: Tenant, author: Actor, client: Client
) -> None:
    freeze(author, ASKING)
    execution = run(author)
    approvers = [make_member(acme, "operator", teams=["Ops"]) for _ in range(2)]
    client.force_login(approvers[0])
    text = page(client, execution)
    assert "Your approval" in text
    assert "1 waits for you" in text
    url, etag = followed(client, execution)
    (decide,) = re.findall(r'action="([^"]+/approvals/[^"]+)"', text)
    client.post(decide, {"decision": "approve", "rationale": "Last day confirmed."})
    news = client.get(url, headers={**HTMX, "If-None-Match": etag}).content.decode()
    assert "1 of 2 given" in news
    assert "Last day confirmed." in news
    assert "You decided already." in news
    client.force_login(approvers[1])
    client.post(decide, {"decision": "approve", "rationale": "Fine."})
    drive(execution.pk)
    assert look(execution).status == "succeeded"


def test_who_started_it_reads_why_they_may_not_approve(acme: Tenant, client: Client) -> None:
    user = make_member(acme, "author", teams=["Ops"])
    actor = actor_of(acme, "author", user=user, teams=["Ops"])
    freeze(actor, ASKING)
    execution = run(actor)
    client.force_login(user)
    text = page(client, execution)
    assert "Nobody decides on what they started themselves" in text
    assert "Your approval" not in text


def test_a_decision_without_a_reason_is_asked_for_again(
    acme: Tenant, author: Actor, client: Client
) -> None:
    freeze(author, ASKING)
    execution = run(author)
    client.force_login(make_member(acme, "operator", teams=["Ops"]))
    (decide,) = re.findall(r'action="([^"]+/approvals/[^"]+)"', page(client, execution))
    response = client.post(decide, {"decision": "approve", "rationale": "  "})
    assert response.status_code == 400
    assert "Say why" in response.content.decode()
    assert look(execution).status == "running"


def test_the_items_of_a_loop_are_counted_and_the_failed_ones_listed(
    author: Actor, browser: Client
) -> None:
    freeze(author, MANY.replace("with:", "on_error: collect\n  with:"))
    text = page(browser, run(author))
    assert "3 of 3 items done, 3 failed" in text
    assert "No a" in text
    assert "No c" in text


def test_a_step_is_read_when_it_is_opened_where_there_are_many(
    author: Actor, browser: Client
) -> None:
    steps = [f"- {{id: s{n}, task: core.set@1, with: {{values: {{n: {n}}}}}}}" for n in range(600)]
    freeze(author, "\n".join(steps))
    execution = run(author)
    with statements_at_most(MOST_STATEMENTS):
        text = page(browser, execution)
    assert text.count('class="step"') == 200
    assert "200 of 600 steps are shown" in text
    assert "Show what it did: s3" in text
    assert len(text) < 700_000
    part = browser.get(
        reverse("runtime:step", args=[execution.pk, "s599"]), headers=HTMX
    ).content.decode()
    assert "Output" in part
    assert "<html" not in part
    whole = browser.get(reverse("runtime:step", args=[execution.pk, "s3"]))
    assert whole["Location"].endswith("?step=s3#step-s3")
    assert re.search(r'id="step-s3"\s+open', page(browser, execution, step="s3"))


def test_steps_are_filtered_by_status(author: Actor, browser: Client) -> None:
    steps = [f"- {{id: s{n}, task: core.set@1, with: {{values: {{n: {n}}}}}}}" for n in range(9)]
    freeze(author, "\n".join([*steps, "- {id: bad, task: core.fail@1, with: {message: No}}"]))
    text = page(browser, run(author), show="failed")
    assert 'id="step-bad"' in text
    assert 'id="step-s1"' not in text
    assert 'aria-current="page"' in text


def test_the_page_has_a_budget(acme: Tenant, author: Actor, browser: Client) -> None:
    freeze(author, ASKING + MANY.replace("with:", "on_error: collect\n  with:"))
    execution = run(author)
    page(browser, execution)  # reads the document, which never changes, once a process
    with statements_at_most(MOST_STATEMENTS):
        page(browser, execution)


def test_another_tenant_s_execution_is_not_there(
    globex: Tenant, author: Actor, client: Client
) -> None:
    freeze(author, STRAIGHT)
    execution = run(author)
    client.force_login(make_member(globex, "admin"))
    for name in ("execution", "live"):
        assert client.get(reverse(f"runtime:{name}", args=[execution.pk])).status_code == 404
    assert act(client, execution, action="rerun").status_code == 404


def test_a_secret_in_an_input_is_a_mask(acme: Tenant, author: Actor, browser: Client) -> None:
    from governance.services.set_secret import set_secret

    set_secret(
        actor=actor_of(acme, "admin"), tenant_id=acme.pk, name="door", value="canary-4711-canary"
    )
    freeze(
        author,
        """
        - id: look
          task: http.request@1
          timeout: 1s
          with: {url: "${{ endpoints.there }}", auth: {bearer: "${{ secrets.door }}"}}
        """,
        rest="""
        secrets: {door: {description: Opens it}}
        endpoints: {there: {description: Nowhere, default: "http://127.0.0.1:9"}}
        """,
    )
    text = page(browser, run(author))
    assert "canary" not in text
    assert "masked" in text


@pytest.mark.parametrize("query", ["since=x", "since=" + "9" * 40, "extent=x", "show=x", ""])
def test_nonsense_in_the_poll_is_answered_with_the_whole(
    author: Actor, browser: Client, query: str
) -> None:
    freeze(author, STRAIGHT)
    execution = run(author)
    url = reverse("runtime:live", args=[execution.pk])
    response = browser.get(f"{url}?{query}", headers=HTMX)
    assert response.status_code == 200
    assert 'id="line-second"' in response.content.decode()


def test_the_steps_are_drawn_with_where_each_is(author: Actor, browser: Client) -> None:
    freeze(
        author,
        """
        - {id: first, task: core.set@1, with: {values: {}}}
        - {id: wrong, task: core.fail@1, with: {message: No.}, needs: [first]}
        """,
    )
    execution = run(author)
    plain = page(browser, execution)
    assert '<svg class="graph"' not in plain
    assert f'href="/executions/{execution.pk}/?view=graph#steps-h"' in plain
    drawn = page(browser, execution, view="graph")
    assert re.findall(r'<g class="node( is-\w+)"', drawn) == [" is-ok", " is-bad"]


def test_very_many_steps_are_not_drawn_and_it_is_said_why(author: Actor, browser: Client) -> None:
    steps = "\n".join(
        f"- {{id: s{n}, task: core.set@1, with: {{values: {{}}}}}}" for n in range(61)
    )
    freeze(author, steps)
    text = page(browser, start(author), view="graph")
    assert '<svg class="graph"' not in text
    assert "there are 61" in text
