"""`/api/purposes/` and `/api/policy/data/`: read by everybody with a place, written by admins."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.policy.rules import SHIPPED
from maestro.tenancy.models import Tenant
from tests.api.calling import Caller, caller_in, is_problem

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
HOLD = {"name": "legal.hold", "title": "Legal hold", "description": "Keep what a court asks for."}
DATA = {
    "allowed_hosts": ["api.example.test:8443"],
    "environments": ["production"],
    "regions": [],
    "hours": {"timezone": "Europe/Berlin", "days": [1, 5], "begins": "08:00", "ends": "18:00"},
    "quota_limits": {"executions_per_day": 9},
}


@pytest.fixture
def calls(acme: Tenant) -> Caller:
    return caller_in(acme, "admin")


def listed(calls: Caller) -> list[dict[str, Any]]:
    answer = calls.get("purposes/")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_a_purpose_is_added_changed_retired_and_taken_up_again(calls: Caller) -> None:
    assert [each["name"] for each in listed(calls)] == list(SHIPPED)
    made = calls.post("purposes/", HOLD)
    assert made.status_code == 201
    assert made.json() == {
        **HOLD, "allowed_actions": [], "in_production": True, "own": True, "retired": False,
    }  # fmt: skip
    changed = calls.patch("purposes/legal.hold/", {"allowed_actions": ["execution.*"]}).json()
    assert (changed["title"], changed["allowed_actions"]) == ("Legal hold", ["execution.*"])
    assert calls.patch("purposes/legal.hold/", {"retired": True}).json()["retired"]
    assert listed(calls)[-1]["retired"]
    is_problem(calls.patch("purposes/legal.hold/", {"title": "Hold"}), 409, "conflict")
    assert not calls.patch("purposes/legal.hold/", {"retired": False}).json()["retired"]
    assert listed(calls)[-1]["allowed_actions"] == ["execution.*"]


def test_what_can_t_be_is_refused_as_a_problem(calls: Caller, globex: Tenant) -> None:
    is_problem(calls.post("purposes/", {**HOLD, "name": "practice"}), 409, "conflict")
    is_problem(calls.post("purposes/", {**HOLD, "name": "Legal"}), 400, "invalid_input")
    is_problem(calls.post("purposes/", {**HOLD, "alowed": []}), 400, "invalid_input")
    is_problem(calls.patch("purposes/practice/", {"title": "Fun"}), 404, "not_found")
    calls.post("purposes/", HOLD)
    is_problem(calls.post("purposes/", HOLD), 409, "conflict")
    theirs = caller_in(globex, "admin")
    is_problem(theirs.patch("purposes/legal.hold/", {"title": "Ours"}), 404, "not_found")
    assert [each["name"] for each in listed(theirs)] == list(SHIPPED)


def test_policy_data_is_put_as_a_whole(calls: Caller) -> None:
    nothing = dict.fromkeys(DATA)
    assert calls.get("policy/data/").json() == {"revision": 0, **nothing}
    put = calls.call("PUT", "policy/data/", DATA)
    assert put.json() == {"revision": 1, **DATA}
    assert calls.get("policy/data/").json() == put.json()
    stale = calls.call("PUT", "policy/data/", {"revision": 0})
    is_problem(stale, 409, "conflict")
    assert calls.call("PUT", "policy/data/", {"revision": 1}).json() == {"revision": 2, **nothing}


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed_hosts": ["*.test"]},
        {"hosts": []},
        {"quota_limits": {"runs": -1}},
        {"hours": {"timezone": "Mars", "days": [1], "begins": "08:00", "ends": "18:00"}},
        {"hours": {"timezone": "Europe/Berlin"}},
    ],
)
def test_policy_data_that_can_t_be_is_a_problem(calls: Caller, wrong: dict[str, Any]) -> None:
    is_problem(calls.call("PUT", "policy/data/", wrong), 400, "invalid_input")


def test_viewers_read_and_do_not_write(acme: Tenant) -> None:
    viewer = caller_in(acme, "viewer")
    assert viewer.get("purposes/").status_code == viewer.get("policy/data/").status_code == 200
    for method, path, body in (
        ("POST", "purposes/", HOLD),
        ("PUT", "policy/data/", DATA),
    ):
        assert viewer.call(method, path, body).status_code == 403
        is_problem(
            viewer.call(method, path, body, headers={"X-Purpose": None}), 400, "purpose_required"
        )


@pytest.mark.parametrize("path", ["purposes/", "policy/data/"])
def test_reading_takes_one_statement(calls: Caller, path: str) -> None:
    calls.post("purposes/", HOLD)
    calls.get(path)
    with CaptureQueriesContext(connection) as captured:
        calls.get(path)
    asked = [one["sql"] for one in captured if "governance_" in one["sql"]]
    assert len(asked) == 1
