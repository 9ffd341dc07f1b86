"""What a request asks the database, exactly; whatever the number of rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maestro.tenancy.models import Tenant
from tests.api.calling import EXAMPLES, Answer, Caller, caller_in
from tests.factories import actor_of
from tests.marketplace.worlds import installed, released
from tests.runtime.driving import ALIASES, document

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

STEP = "- {id: a, task: core.set@1, with: {values: {}}}"
EVERY = ["who", "begin", "end"]  # the transaction begins with its tenant, in one round trip


def asked(call: Callable[[], Answer]) -> list[str]:
    """What each statement of a second, warm call is for; the tests' own clock is left out."""
    assert call().status_code < 300
    with CaptureQueriesContext(connection) as captured:
        call()
        return [_named(one["sql"]) for one in captured if "kernel_clockoffset" not in one["sql"]]


def _named(sql: str) -> str:
    for part, name in NAMES.items():
        if part in sql:
            return name
    return sql


NAMES = {
    "RELEASE SAVEPOINT": "release",
    "SAVEPOINT": "savepoint",
    "BEGIN": "begin",
    "COMMIT": "end",
    "maestro_token(": "who",
    'INSERT INTO "runtime_execution"': "execution and decision",
    'FROM "runtime_executionevent"': "events",
    'FROM "runtime_steprun"': "steps",
    'FROM "runtime_execution"': "executions",
    'FROM "catalog_workflowversion"': "version",
    "JOIN catalog_workflowversion": "version",
    'COUNT("catalog_workflowtag"': "tag counts",
    'COUNT("catalog_workflowdefinition"': "fact counts",
    'FROM "catalog_workflowdefinition"': "workflows",
    'FROM "catalog_workflowtag"': "tags",
}


@pytest.fixture
def busy(acme: Tenant) -> Caller:
    """Somebody in a tenant with some rows of each kind."""
    calls = caller_in(acme, "author")
    for example in EXAMPLES:
        calls.freeze(example.read_bytes(), example.stem)
    calls.freeze(document(STEP))
    for _ in range(12):
        assert calls.start().status_code == 201
    return calls


def within(*inside: str) -> list[str]:
    return [*EVERY[:2], *inside, EVERY[2]]


def test_starting_takes_one_read_and_one_write(busy: Caller) -> None:
    inside = within("savepoint", "version", "execution and decision", "release")
    assert asked(busy.start) == inside


def test_listing_executions_takes_one_read(busy: Caller) -> None:
    assert asked(lambda: busy.get("executions/")) == within("executions")
    assert asked(lambda: busy.get("executions/?workflow=tried&page_size=2")) == within("executions")


def test_reading_an_execution_takes_one_read_and_its_parts_one_more(busy: Caller) -> None:
    path = f"executions/{busy.start().json()['id']}/"
    assert asked(lambda: busy.get(path)) == within("executions")
    assert asked(lambda: busy.get(f"{path}steps/")) == within("executions", "steps")
    assert asked(lambda: busy.get(f"{path}events/")) == within("executions", "events")


def test_searching_the_catalog_takes_four_reads(busy: Caller) -> None:
    for query in ("", "?q=leaver&category=HR&tag=leaver"):
        found = asked(lambda query=query: busy.get(f"workflows/{query}"))  # type: ignore[misc]
        assert sorted(found) == sorted(within("workflows", "fact counts", "tags", "tag counts"))


def test_reading_a_workflow_takes_three_reads(busy: Caller) -> None:
    found = asked(lambda: busy.get("workflows/offboard-employee/"))
    assert found == within("workflows", "tags", "version")


@pytest.fixture
def installer(acme: Tenant, globex: Tenant) -> Caller:
    """Somebody in globex who installs what acme published, `mine` among it."""
    released(actor_of(acme, "author"))
    installed(actor_of(globex, "admin"))
    return caller_in(globex, "installer")


def test_starting_an_installation_takes_its_grant_and_one_write(installer: Caller) -> None:
    found = asked(lambda: installer.post("executions/", {"installation": "mine"}))
    assert len(found) == 7, found


def test_installing_takes_seventeen_statements_in_all(installer: Caller) -> None:
    names = iter(("one", "two"))
    found = asked(
        lambda: installer.post(
            "installations/",
            {
                "release": "acme/tried",
                "name": next(names),
                "parameters": {"n": 3},
                "environment": "development",
            },
        )
    )
    assert len(found) == 17, found
