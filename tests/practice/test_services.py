"""The practice services, over HTTP as a workflow sees them."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest
import requests

from maestro.practice.world import MOST_TICKETS, World, WorldError
from tests.practice.conftest import Practice


def test_a_leavers_accounts_are_a_list_with_ids(practice: Practice) -> None:
    accounts = practice.get("/people/ana@acme.test/accounts").json()
    assert [account["id"] for account in accounts] == ["chat-ana", "cloud-ana", "directory-ana"]
    assert {account["status"] for account in accounts} == {"active"}


def test_a_suspended_account_stays_suspended(practice: Practice) -> None:
    first = practice.post("/accounts/cloud-ana/suspend").json()
    again = practice.post("/accounts/cloud-ana/suspend").json()
    assert (first["changed"], again["changed"]) == (True, False)
    assert again["suspended_at"] == first["suspended_at"]
    (account,) = [a for a in practice.get("/access/cloud").json()["grants"] if "ana" in a["login"]]
    assert account["status"] == "suspended"


def test_a_change_without_the_token_is_refused(practice: Practice) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "practice-token"}):
        answer = requests.post(
            f"{practice.url}/accounts/cloud-ana/suspend", headers=headers, timeout=10
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "auth_failed")
        assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert practice.get("/people/ana@acme.test/accounts").json()[1]["status"] == "active"


def test_a_replayed_key_changes_nothing(practice: Practice) -> None:
    before = len(practice.get("/tickets").json())
    first = practice.post("/tickets", {"title": "Laptop"}, key="exec-1:open")
    again = practice.post("/tickets", {"title": "Laptop"}, key="exec-1:open")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert [r.headers["Idempotent-Replayed"] for r in (first, again)] == ["false", "true"]
    assert len(practice.get("/tickets").json()) == before + 1


def test_a_key_of_another_request_is_refused(practice: Practice) -> None:
    practice.post("/tickets", {"title": "Laptop"}, key="k")
    assert practice.post("/tickets", {"title": "Phone"}, key="k").status_code == 422
    assert practice.post("/credentials/chat-bot/rotate", key="k").status_code == 422


def test_a_refused_request_may_be_repeated_with_its_key(practice: Practice) -> None:
    assert practice.post("/tickets/T-101/transition", {"to": "done"}, key="k").status_code == 409
    practice.post("/tickets/T-101/transition", {"to": "in_progress"})
    assert practice.post("/tickets/T-101/transition", {"to": "done"}, key="k").status_code == 200


def test_a_ticket_moves_only_along_its_ways(practice: Practice) -> None:
    move = "/tickets/T-101/transition"
    assert practice.post(move, {"to": "in_progress"}).json()["changed"] is True
    assert practice.post(move, {"to": "in_progress"}).json()["changed"] is False
    assert practice.post(move, {"to": "cancelled"}).json()["status"] == "cancelled"
    assert practice.post(move, {"to": "open"}).status_code == 409
    assert practice.post(move, {"to": "gone"}).status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"title": " "}, {"title": 5}, {"title": "x", "priority": "urgent"}]
)
def test_a_ticket_without_sense_is_refused(practice: Practice, body: object) -> None:
    assert practice.post("/tickets", body).status_code == 400


def test_a_rotated_credential_has_a_new_version(practice: Practice) -> None:
    (before,) = [c for c in practice.get("/credentials").json() if c["name"] == "warehouse-db"]
    after = practice.post("/credentials/warehouse-db/rotate").json()
    assert (before["version"], after["version"]) == (1, 2)
    assert before["fingerprint"] != after["fingerprint"]
    assert after["rotated_on"] > before["rotated_on"]


def test_the_cost_has_one_anomaly(practice: Practice) -> None:
    cost = practice.get("/cost?team=data&days=14").json()
    assert len(cost["days"]) == 14
    assert [a["service"] for a in cost["anomalies"]] == ["compute"]
    assert cost["anomalies"][0]["amount"] > 5 * cost["anomalies"][0]["usual"]
    assert cost["total"] == pytest.approx(sum(day["amount"] for day in cost["days"]))
    assert practice.get("/cost?team=sales&days=14").json()["anomalies"] == []
    assert practice.get("/cost?team=data&days=3").json()["anomalies"] == []


def test_the_same_day_costs_the_same() -> None:
    now = datetime(2026, 5, 4, tzinfo=UTC)
    yesterday = World(clock=lambda: now - timedelta(days=1)).cost("sales", 2)
    assert World(clock=lambda: now).cost("sales", 2)["days"][0] == yesterday["days"][1]


@pytest.mark.parametrize("query", ["days=0", "days=91", "days=x", "days=-1", "team=nobody"])
def test_a_cost_that_is_not_known_is_refused(practice: Practice, query: str) -> None:
    assert practice.get(f"/cost?{query}").status_code in (400, 404)


def test_a_flaky_call_fails_as_often_as_asked(practice: Practice) -> None:
    answers = [practice.get("/flaky?key=a&fail=2") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503, 503, 200, 200]
    assert answers[0].headers["Retry-After"] == "1"
    assert practice.get("/flaky?key=b&fail=1").status_code == 503


def test_maintenance_lasts_until_it_is_switched_off(practice: Practice) -> None:
    assert practice.get("/maintenance").status_code == 503
    assert practice.post("/maintenance", {"on": "no"}).status_code == 400
    assert practice.post("/maintenance", {"on": False}).json() == {"on": False}
    assert practice.get("/maintenance").status_code == 200


def test_a_reset_is_the_first_day_again(practice: Practice) -> None:
    practice.post("/accounts/cloud-ana/suspend")
    practice.post("/tickets", {"title": "x"}, key="k")
    practice.post("/maintenance", {"on": False})
    assert practice.post("/reset").json() == {"reset": True}
    assert practice.get("/people/ana@acme.test/accounts").json()[1]["status"] == "active"
    assert [t["id"] for t in practice.get("/tickets").json()] == ["T-101"]
    assert practice.get("/maintenance").status_code == 503
    assert practice.post("/tickets", {"title": "other"}, key="k").status_code == 201


def test_what_is_not_there_is_a_problem_document(practice: Practice) -> None:
    for path in (
        "/people/nobody@acme.test",
        "/tickets/T-9",
        "/access/vault",
        "/mail/7",
        "/nothing",
    ):
        answer = practice.get(path)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == 404
    assert practice.get("/accounts/cloud-ana/suspend").status_code == 405


def test_a_body_that_is_too_large_or_no_object_is_refused(practice: Practice) -> None:
    assert practice.post("/tickets", {"title": "x" * 1_100_000}).status_code == 413
    assert practice.post("/tickets", ["x"]).status_code == 400


def test_another_sites_page_can_change_nothing(practice: Practice) -> None:
    for origin in ("https://evil.example", ""):
        answer = requests.post(
            f"{practice.url}/page/maintenance", headers={"Origin": origin}, timeout=10
        )
        assert answer.status_code == 403
    assert practice.get("/people", Host="evil.example").status_code == 421


def test_the_button_of_the_page_switches(practice: Practice) -> None:
    assert "Maintenance is on" in practice.get("/").text
    answer = requests.post(
        f"{practice.url}/page/maintenance", headers={"Origin": practice.url}, timeout=10
    )
    assert "Maintenance is off" in answer.text


def test_a_page_runs_no_script_and_is_framed_by_nobody(practice: Practice) -> None:
    for path in ("/", "/mail", "/style.css", "/people"):
        policy = practice.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_it_listens_on_loopback_alone(practice: Practice) -> None:
    with socket.socket() as probe, pytest.raises(OSError, match="refused"):
        probe.connect(("127.0.0.2", practice.http_port))


def test_too_many_tickets_are_refused_and_not_kept() -> None:
    world = World()
    for _ in range(MOST_TICKETS - 1):
        world.open_ticket({"title": "x"})
    with pytest.raises(WorldError, match="Too many tickets"):
        world.open_ticket({"title": "x"})
    assert len(world.list_tickets()) == MOST_TICKETS
