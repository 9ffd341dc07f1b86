"""`/api/executions/`: list, follow, cancel, run again, decide."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import Tenant
from tests.api.calling import NO_SUCH_ID, Answer, Caller, caller_in, codes_of, is_problem
from tests.runtime.driving import ALIASES, document

HERE = pytest.mark.django_db(databases=["default", "owner"])
COMMITTED = pytest.mark.django_db(transaction=True, databases=ALIASES)

STEP = "- {id: a, task: core.set@1, with: {values: {}}}"
FAILING = """
- {id: before, task: core.set@1, with: {values: {n: 1}}}
- {id: broken, task: core.fail@1, needs: [before], with: {message: It broke.}}
- {id: after, task: core.set@1, needs: [broken], with: {values: {}}}
"""
ASKING = """
- {id: ask, task: core.approval@1, with: {count: 1, teams: [Ops], message: May we?}}
- {id: go, task: core.set@1, needs: [ask], with: {values: {}}}
"""


def results(response: Answer) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


@HERE
def test_executions_are_listed_newest_first_and_filtered(
    author_calls: Caller, operator_calls: Caller
) -> None:
    author_calls.freeze(document(STEP))
    author_calls.freeze(document(STEP, name="second"), "second")
    first = author_calls.start().json()
    second = operator_calls.post(
        "executions/", {"workflow": "second"}, headers={"X-Purpose": "finops.review"}
    ).json()
    operator_calls.post(f"executions/{first['id']}/cancel/")

    def listed(query: str) -> list[str]:
        return [one["id"] for one in results(author_calls.get(f"executions/?{query}"))]

    assert listed("") == [second["id"], first["id"]]
    assert listed("workflow=second") == [second["id"]]
    assert listed("workflow=acme/tried") == [first["id"]]
    assert listed("purpose=finops.review") == [second["id"]]
    assert listed(f"started_by={author_calls.user.pk}") == [first["id"]]
    assert listed("status=queued&status=running") == [second["id"], first["id"]]
    assert listed("status=failed") == []
    assert listed("created_after=2020-01-01T00:00:00Z") == [second["id"], first["id"]]
    assert listed("created_before=2020-01-01T00:00:00Z") == []


@HERE
def test_a_filter_that_is_not_understood_is_said_and_not_ignored(author_calls: Caller) -> None:
    refused = author_calls.get("executions/?status=odd&started_by=me&created_after=soon")
    is_problem(refused, 400, "invalid_input")
    assert {path for path, _ in codes_of(refused)} == {"/status", "/started_by", "/created_after"}
    is_problem(author_calls.get("executions/?workflow=a%00b"), 400, "invalid_input")


@HERE
def test_pages_follow_each_other_while_executions_are_added(author_calls: Caller) -> None:
    author_calls.freeze(document(STEP))
    ids = [author_calls.start().json()["id"] for _ in range(5)]
    first = author_calls.get("executions/?page_size=2").json()
    author_calls.start()
    second = _follow(author_calls, first["next"])
    third = _follow(author_calls, second["next"])
    seen = [one["id"] for page in (first, second, third) for one in page["results"]]
    assert seen == ids[::-1]
    assert third["next"] is None
    back = _follow(author_calls, second["previous"])
    assert [one["id"] for one in back["results"]] == seen[:2]


@HERE
@pytest.mark.parametrize("position", ["p=odd", "p=%00", "o=-1", "p=1;drop", "odd"])
def test_a_cursor_that_is_not_ours_is_not_found(author_calls: Caller, position: str) -> None:
    cursor = b64encode(position.encode()).decode()
    answer = author_calls.get(f"executions/?cursor={cursor}")
    if position == "odd":
        assert answer.status_code == 200  # says nothing, so it is the beginning
    else:
        is_problem(answer, 404, "not_found")
    is_problem(author_calls.get("executions/?cursor=%FF"), 404, "not_found")


@HERE
def test_an_execution_is_shown_whole(author_calls: Caller, viewer_calls: Caller) -> None:
    author_calls.freeze(document(STEP))
    started = author_calls.start().json()
    assert viewer_calls.get(f"executions/{started['id']}/").json() == started
    is_problem(author_calls.get(f"executions/{NO_SUCH_ID}/"), 404, "not_found")
    is_problem(author_calls.get("executions/" + "-" * 36 + "/"), 404, "not_found")


@HERE
def test_cancelling_twice_is_cancelling_once(author_calls: Caller, viewer_calls: Caller) -> None:
    author_calls.freeze(document(STEP))
    started = author_calls.start().json()
    path = f"executions/{started['id']}/cancel/"
    is_problem(viewer_calls.post(path), 403, "denied")
    first, second = author_calls.post(path), author_calls.post(path)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["cancel_requested_at"] == second.json()["cancel_requested_at"] is not None
    is_problem(author_calls.post(f"executions/{NO_SUCH_ID}/cancel/"), 404, "not_found")
    is_problem(author_calls.post(f"executions/{started['id']}/rerun/"), 409, "illegal_transition")


@COMMITTED
def test_steps_and_events_tell_what_happened(author_calls: Caller) -> None:
    author_calls.freeze(document(FAILING))
    execution = author_calls.start().json()["id"]
    drive(UUID(execution))
    ended = author_calls.get(f"executions/{execution}/").json()
    assert (ended["status"], ended["error"]["step"]) == ("failed", "broken")
    steps = {
        one["step_id"]: one for one in results(author_calls.get(f"executions/{execution}/steps/"))
    }
    assert {name: step["status"] for name, step in steps.items()} == {
        "before": "succeeded",
        "broken": "failed",
        "after": "skipped",
    }
    assert steps["before"]["output"] == {"n": 1}
    assert steps["broken"]["error"]["message"] == "It broke."
    events = results(author_calls.get(f"executions/{execution}/events/"))
    assert [events[0]["kind"], events[-1]["kind"]] == ["started", "failed"]
    assert [one["id"] for one in events] == sorted(one["id"] for one in events)
    later = results(author_calls.get(f"executions/{execution}/events/?after={events[1]['id']}"))
    assert later == events[2:]
    at_a_time = author_calls.get(f"executions/{execution}/events/?page_size=2").json()
    assert _follow(author_calls, at_a_time["next"])["results"] == events[2:4]


@HERE
@pytest.mark.parametrize("after", ["x", "-1", "1" * 19, "1e3", "²"])
def test_events_are_asked_for_by_number(author_calls: Caller, after: str) -> None:
    author_calls.freeze(document(STEP))
    execution = author_calls.start().json()["id"]
    refused = author_calls.get(f"executions/{execution}/events/?after={after}")
    is_problem(refused, 400, "invalid_input")


@COMMITTED
def test_what_failed_is_run_again_and_what_succeeded_is_kept(author_calls: Caller) -> None:
    author_calls.freeze(document(FAILING))
    execution = author_calls.start().json()["id"]
    drive(UUID(execution))
    path = f"executions/{execution}/rerun/"
    again = author_calls.post(path, {})
    assert again.status_code == 201
    assert again["Location"] == f"/api/executions/{again.json()['id']}/"
    assert again.json()["rerun_of"] == execution
    kept = results(author_calls.get(f"executions/{again.json()['id']}/steps/"))
    assert [(one["step_id"], one["status"]) for one in kept] == [("before", "succeeded")]
    everything = author_calls.post(path, {"everything": True}).json()
    assert results(author_calls.get(f"executions/{everything['id']}/steps/")) == []
    is_problem(author_calls.post(path, {"from": "x"}), 400, "invalid_input")


@COMMITTED
def test_a_step_that_waits_for_people_is_decided_by_another_one(
    author_calls: Caller, acme: Tenant
) -> None:
    author_calls.freeze(document(ASKING))
    execution = author_calls.start().json()["id"]
    drive(UUID(execution))
    path = f"executions/{execution}/steps/ask/decide/"
    yes = {"approve": True, "rationale": "It is due."}
    own = is_problem(author_calls.post(path, yes), 403, "denied")
    assert "own_execution" in {reason["code"] for reason in own["reasons"]}
    elsewhere = is_problem(caller_in(acme, "operator").post(path, yes), 403, "denied")
    assert {reason["code"] for reason in elsewhere["reasons"]} == {"not_in_team"}
    approver = caller_in(acme, "operator", teams=["Ops"])
    refused = approver.post(path, {"aprove": True})
    assert {name for name, _ in codes_of(refused)} == {"/approve", "/rationale", "/aprove"}
    assert approver.post(path, yes).status_code == 200
    drive(UUID(execution))
    assert author_calls.get(f"executions/{execution}/").json()["status"] == "succeeded"
    is_problem(approver.post(path, yes), 409, "nothing_to_decide")
    nothing = f"executions/{execution}/steps/none/decide/"
    is_problem(approver.post(nothing, yes), 404, "not_found")


@HERE
def test_a_moment_is_written_as_rfc_3339_in_utc(author_calls: Caller) -> None:
    author_calls.freeze(document(STEP))
    made = datetime.fromisoformat(author_calls.start().json()["created_at"])
    assert made.tzinfo is not None
    assert abs((datetime.now(UTC) - made).total_seconds()) < 60


def _follow(calls: Caller, link: str) -> dict[str, Any]:
    parts = urlsplit(link)
    response = calls.get(f"{parts.path.removeprefix('/api/')}?{parts.query}")
    assert response.status_code == 200, response.content
    page: dict[str, Any] = response.json()
    return page
