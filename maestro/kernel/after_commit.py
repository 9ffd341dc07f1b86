"""The after-commit queue: work is named by task and ids, and sent when the transaction has ended.

The message only wakes. Whoever sends one has already written, in the same transaction, the row that
says what is due; a sweeper re-sends it if this message is never sent, lost, or sent to nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from celery import current_app
from django.db import DEFAULT_DB_ALIAS, transaction
from kombu.exceptions import OperationalError
from kombu.utils.uuid import uuid

logger = logging.getLogger(__name__)

Ids = UUID | str | Sequence[UUID] | Sequence[str]


def enqueue(task: str, /, *, using: str = DEFAULT_DB_ALIAS, **ids: Ids) -> None:
    """Send `task` with `ids` once the transaction on `using` has committed; now if there is none.

    Ids only: a Celery message carries no state. A broker out of reach is logged, not raised.
    """
    message = {name: _plain(value) for name, value in ids.items()}
    transaction.on_commit(lambda: send(task, message), using=using, robust=True)


def send(task: str, message: dict[str, str | list[str]]) -> bool:
    """Send now. False when the broker can't be reached: the sweeper will send it again."""
    # As `send_task` does, without what it looks up anew for each message: every start waits for it.
    prepared = current_app.amqp.as_task_v2(
        uuid(), task, kwargs=message, argsrepr="()", kwargsrepr=repr(message), ignore_result=True
    )
    try:
        with current_app.producer_pool.acquire(block=True) as producer:
            current_app.amqp.send_task_message(producer, task, prepared, retry=False)
    except (OperationalError, OSError) as problem:
        logger.warning("The broker did not take %s: %s", task, type(problem).__name__)
        return False
    return True


def _plain(value: Ids) -> str | list[str]:
    if isinstance(value, UUID | str):
        return str(value)
    return [str(item) for item in value]
