"""Messages go out after the commit, carry ids alone, and are never worth an error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
from celery import current_app
from django.db import transaction

from maestro.kernel.after_commit import enqueue, send


@pytest.fixture
def queue() -> Iterator[list[dict[str, object]]]:
    """What arrives in a queue of the in-memory broker."""
    with current_app.connection_for_read() as broker:
        channel = broker.SimpleQueue("conductor")
        channel.clear()
        yield channel
        channel.clear()
        channel.close()


def arrived(queue: object) -> list[tuple[str, dict[str, object]]]:
    """The messages that are there."""
    found = []
    while True:
        try:
            message = queue.get_nowait()  # type: ignore[attr-defined]
        except queue.Empty:  # type: ignore[attr-defined]
            return found
        found.append((message.headers["task"], message.payload[1]))
        message.ack()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_message_waits_for_the_commit_and_carries_ids_alone(queue: object) -> None:
    first, second = uuid4(), uuid4()
    with transaction.atomic():
        enqueue("runtime.advance_execution", execution_id=first, others=[first, second])
        assert arrived(queue) == []
    assert arrived(queue) == [
        (
            "runtime.advance_execution",
            {"execution_id": str(first), "others": [str(first), str(second)]},
        )
    ]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_roll_back_sends_nothing(queue: object) -> None:
    with transaction.atomic():
        enqueue("runtime.advance_execution", execution_id=uuid4())
        transaction.set_rollback(True)
    assert arrived(queue) == []


def test_a_broker_out_of_reach_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    before = current_app.conf.broker_write_url
    current_app.conf.broker_write_url = "redis://127.0.0.1:1/0"
    current_app.amqp._producer_pool = None
    try:
        with caplog.at_level(logging.WARNING):
            assert send("runtime.advance_execution", {"execution_id": "x"}) is False
    finally:
        current_app.conf.broker_write_url = before
        current_app.amqp._producer_pool = None
    assert "did not take runtime.advance_execution" in caplog.text
