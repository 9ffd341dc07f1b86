"""The other side of the comparison: Celery's own chains, on the same broker, with its defaults.

Not durable: a chain's later tasks ride in the message of the earlier ones. The last task of each
chain pushes to a list, on which the benchmark blocks.
"""

from __future__ import annotations

import os

import redis
from celery import Celery, chain

BROKER = os.environ.get("BENCH_BROKER", "redis://127.0.0.1:6379/15")
DONE = "bench-done"

# Not the current application: that is the product's, in the process that measures both.
app = Celery("plain", broker=BROKER, set_as_current=False)
app.conf.update(task_ignore_result=True, task_default_queue="plain")
_client = redis.Redis.from_url(
    BROKER.replace("redis+socket://", "unix://"), socket_timeout=300, decode_responses=True
)


@app.task
def step() -> None:
    """A trivial task."""


@app.task
def last() -> None:
    """The end of a chain."""
    _client.rpush(DONE, "1")


def start_chain(length: int) -> None:
    """Send one chain of `length` tasks."""
    chain(*(step.si() for _ in range(length - 1)), last.si()).apply_async()


def wait_for(count: int, timeout: int = 120) -> None:
    """Block until `count` chains have ended."""
    for _ in range(count):
        if _client.blpop([DONE], timeout=timeout) is None:
            raise TimeoutError("the chains did not end")
