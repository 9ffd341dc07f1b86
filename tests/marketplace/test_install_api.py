"""`/api/installations/`: the same as the pages do, with problem documents and the same statements."""

from __future__ import annotations

from typing import Any

import pytest

from maestro.kernel.actor import Actor
from maestro.tenancy.models import Tenant
from tests.api.calling import Caller, caller_in
from tests.api.test_budgets import asked
from tests.factories import actor_of
from tests.marketplace.test_install import count
from tests.marketplace.worlds import installed, released
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

GIVEN: dict[str, Any] = {
    "release": "acme/tried",
    "name": "mine",
    "parameters": {"n": 3},
    "environment": "development",
}


@pytest.fixture
def admin(author: Actor, globex: Tenant) -> Caller:
    """Somebody who installs into globex what acme published."""
    released(author)
    return caller_in(globex, "admin")


def test_it_is_installed_looked_at_configured_stopped_and_uninstalled(
    admin: Caller, globex: Tenant
) -> None:
    made = admin.post("installations/", GIVEN)
    assert made.status_code == 201, made.json()
    assert made.headers["Location"] == "/api/installations/mine/"
    assert made.json()["workflow"] == "acme/tried"
    listed = admin.get("installations/?status=active&environment=development").json()["results"]
    assert [one["name"] for one in listed] == ["mine"]
    assert admin.get("installations/?workflow=acme/other").json()["results"] == []
    changed = admin.call("PATCH", "installations/mine/", {"region": "eu", "expected_revision": 0})
    assert (changed.status_code, changed.json()["revision"]) == (200, 1)
    late = admin.call("PATCH", "installations/mine/", {"region": "us", "expected_revision": 0})
    assert (late.status_code, late.json()["code"]) == (409, "installation_changed")
    stopped = admin.post("installations/mine/stop/", {"reason": "It looped."})
    assert stopped.json()["status"] == "stopped"
    refused = admin.post("executions/", {"installation": "mine"})
    assert (refused.status_code, refused.json()["code"]) == (409, "installation_stopped")
    assert admin.post("installations/mine/resume/").json()["status"] == "active"
    assert admin.get(f"installations/{made.json()['id']}/").json()["region"] == "eu"
    assert admin.call("DELETE", "installations/mine/").status_code == 204
    assert admin.get("installations/mine/").status_code == 404
    assert count(globex)[0] == 1


def test_a_preview_tells_all_problems_and_every_reason_and_writes_nothing(
    author: Actor, globex: Tenant, admin: Caller
) -> None:
    fine = admin.post("installations/preview/", GIVEN).json()
    assert (fine["allowed"], fine["verified"], fine["problems"]) == (True, True, [])
    operator = caller_in(globex, "operator")
    told = operator.post("installations/preview/", GIVEN | {"parameters": {}, "name": "A B"}).json()
    assert told["allowed"] is False
    assert {one["path"] for one in told["problems"]} == {"/name", "/parameters/n"}
    assert "role_missing" in {one["code"] for one in told["reasons"]}
    assert count(globex) == (0, 0, 0, 0)


def test_all_problems_come_in_one_problem_document(admin: Caller) -> None:
    wrong = GIVEN | {"parameters": {"n": "x"}, "quotas": {"per_day": 0}}
    answer = admin.post("installations/", wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "installation_invalid")
    assert {one["path"] for one in answer.json()["problems"]} == {
        "/parameters/n",
        "/quotas/per_day",
    }


def test_the_same_key_answers_the_same(admin: Caller, globex: Tenant) -> None:
    key = {"Idempotency-Key": "once"}
    first = admin.call("POST", "installations/", GIVEN, headers={**key})
    again = admin.call("POST", "installations/", GIVEN, headers={**key})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json()["id"] == again.json()["id"]
    other = admin.call("POST", "installations/", GIVEN | {"name": "b"}, headers={**key})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_another_tenant_finds_nothing(admin: Caller, acme: Tenant) -> None:
    admin.post("installations/", GIVEN)
    stranger = caller_in(acme, "admin")
    assert stranger.get("installations/").json()["results"] == []
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"region": "eu"}),
        ("DELETE", "", None),
        ("POST", "stop/", {"reason": "No."}),
        ("POST", "resume/", None),
    ):
        assert stranger.call(method, f"installations/mine/{path}", body).status_code == 404


def test_listing_takes_one_read_and_a_start_of_one_takes_one_more_than_a_plain_one(
    globex: Tenant, admin: Caller
) -> None:
    installed(actor_of(globex, "admin"))
    inside = asked(lambda: admin.get("installations/"))
    assert len(inside) == 4, inside
    start = asked(lambda: admin.post("executions/", {"installation": "mine"}))
    assert len(start) == 7, start
