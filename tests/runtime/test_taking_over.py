"""Leases, fences, cancelling, lost messages: nothing is lost and nothing completes twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from connectors.contract import Call, ErrorClass, Manifest, PlannedCall, TaskError
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import IllegalTransition, NotFound
from maestro.kernel.statements import fetch
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.pump import pump
from maestro.runtime.services.rerun_execution import NothingToRerun, rerun_execution
from maestro.tenancy.models import Tenant
from tests.factories import actor_of
from tests.runtime.driving import (
    ALIASES,
    as_if_unheard,
    drive,
    events_of,
    freeze,
    known,
    look,
    run,
    start,
    statuses,
    steps_of,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

ONE = "- {id: a, task: core.set@1, with: {values: {}}}"
THREE = """
- {id: a, task: core.set@1, with: {values: {n: 1}}}
- {id: b, task: core.fail@1, needs: [a], with: {message: Broken.}}
- {id: c, task: core.set@1, needs: [b], with: {values: {}}}
"""


def silence(execution: Any, *, status: str = "running") -> None:
    """As if the worker that holds the first step had died some time ago."""
    with tenant_scope(execution.tenant_id):
        execution.steps.update(
            status=status, lease_until=now() - timedelta(seconds=1), finished_at=None, output=None
        )
        type(execution).objects.filter(pk=execution.pk).update(status="running", finished_at=None)


def test_a_step_whose_worker_went_silent_is_taken_over_within_the_same_attempt(
    author: Actor,
) -> None:
    freeze(author, ONE)
    execution = run(author)
    silence(execution)
    assert pump() == 1
    drive(execution.pk)
    step = steps_of(execution)["a"]
    assert (step.status, step.attempt, step.takeovers, step.fence) == ("succeeded", 1, 1, 2)
    assert ("taken_over", "a") in events_of(execution)
    assert look(execution).status == "succeeded"


def test_a_step_that_keeps_losing_its_worker_fails_in_the_end(author: Actor) -> None:
    freeze(author, ONE)
    execution = run(author)
    with tenant_scope(execution.tenant_id):
        execution.steps.update(takeovers=3)
    silence(execution)
    drive(execution.pk)
    assert look(execution).error["code"] == "worker_lost"


def test_a_step_that_is_held_is_left_alone(author: Actor) -> None:
    freeze(author, ONE)
    execution = run(author)
    silence(execution)
    with tenant_scope(execution.tenant_id):
        execution.steps.update(lease_until=now() + timedelta(seconds=20))
    assert pump() == 0
    before = look(execution).revision
    drive(execution.pk)
    assert look(execution).revision == before


def test_a_connection_that_was_cut_while_idle_costs_a_moment_and_no_message(author: Actor) -> None:
    freeze(author, ONE)
    drive(start(author).pk)
    execution = start(author)
    connections["jobs"].connection.pgconn.finish()
    drive(execution.pk)
    assert look(execution).status == "succeeded"


def test_a_lost_message_is_sent_again_by_the_pump(author: Actor) -> None:
    freeze(author, ONE)
    execution = start(author)
    assert pump() == 0  # it was asked for a moment ago: the message may still be on its way
    as_if_unheard(execution)
    assert pump() == 1
    assert pump() == 0  # sent; it is not sent again at once
    drive(execution.pk)
    assert look(execution).status == "succeeded"


class Gate:
    """A task that waits until the test lets it go on."""

    def __init__(self) -> None:
        self.entered, self.go = threading.Event(), threading.Event()
        self.keys: list[str] = []
        self.manifest = Manifest(
            task="test.gate",
            version="1.0.0",
            major=1,
            title="Gate",
            description="Waits.",
            input_schema={"type": "object"},
            output_schema={},
            capabilities=frozenset({"network"}),
        )

    def plan(self, call: Call) -> list[PlannedCall]:
        return [PlannedCall(summary="wait")]

    def execute(self, call: Call) -> Any:
        self.keys.append(call.idempotency_key)
        self.entered.set()
        while not self.go.wait(0.01):
            if call.cancelled.is_set():
                raise TaskError(ErrorClass.CANCELLED, "It was cancelled.")
        return {"attempt": call.attempt}


@pytest.fixture
def gate() -> Iterator[Gate]:
    """The gate, known to the registry for the time of the test."""
    gate = Gate()
    with known(gate):
        yield gate


def in_thread(work: Callable[[], None]) -> threading.Thread:
    """Run it beside the test, with connections of its own."""

    def guarded() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=guarded)
    thread.start()
    return thread


def test_a_worker_that_lost_its_lease_can_not_store_its_result(author: Actor, gate: Gate) -> None:
    freeze(author, "- {id: a, task: test.gate@1, with: {}}")
    execution = start(author)
    slow = in_thread(lambda: drive(execution.pk))
    assert gate.entered.wait(20)
    silence(execution)
    gate.entered.clear()
    second = in_thread(lambda: drive(execution.pk))
    assert gate.entered.wait(20)
    gate.go.set()
    slow.join(20)
    second.join(20)
    step = steps_of(execution)["a"]
    assert (step.status, step.fence, step.takeovers) == ("succeeded", 2, 1)
    assert [kind for kind, name in events_of(execution) if name == "a"].count("succeeded") == 1
    # Both calls carried the same key, by which the other side knows the second for the first.
    assert gate.keys == [f"{execution.pk}:a"] * 2


def test_cancelling_reaches_a_call_that_is_under_way(
    author: Actor, acme: Tenant, gate: Gate
) -> None:
    freeze(
        author,
        """
        - {id: a, task: test.gate@1, with: {}}
        - {id: b, task: core.set@1, needs: [a], with: {values: {}}}
        """,
    )
    execution = start(author)
    worker = in_thread(lambda: drive(execution.pk))
    assert gate.entered.wait(20)
    cancel_execution(actor=author, tenant_id=acme.pk, execution_id=execution.pk)
    worker.join(20)
    assert not worker.is_alive()
    execution = look(execution)
    assert (execution.status, statuses(execution)) == ("cancelled", {"a": "cancelled"})
    assert execution.cancelled_by_name == author.name


def test_a_task_that_never_answers_is_given_up_at_its_time_out(author: Actor, gate: Gate) -> None:
    freeze(author, "- {id: a, task: test.gate@1, timeout: 100ms, with: {}, retry: {attempts: 1}}")
    execution = run(author)
    assert execution.error["code"] == "timed_out"
    gate.go.set()


def test_cancelling_before_anything_began_ends_it_at_once(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE)
    execution = start(author)
    cancel_execution(actor=author, tenant_id=acme.pk, execution_id=execution.pk)
    cancel_execution(actor=author, tenant_id=acme.pk, execution_id=execution.pk)
    drive(execution.pk)
    assert (look(execution).status, statuses(execution)) == ("cancelled", {})
    with pytest.raises(IllegalTransition, match="cancelled already"):
        cancel_execution(actor=author, tenant_id=acme.pk, execution_id=execution.pk)


def test_many_workers_on_one_execution_do_each_step_once(author: Actor) -> None:
    steps = "\n".join(
        f"- {{id: s{n}, task: core.set@1, with: {{values: {{}}}}}}" for n in range(40)
    )
    freeze(author, steps)
    execution = start(author)
    workers = [in_thread(lambda: drive(execution.pk)) for _ in range(6)]
    for worker in workers:
        worker.join(60)
    execution = look(execution)
    assert execution.status == "succeeded"
    done = [name for kind, name in events_of(execution) if kind == "succeeded" and name]
    assert sorted(done) == sorted(f"s{n}" for n in range(40))
    assert {row.fence for row in steps_of(execution).values()} == {1}


def test_a_rerun_keeps_what_succeeded_and_does_the_rest(author: Actor, acme: Tenant) -> None:
    freeze(author, THREE)
    failed = run(author)
    assert statuses(failed) == {"a": "succeeded", "b": "failed", "c": "skipped"}
    again = rerun_execution(actor=author, tenant_id=acme.pk, execution_id=failed.pk)
    assert (again.rerun_of_id, again.version_digest) == (failed.pk, failed.version_digest)
    drive(again.pk)
    assert statuses(again) == {"a": "succeeded", "b": "failed", "c": "skipped"}
    assert ("succeeded", "a") not in events_of(again)
    assert steps_of(again)["a"].output == {"n": 1}
    assert look(failed).status == "failed"


def test_a_rerun_from_a_step_does_it_and_all_that_follows_again(
    author: Actor, acme: Tenant
) -> None:
    freeze(author, THREE)
    failed = run(author)
    again = rerun_execution(actor=author, tenant_id=acme.pk, execution_id=failed.pk, from_step="a")
    drive(again.pk)
    assert ("succeeded", "a") in events_of(again)


def test_a_rerun_of_everything_begins_anew(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE)
    execution = run(author)
    with pytest.raises(NothingToRerun):
        rerun_execution(actor=author, tenant_id=acme.pk, execution_id=execution.pk)
    again = rerun_execution(
        actor=author, tenant_id=acme.pk, execution_id=execution.pk, everything=True
    )
    drive(again.pk)
    assert look(again).status == "succeeded"


def test_a_rerun_waits_until_the_first_has_ended_and_knows_its_steps(
    author: Actor, acme: Tenant, globex: Tenant
) -> None:
    freeze(author, THREE)
    execution = start(author)
    with pytest.raises(IllegalTransition):
        rerun_execution(actor=author, tenant_id=acme.pk, execution_id=execution.pk)
    drive(execution.pk)
    with pytest.raises(NotFound, match="no step nowhere"):
        rerun_execution(
            actor=author, tenant_id=acme.pk, execution_id=execution.pk, from_step="nowhere"
        )
    stranger = actor_of(globex, "operator")
    with pytest.raises(NotFound):
        rerun_execution(actor=stranger, tenant_id=globex.pk, execution_id=execution.pk)


def test_two_pumps_at_once_send_each_message_once(author: Actor) -> None:
    freeze(author, ONE)
    for _ in range(30):
        start(author)
    fetch("jobs", "UPDATE runtime_execution SET wake_at = wake_at - interval '1 minute'", {})
    counts: list[int] = []
    pumps = [in_thread(lambda: counts.append(pump())) for _ in range(3)]
    for one in pumps:
        one.join(30)
    assert sum(counts) == 30
