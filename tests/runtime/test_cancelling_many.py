"""Several executions are cancelled at once, after asking; what can't be says why."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.actor import Actor
from maestro.runtime.models import Execution
from maestro.runtime.services.cancel_executions import MOST
from maestro.tenancy.models import Tenant
from tests.factories import actor_of, make_member
from tests.runtime.driving import ALIASES, freeze, look, run, start

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

SIMPLE = "- {id: only, task: core.set@1, with: {values: {n: 1}}}"
URL = "/executions/cancel/"


def ids(*executions: Execution) -> dict[str, list[str]]:
    return {"id": [str(each.pk) for each in executions]}


def stopping(*executions: Execution) -> list[bool]:
    return [look(each).cancel_requested_at is not None for each in executions]


def test_the_list_lets_one_choose_what_has_not_ended(author: Actor, browser: Client) -> None:
    freeze(author, SIMPLE)
    run(author)
    queued = start(author)
    text = browser.get(reverse("runtime:list")).content.decode()
    assert f'action="{URL}"' in text
    chosen = re.findall(r'name="id"\s+value="([^"]*)"', text)
    assert chosen == [str(queued.pk)]


def test_a_page_asks_first_and_says_what_can_not_be(author: Actor, browser: Client) -> None:
    freeze(author, SIMPLE)
    done, first, second = run(author), start(author), start(author)
    text = browser.get(URL, ids(done, first, second)).content.decode()
    assert "Cancel 2 executions?" in text
    assert "It is succeeded already." in text
    assert stopping(first, second) == [False, False]


def test_none_that_can_be_cancelled_is_said_without_asking(author: Actor, browser: Client) -> None:
    freeze(author, SIMPLE)
    text = browser.get(URL, ids(run(author))).content.decode()
    assert "Nothing that was chosen can be cancelled" in text
    assert "Cancel 0" not in text


def test_each_is_stopped_and_what_was_not_is_said(author: Actor, browser: Client) -> None:
    freeze(author, SIMPLE)
    done, first, second = run(author), start(author), start(author)
    text = browser.post(URL, ids(done, first, second), follow=True).content.decode()
    assert "2 executions are being stopped." in text
    assert "It is succeeded already." in text
    assert stopping(done, first, second) == [False, True, True]
    text = browser.post(URL, ids(first), follow=True).content.decode()
    assert "It is being stopped already." in text


def test_nobody_stops_what_they_may_not(
    author: Actor, acme: Tenant, globex: Tenant, client: Client
) -> None:
    freeze(author, SIMPLE)
    ours = start(author)
    freeze(actor_of(globex, "author"), SIMPLE)
    theirs = start(actor_of(globex, "operator"))
    client.force_login(make_member(acme, "viewer"))
    assert "Cancel selected" not in client.get(reverse("runtime:list")).content.decode()
    client.post(URL, ids(ours, theirs))
    client.force_login(make_member(acme, "operator"))
    text = client.post(URL, ids(theirs) | {"no": "x"}, follow=True).content.decode()
    assert "being stopped" not in text
    assert stopping(ours, theirs) == [False, False]


def test_no_more_than_a_hundred_at_once(browser: Client) -> None:
    many = {"id": [f"00000000-0000-7000-8000-{n:012x}" for n in range(MOST + 1)]}
    assert browser.post(URL, many).status_code == 400
    assert browser.get(URL, {"id": ["x", ""]}).status_code == 200
