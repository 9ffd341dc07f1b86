"""A step whose other side never answers, or never finishes answering."""

from __future__ import annotations

import psutil
import pytest

from maestro.kernel.actor import Actor
from tests.embedded.waiting import until
from tests.faults.conftest import Fleet
from tests.faults.ledger import all_succeed
from tests.faults.processes import PATIENCE
from tests.faults.service import Service, endpoints_of
from tests.runtime.driving import ALIASES, freeze, look, start, steps_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

STEPS = """
- {{id: silent, task: http.request@1, timeout: 2s, retry: {{attempts: 1}},
   with: {{url: "http://{address}/silent"}}}}
- {{id: dripping, task: http.request@1, timeout: 2s, retry: {{attempts: 1}},
   with: {{url: "http://{address}/drip"}}}}
"""
ONE = "- {id: only, task: core.set@1, with: {values: {}}}"
LONGEST = 20  # seconds; far above the time-out, far below for ever


def test_a_step_that_never_answers_times_out_and_frees_its_worker(
    author: Actor, fleet: Fleet, service: Service
) -> None:
    [worker] = fleet.workers(1, threads=1)
    freeze(author, STEPS.format(address=service.address), rest=endpoints_of(service.address))
    freeze(author, ONE, name="other")
    process = psutil.Process(worker.pid)
    warm = start(author, "other").pk
    all_succeed([warm])
    threads = process.num_threads()

    slow = start(author)
    behind = start(author, "other").pk  # waits for the worker's only thread
    all_succeed([behind])

    ended = look(slow)
    assert ended.status == "failed"
    assert ended.error
    assert ended.error["code"] == "timed_out"
    for step in steps_of(slow).values():
        assert step.error
        assert (step.status, step.error["code"]) == ("failed", "timed_out")
        assert step.started_at
        assert step.finished_at
        assert 2 <= (step.finished_at - step.started_at).total_seconds() < LONGEST
    # The calls' own threads end too; the keeper of leases stays.
    until(lambda: process.num_threads() <= threads + 1, within=PATIENCE, of="threads to end")
