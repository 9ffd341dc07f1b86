"""Steps that wait: retries, timers, approvals, sub-workflows."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import WorkflowVersion
from governance.models import ApprovalRequest
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, Denied
from maestro.kernel.models import ClockOffset
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.engine import backoff
from maestro.runtime.models import Execution
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.decide_step import NothingToDecide, decide_step
from maestro.runtime.services.pump import pump
from maestro.tenancy.models import Tenant
from tests.factories import actor_of
from tests.runtime.driving import (
    ALIASES,
    drive,
    events_of,
    freeze,
    look,
    run,
    start,
    statuses,
    steps_of,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


def pass_time(**span: float) -> None:
    """Move the clock of every process."""
    row, _ = ClockOffset.objects.using("owner").get_or_create(pk=1, defaults={"seconds": 0})
    row.seconds += timedelta(**span).total_seconds()
    row.save(using="owner")


FLAKY = """
- id: a
  task: core.fail@1
  with: {message: Not now., error_class: unavailable}
  retry: {attempts: 3, initial: 10s, max: 60s, on: [unavailable]}
"""


def test_a_failed_attempt_waits_and_is_tried_again_until_there_are_no_more(author: Actor) -> None:
    freeze(author, FLAKY)
    execution = run(author)
    step = steps_of(execution)["a"]
    assert (step.status, step.waiting_for, step.attempt) == ("waiting", "retry", 1)
    assert step.next_attempt_at <= now() + timedelta(seconds=10)
    for attempt in (2, 3):
        drive(execution.pk)  # not due yet: nothing happens
        assert steps_of(execution)["a"].attempt == attempt - 1
        pass_time(minutes=2)
        drive(execution.pk)
    execution = look(execution)
    assert (execution.status, steps_of(execution)["a"].attempt) == ("failed", 3)
    assert [kind for kind, _ in events_of(execution)].count("retrying") == 2


def test_an_error_of_another_class_is_not_tried_again(author: Actor) -> None:
    freeze(author, FLAKY.replace("error_class: unavailable", "error_class: rejected"))
    execution = run(author)
    assert (execution.status, steps_of(execution)["a"].attempt) == ("failed", 1)


@given(
    attempt=st.integers(1, 10),
    initial=st.floats(0.001, 60),
    most=st.floats(0.001, 600),
    seed=st.integers(),
    asked=st.none() | st.floats(0, 100),
)
def test_a_pause_is_within_its_bounds_and_never_before_retry_after(
    attempt: int, initial: float, most: float, seed: int, asked: float | None
) -> None:
    pause = backoff(attempt, initial, most, Random(seed), retry_after=asked)
    assert pause >= (asked or 0)
    assert pause <= max(min(most, initial * 2 ** (attempt - 1)), asked or 0)


def test_pauses_use_the_whole_interval() -> None:
    random = Random(7)
    pauses = [backoff(4, 1.0, 60.0, random) for _ in range(2000)]
    assert min(pauses) < 0.5
    assert max(pauses) > 7.5
    assert 3.5 < sum(pauses) / len(pauses) < 4.5


def test_a_timer_waits_for_its_moment(author: Actor) -> None:
    freeze(
        author,
        """
        - {id: rest, task: core.wait@1, with: {duration: 2h}}
        - {id: after, task: core.set@1, needs: [rest], with: {values: {}}}
        """,
    )
    execution = run(author)
    assert steps_of(execution)["rest"].waiting_for == "timer"
    pass_time(hours=1)
    drive(execution.pk)
    assert look(execution).status == "running"
    pass_time(hours=1, seconds=1)
    assert pump() == 1
    drive(execution.pk)
    assert look(execution).status == "succeeded"


GATED = """
- id: ask
  task: core.approval@1
  with: {count: 2, teams: [People Ops], expires: 72h, message: "May it?"}
