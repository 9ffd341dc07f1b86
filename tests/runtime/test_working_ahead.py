"""Steps that only work out a value are part of the thinking: written with what comes of them, and
done again, never lost, when the worker dies first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract import Call, Manifest, PlannedCall
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.pump import pump
from maestro.runtime.worker.drive import AHEAD
from maestro.tenancy.models import Tenant
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


class Died(BaseException):
    """As kill -9 would: nobody catches it, nothing is written after it."""


class Value:
    """A task that only gives a value, after what the test does while it is carried out."""

    manifest = Manifest(
        task="test.value",
        version="1.0.0",
        major=1,
        title="Value",
        description="Gives a value.",
        input_schema={"type": "object"},
        output_schema={},
        instant=True,
    )

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = lambda: None
        self.done = 0

    def plan(self, call: Call) -> list[PlannedCall]:
        return []

    def execute(self, call: Call) -> Any:
        self.done += 1
        self.meanwhile()
        return {"done": self.done}

    def dies(self) -> None:
        """The worker does, whenever it carries this out."""

        def die() -> None:
            raise Died

        self.meanwhile = die


@pytest.fixture
def value() -> Iterator[Value]:
    """The task, known to the registry for the time of the test."""
    value = Value()
    with known(value):
        yield value


def line(*tasks: str) -> str:
    """Steps `s0`, `s1` … in a row; `wait` is one that the engine asks about, and so claims first."""
    names = {"wait": "core.wait@1, with: {duration: 0s}", "set": "core.set@1, with: {values: {}}"}
    return "\n".join(
        f"- {{id: s{n}, task: {names.get(task, 'test.value@1, with: {}')}"
        + (f", needs: [s{n - 1}]}}" if n else "}")
        for n, task in enumerate(tasks)
    )


def killed(author: Actor, value: Value, steps: str) -> Execution:
    """An execution whose first worker died of the value; so will each that follows."""
    freeze(author, steps)
    execution = start(author)
    value.dies()
    with pytest.raises(Died):
        drive(execution.pk)
    return execution


def asked_again(execution: Execution) -> None:
    """The pump finds that nobody looked at it."""
    as_if_unheard(execution)
    assert pump() == 1


def gone_silent(execution: Execution) -> None:
    """As if the lease of what is held had ended."""
    with tenant_scope(execution.tenant_id):
        execution.steps.filter(status="running").update(lease_until=now() - timedelta(seconds=1))
    assert pump() == 1


def test_values_in_a_row_take_one_commit_and_show_as_steps(author: Actor) -> None:
    freeze(author, line("set", "set", "set"), rest="outputs: {last: '${{ steps.s2.output }}'}")
    execution = run(author)
    assert (execution.status, execution.revision) == ("succeeded", 1)
    assert execution.outputs == {"last": {}}
    assert events_of(execution) == [
        ("started", ""),
        ("succeeded", "s0"),
        ("succeeded", "s1"),
        ("succeeded", "s2"),
        ("succeeded", ""),
    ]
    for step in steps_of(execution).values():
        assert (step.attempt, step.fence, step.takeovers, step.lease_until) == (1, 1, 0, None)
        assert execution.started_at <= step.started_at <= step.finished_at <= execution.finished_at
        assert step.worker


def test_what_was_called_for_is_written_before_values_that_follow_it(author: Actor) -> None:
    freeze(author, line("set", "wait", "set", "set"))
    execution = run(author)
    # The first value with the claim of what is called for; its end with the claim of the next; rest.
    assert (execution.status, execution.revision) == ("succeeded", 3)


def test_values_on_branches_are_claimed_one_by_one_for_all_to_see(author: Actor) -> None:
    freeze(
        author,
        """
        - {id: a, task: core.set@1, with: {values: {}}}
        - {id: b, task: core.set@1, with: {values: {}}}
        """,
    )
    assert run(author).revision == 3


def test_a_value_that_fails_is_tried_again_and_ends_as_any_step_does(author: Actor) -> None:
    freeze(
        author,
        """
        - id: a
          task: core.fail@1
          retry: {attempts: 2, initial: 1ms, max: 1ms, on: [unavailable]}
          with: {message: Broken., error_class: unavailable}
        - {id: b, task: core.set@1, needs: [a], with: {values: {}}}
        """,
    )
    execution = start(author)
    drive(execution.pk)
    drive(execution.pk)
    assert statuses(execution) == {"a": "failed", "b": "skipped"}
    assert steps_of(execution)["a"].attempt == 2
    assert look(execution).error["message"] == "Broken."


def test_values_are_written_before_they_have_taken_long(author: Actor, value: Value) -> None:
    freeze(author, line("value", "value", "value"))
    execution = start(author)
    seen: list[dict[str, str]] = []

    def take_long() -> None:
        seen.append(statuses(execution))
        threading.Event().wait(AHEAD)

    value.meanwhile = take_long
    drive(execution.pk)
    assert seen == [
        {},
        {"s0": "succeeded", "s1": "running"},
        {"s0": "succeeded", "s1": "running"},
    ]
    assert look(execution).status == "succeeded"


def test_a_worker_that_dies_of_the_first_value_leaves_the_execution_to_be_begun(
    author: Actor, value: Value
) -> None:
    execution = killed(author, value, line("value", "set"))
    assert (look(execution).status, statuses(execution)) == ("queued", {})

    value.meanwhile = lambda: None
    asked_again(execution)
    drive(execution.pk)
    assert look(execution).status == "succeeded"
    assert steps_of(execution)["s0"].output == {"done": 2}
    assert [name for kind, name in events_of(execution) if kind == "succeeded"] == ["s0", "s1", ""]


def test_a_first_value_that_kills_every_worker_fails_in_the_end(
    author: Actor, value: Value
) -> None:
    execution = killed(author, value, line("value", "set"))
    asked_again(execution)
    for takeovers in range(4):  # the claim is written now, and each worker that goes silent counted
        with pytest.raises(Died):
            drive(execution.pk)
        assert steps_of(execution)["s0"].takeovers == takeovers
        gone_silent(execution)
    drive(execution.pk)
    assert look(execution).error["code"] == "worker_lost"
    assert value.done == 5


def test_a_later_value_that_kills_every_worker_is_the_one_that_fails(
    author: Actor, value: Value
) -> None:
    execution = killed(author, value, line("wait", "set", "value"))
    assert statuses(execution) == {"s0": "succeeded", "s1": "running"}  # where it was written last
    gone_silent(execution)
    for takeovers in range(4):
        with pytest.raises(Died):
            drive(execution.pk)
        assert steps_of(execution)["s2"].takeovers == takeovers
        gone_silent(execution)
    drive(execution.pk)
    steps = steps_of(execution)
    assert (steps["s1"].status, steps["s1"].takeovers) == ("succeeded", 1)
    assert look(execution).error["code"] == "worker_lost"
    assert look(execution).error["step"] == "s2"


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        (line("value", "set"), {}),
        (line("wait", "set", "value"), {"s0": "succeeded", "s1": "succeeded"}),
    ],
    ids=["first", "later"],
)
def test_cancelling_meanwhile_leaves_nothing_of_what_was_worked_out_ahead(
    author: Actor, acme: Tenant, value: Value, steps: str, kept: dict[str, str]
) -> None:
    freeze(author, steps)
    execution = start(author)
    value.meanwhile = lambda: _cancel(author, acme, execution)
    drive(execution.pk)
    assert (look(execution).status, statuses(execution)) == ("cancelled", kept)


def _cancel(author: Actor, acme: Tenant, execution: Execution) -> None:
    cancel_execution(actor=author, tenant_id=acme.pk, execution_id=execution.pk)


def test_of_two_workers_that_work_ahead_one_writes(author: Actor, value: Value) -> None:
    freeze(author, line("value", "set"))
    execution = start(author)

    def other() -> None:
        value.meanwhile = lambda: None
        drive(execution.pk)

    value.meanwhile = other
    drive(execution.pk)
    assert look(execution).revision == 1
    assert [name for kind, name in events_of(execution) if kind == "succeeded"] == ["s0", "s1", ""]
