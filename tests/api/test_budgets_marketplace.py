"""What a request about the marketplace asks the database, exactly; whatever the number of rows."""

from __future__ import annotations

import pytest

from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in
from tests.api.test_budgets import EVERY, asked
from tests.marketplace.making import installed, latest, listed
from tests.marketplace.worlds import submitted
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


@pytest.mark.parametrize("path", BUDGETS)
def test_it_takes_exactly_the_committed_statements(acme: Tenant, path: str) -> None:
    for slug in ("first", "second", "third"):
        installed(latest(listed(acme, slug)), acme)
    submission = submitted(acme)
    calls = caller_in(acme, "admin")
    taken = asked(lambda: calls.get(path.format(submission=submission.pk)))
    assert len(taken) - len(EVERY) == BUDGETS[path]