- {id: after, task: core.transform@1, needs: [ask], with: {value: "${{ size(steps.ask.output.decisions) }}"}}
"""


def approver(tenant: Tenant, *teams: str) -> Actor:
    """Somebody who may decide."""
    return actor_of(tenant, "operator", teams=teams)


def decide(execution: Execution, actor: Actor, *, approve: bool = True) -> ApprovalRequest:
    """Decide, and let a worker look."""
    request = decide_step(
        actor=actor,
        tenant_id=execution.tenant_id,
        execution_id=execution.pk,
        step_id="ask",
        approve=approve,
        rationale="Because.",
    )
    drive(execution.pk)
    return request


def test_an_approval_waits_until_enough_of_the_right_people_said_yes(
    author: Actor, acme: Tenant
) -> None:
    freeze(author, GATED)
    execution = run(author)
    assert statuses(execution) == {"ask": "waiting"}
    decide(execution, approver(acme, "People Ops"))
    assert look(execution).status == "running"
    decide(execution, approver(acme, "People Ops"))
    execution = look(execution)
    assert execution.status == "succeeded"
    assert steps_of(execution)["after"].output == 2


def test_nobody_approves_what_they_started_and_no_one_from_another_team(
    author: Actor, acme: Tenant
) -> None:
    starter = actor_of(acme, "operator", "author", teams=["People Ops"])
    freeze(author, GATED)
    execution = run(starter)
    with pytest.raises(Denied) as own:
        decide(execution, starter)
    assert "own_execution" in [reason.code for reason in own.value.reasons]
    with pytest.raises(Denied) as other:
        decide(execution, approver(acme, "Payroll"))
    assert "not_in_team" in [reason.code for reason in other.value.reasons]
    assert look(execution).status == "running"


def test_one_rejection_fails_the_step_and_what_follows_is_skipped(
    author: Actor, acme: Tenant
) -> None:
    freeze(author, GATED)
    execution = run(author)
    decide(execution, approver(acme, "People Ops"), approve=False)
    execution = look(execution)
    assert execution.status == "failed"
    assert execution.error["code"] == "approval_rejected"
    assert statuses(execution) == {"ask": "failed", "after": "skipped"}
    with pytest.raises(NothingToDecide):
        decide(execution, approver(acme, "People Ops"))


def test_the_same_person_counts_once(author: Actor, acme: Tenant) -> None:
    freeze(author, GATED)
    execution = run(author)
    person = approver(acme, "People Ops")
    decide(execution, person)
    decide(execution, person)
    assert look(execution).status == "running"
    with pytest.raises(Conflict):
        decide(execution, person, approve=False)


def test_an_approval_that_nobody_gives_expires(author: Actor) -> None:
    freeze(author, GATED)
    execution = run(author)
    pass_time(hours=73)
    assert pump() == 1
    drive(execution.pk)
    execution = look(execution)
    assert (execution.status, execution.error["code"]) == ("failed", "approval_expired")


def test_a_high_risk_workflow_without_approvals_of_its_own_waits_for_two_people(
    author: Actor, acme: Tenant
) -> None:
    freeze(author, "- {id: act, task: core.set@1, with: {values: {}}}", risk="high")
    execution = run(author, reason="For a test.")
    assert statuses(execution) == {"policy-approval": "waiting"}
    for _ in range(2):
        decide_step(
            actor=approver(acme),
            tenant_id=acme.pk,
            execution_id=execution.pk,
            step_id="policy-approval",
            approve=True,
            rationale="Checked.",
        )
    drive(execution.pk)
    assert look(execution).status == "succeeded"


def test_cancelling_withdraws_the_question(author: Actor, acme: Tenant) -> None:
    freeze(author, GATED)
    execution = run(author)
    cancel_execution(actor=author, tenant_id=acme.pk, execution_id=execution.pk)
    drive(execution.pk)
    assert look(execution).status == "cancelled"
    with tenant_scope(acme.pk):
        assert ApprovalRequest.objects.get().status == "cancelled"


def _child_of(execution: Execution) -> Execution:
    with tenant_scope(execution.tenant_id):
        return Execution.objects.get(parent_step__execution=execution)


CALLING = """
- {id: call, task: workflow.call@1, with: {workflow: inner, version: "^1.0", parameters: {n: 4}}}
- {id: after, task: core.transform@1, needs: [call], with: {value: "${{ steps.call.output.outputs.twice }}"}}
"""
INNER = "- {id: double, task: core.transform@1, with: {value: '${{ params.n * 2 }}'}}"
INNER_REST = {
    "name": "inner",
    "parameters": "parameters: {type: object, properties: {n: {type: integer}}}",
    "rest": "outputs: {twice: '${{ steps.double.output }}'}",
}


def freeze_inner(author: Actor, version: str, steps: str = INNER) -> WorkflowVersion:
    """A version of the workflow that is called."""
    return freeze(author, steps, version=version, **INNER_REST)


def test_a_workflow_calls_another_at_the_highest_version_in_its_range(author: Actor) -> None:
    freeze_inner(author, "1.0.0")
    wanted = freeze_inner(author, "1.4.0")
    freeze_inner(author, "2.0.0")
    freeze(author, CALLING, name="outer")
    execution = run(author, "outer")
    assert steps_of(execution)["call"].waiting_for == "child"
    child = _child_of(execution)
    assert (child.version_digest, child.depth) == (wanted.digest, 1)
    assert child.started_by == author.id
    drive(child.pk)
    drive(execution.pk)
    execution = look(execution)
    assert (execution.status, steps_of(execution)["after"].output) == ("succeeded", 8)


def test_a_call_that_is_carried_out_again_finds_the_same_child(author: Actor) -> None:
    freeze_inner(author, "1.0.0")
    freeze(author, CALLING, name="outer")
    execution = run(author, "outer")
    with tenant_scope(execution.tenant_id):
        # The worker died after it made the child and before it said so.
        execution.steps.update(
            status="running", waiting_for="", lease_until=now() - timedelta(seconds=1)
        )
    drive(execution.pk)
    child = _child_of(execution)
    assert steps_of(execution)["call"].related_id == UUID(str(child.pk))


def test_a_failed_child_fails_the_step_that_called_it(author: Actor) -> None:
    freeze_inner(author, "1.0.0", "- {id: double, task: core.fail@1, with: {message: No.}}")
    freeze(author, CALLING, name="outer")
    execution = run(author, "outer")
    drive(_child_of(execution).pk)
    drive(execution.pk)
    execution = look(execution)
    assert execution.status == "failed"
    assert "call" in execution.error["steps"]


def test_cancelling_a_workflow_cancels_the_one_it_called(author: Actor, acme: Tenant) -> None:
    freeze_inner(author, "1.0.0", "- {id: double, task: core.wait@1, with: {duration: 1h}}")
    freeze(author, CALLING, name="outer")
    execution = run(author, "outer")
    child = _child_of(execution)
    drive(child.pk)
    cancel_execution(actor=author, tenant_id=acme.pk, execution_id=execution.pk)
    drive(execution.pk)
    drive(child.pk)
    assert (look(execution).status, look(child).status) == ("cancelled", "cancelled")


def test_workflows_call_each_other_at_most_eight_deep(author: Actor) -> None:
    freeze(author, "- {id: again, task: core.set@1, with: {values: {}}}")
    freeze(
        author,
        "- {id: again, task: workflow.call@1, with: {workflow: tried, version: '^1.0.0'}}",
        version="1.1.0",
    )
    execution = start(author)
    seen = 0
    for _ in range(12):
        drive(execution.pk)
        with tenant_scope(execution.tenant_id):
            child = Execution.objects.filter(parent_step__execution=execution).first()
        if child is None:
            break
        execution, seen = child, seen + 1
    assert seen == 8
    execution = look(execution)
    assert execution.status == "failed"
    assert steps_of(execution)["again"].error["details"] == {"reason": "too_deep"}
