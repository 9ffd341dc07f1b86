"""kill -9 of a worker in the middle of a step."""

from __future__ import annotations

import pytest

from maestro.kernel.actor import Actor
from tests.embedded.waiting import until
from tests.faults.conftest import Fleet
from tests.faults.ledger import all_succeed, each_once, times
from tests.faults.processes import PATIENCE
from tests.faults.service import STEPS, Service, endpoints_of, through_the_gate
from tests.runtime.driving import ALIASES, freeze, start, steps_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


def test_a_killed_workers_step_is_taken_over_when_its_lease_ends(
    author: Actor, fleet: Fleet, service: Service
) -> None:
    workers = fleet.workers(2)
    fleet.beats(1)
    freeze(author, through_the_gate(service.address), rest=endpoints_of(service.address))
    execution = start(author)
    until(lambda: service.calls == 1, within=PATIENCE, of="the call")
    holder = steps_of(execution)["called"].worker.split(":")[1]
    by_pid = {str(worker.pid): worker for worker in workers}
    by_pid.pop(holder).kill()

    until(lambda: service.calls == 2, within=PATIENCE, of="the call of the one that takes over")
    service.opened.set()
    all_succeed([execution.pk])

    each_once([execution.pk], STEPS)
    assert times([execution.pk], "taken_over") == {(execution.pk, "called", -1): 1}
    step = steps_of(execution)["called"]
    assert (step.attempt, step.takeovers, step.fence) == (1, 1, 2)
    assert step.worker.split(":")[1] in by_pid
    # By the same key the other side knows the second call for the first.
    assert service.keys == {f"{execution.pk}:called": 2}


VALUES = """
- {id: a, task: core.set@1, with: {values: {}}}
- {id: b, task: core.transform@1, needs: [a], with: {value: "${{ steps.a.status }}"}}
- {id: c, task: core.set@1, needs: [b], with: {values: {}}}
"""
MANY = 40


def test_a_worker_killed_among_values_that_are_not_written_yet_loses_none(
    author: Actor, fleet: Fleet
) -> None:
    freeze(author, VALUES)
    (worker,) = fleet.workers(1)
    ids = [start(author).pk for _ in range(MANY)]
    worker.kill()  # with the last of them under way, fetched, or still in the broker
    ids += [start(author).pk for _ in range(MANY)]
    fleet.workers(1)
    fleet.beats(1)

    all_succeed(ids)

    each_once(ids, ["a", "b", "c"])
    assert times(ids, "started") == {(one, "", -1): 1 for one in ids}
