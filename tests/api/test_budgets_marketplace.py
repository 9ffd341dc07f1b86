"""What a request about the marketplace asks the database, exactly; whatever the number of rows."""

from __future__ import annotations

import pytest

from maestro.kernel.actor import Actor
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in
from tests.api.test_budgets import EVERY, asked
from tests.factories import actor_of
from tests.marketplace.making import installation_rows, latest, listed
from tests.marketplace.test_upgrading import RENAMED, RULE, release
from tests.marketplace.worlds import installed, submitted
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

BUDGETS = {
    "templates/": 4,
    "templates/acme/first/": 8,
    "releases/acme/first/1.0.0/": 8,
    "submissions/": 1,
    "submissions/{submission}/": 13,
    "installations/": 1,
    "installations/first/": 1,
}
"""Statements of a warm call, besides those that every call takes."""
OF_ONE = {
    "GET installations/mine/presets/": 2,
    "GET installations/mine/upgrade/": 8,
    "POST installations/mine/upgrade/simulate/": 10,
    "POST simulate/": 3,
}
"""The same of an installation whose document is read; what is posted names it."""


@pytest.mark.parametrize("path", BUDGETS)
def test_it_takes_exactly_the_committed_statements(acme: Tenant, path: str) -> None:
    for slug in ("first", "second", "third"):
        installation_rows(latest(listed(acme, slug)), acme)
    submission = submitted(acme)
    calls = caller_in(acme, "admin")
    taken = asked(lambda: calls.get(path.format(submission=submission.pk)))
    assert len(taken) - len(EVERY) == BUDGETS[path]


@pytest.mark.parametrize("call", OF_ONE)
def test_an_installation_takes_exactly_the_committed_statements(
    author: Actor, globex: Tenant, call: str
) -> None:
    release(author)
    installed(actor_of(globex, "admin"))
    release(author, "2.0.0", RENAMED, rest=RULE)
    method, _, path = call.partition(" ")
    body = {"installation": "mine"} if path == "simulate/" else {}
    calls = caller_in(globex, "admin")
    taken = asked(lambda: calls.call(method, path, body if method == "POST" else None))
    assert len(taken) - len(EVERY) == OF_ONE[call], taken
