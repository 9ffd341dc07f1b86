"""`/healthz` says that the process is alive, `/readyz` which part is down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from celery import current_app
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.policy.answer import PolicyAnswer, unavailable
from governance.policy.engine import use_engine
from maestro.kernel.models import ClockOffset, Heartbeat
from maestro.runtime.services.pump import pump
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


@pytest.fixture
def heard() -> None:
    """A worker that pumped just now."""
    pump()


def ready() -> tuple[int, dict[str, str]]:
    answer = Client().get("/readyz")
    body = answer.json()
    assert (body["status"] == "ready") == (answer.status_code == 200)
    parts: dict[str, str] = body["parts"]
    return answer.status_code, parts


def test_alive_is_said_without_asking_anything() -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert len(asked) == 0
    assert "no-store" in answer["Cache-Control"]
    assert Client().post("/healthz").status_code == 405


def test_ready_when_every_part_is(heard: None) -> None:
    assert ready() == (
        200,
        {"database": "ok", "broker": "ok", "policy": "ok", "worker": "ok"},
    )


def test_a_worker_that_was_never_heard_from_is_said() -> None:
    status, parts = ready()
    assert (status, parts["worker"]) == (503, "no worker was ever heard from")
    assert parts["database"] == parts["broker"] == parts["policy"] == "ok"


def test_a_worker_that_went_silent_is_said_with_for_how_long(heard: None) -> None:
    offset = ClockOffset.objects.using("owner").create(id=1, seconds=25)
    assert ready()[0] == 200
    offset.seconds = 40
    offset.save(using="owner")
    status, parts = ready()
    assert status == 503
    assert parts["worker"].startswith("no worker was heard from for 4")
    pump()
    assert ready()[0] == 200


def test_a_heartbeat_of_something_else_is_no_workers() -> None:
    Heartbeat.objects.using("owner").create(name="beat", seen_at=datetime.now(UTC))
    assert ready()[1]["worker"] == "no worker was ever heard from"


class Undecided:
    """An engine without policies."""

    def decide(self, facts: object, /) -> PolicyAnswer:
        return unavailable("")

    def healthy(self) -> tuple[bool, str]:
        return False, "they do not compile"


@pytest.fixture
def undecided() -> Iterator[None]:
    before = use_engine(Undecided())
    yield
    use_engine(before)


def test_policies_that_do_not_decide_are_said(heard: None, undecided: None) -> None:
    status, parts = ready()
    assert (status, parts["policy"]) == (503, "they do not compile")
    assert parts["worker"] == "ok"


@pytest.fixture
def no_broker() -> Iterator[None]:
    """A broker's address at which nobody listens."""
    conf: Any = current_app.conf
    before = conf.broker_write_url
    conf.broker_write_url = "redis://127.0.0.1:1/0"
    yield
    conf.broker_write_url = before


def test_a_broker_that_does_not_answer_is_said(heard: None, no_broker: None) -> None:
    status, parts = ready()
    assert (status, parts["broker"]) == (503, "the broker does not answer")
    assert parts["database"] == "ok"


@pytest.fixture
def no_database() -> Iterator[None]:
    """A database at whose address nobody listens, on this thread's connection."""
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
    yield
    connection.settings_dict.update(before)


def test_a_database_that_does_not_answer_is_said(no_database: None) -> None:
    status, parts = ready()
    assert status == 503
    assert parts["database"] == "the database does not answer"
    assert parts["worker"] == "not asked: no database"
    assert parts["policy"] == "ok"
