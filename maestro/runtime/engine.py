"""The engine's thinking: what follows from what has happened. Pure; no Django, no Celery, no clock.

An execution is a `State`; every function here takes one, with the moment, and changes it in place,
noting in `state.changes` which rows are to be written and what happened. Whoever calls writes the
changes in one statement (`runtime/worker/store.py`), or nowhere (`simulate`).

Rules (`docs/workflow-document.md`): a step whose needs all ended well, or were skipped by their own
`when`, is ready. A failed need skips what follows, unless the follower's `when` looks at that
step's status. Steps that do not depend on a failed one go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from catalog.document_model import Step
from catalog.expressions import ExpressionFailed
from connectors.contract import ErrorClass
from maestro.kernel.identity import new_id
from maestro.runtime.engine_state import Json, Outcome, State, StepState, failure
from maestro.runtime.plan import Plan
from maestro.runtime.states import ExecutionStatus, StepStatus, WaitingFor

FAILED_NEED = "failed_need"
WAKE_GRACE = timedelta(seconds=5)  # a queued step whose message was lost is sent again after this


def begin(plan: Plan, state: State, now: datetime) -> None:
    """Bring the first steps to life: those that need nothing, or only what a re-run has kept."""
    _settle(plan, state, [name for name in plan.steps if (name, -1) not in state.steps], now)
    _finish_execution(plan, state, now)


def claimable(state: State, now: datetime) -> StepState | None:
    """A step that a worker may take now: queued, due, or held by a worker whose lease has ended."""
    for step in state.steps.values():
        if step.status is StepStatus.QUEUED:
            return step
        if step.status is StepStatus.RUNNING and _lease_is_over(step, now):
            return step
        if (
            step.status is StepStatus.WAITING
            and step.waiting_for is WaitingFor.RETRY
            and step.next_attempt_at is not None
            and step.next_attempt_at <= now
        ):
            return step
    return None


def claim(
    plan: Plan, state: State, step: StepState, *, worker: str, lease: timedelta, now: datetime
) -> None:
    """Take `step`. One attempt begins, unless it is taken over from a worker that went silent."""
    if step.status is StepStatus.RUNNING:
        step.takeovers += 1
        state.note("taken_over", now, step, attempt=step.attempt, worker=step.worker)
    else:
        step.attempt += 1
    if step.started_at is None:
        step.started_at = now
    step.status, step.waiting_for, step.next_attempt_at = (
        StepStatus.RUNNING,
        WaitingFor.NOTHING,
        None,
    )
    step.fence += 1
    step.worker, step.lease_until = worker, now + lease
    if state.status is ExecutionStatus.QUEUED:
        state.status, state.started_at = ExecutionStatus.RUNNING, now
        state.note("started", now)
    state.touch(step)


def wait(
    state: State,
    step: StepState,
    *,
    reason: WaitingFor,
    until: datetime | None,
    now: datetime,
    related_id: UUID | None = None,
) -> None:
    """Put a running step aside until something happens, or until a moment."""
    step.status, step.waiting_for = StepStatus.WAITING, reason
    step.next_attempt_at, step.lease_until = until, None
    step.related_id = related_id or step.related_id
    state.note(f"waiting_for_{reason}", now, step, until=until.isoformat() if until else None)
    state.touch(step)


def fan_out(plan: Plan, state: State, step: StepState, items: list[Json], now: datetime) -> None:
    """Make a running step the group of its items, and begin as many as may run at once."""
    step.status, step.waiting_for, step.lease_until = StepStatus.WAITING, WaitingFor.ITEMS, None
    step.fan = {"total": len(items), "next": 0, "done": 0, "failed": 0}
    step.input = {"for_each": items}
    state.note("fanned_out", now, step, items=len(items))
    state.touch(step)
    if not items:
        _end(state, step, StepStatus.SUCCEEDED, now, output=[])
        _after(plan, state, step, now)
        return
    for _ in range(min(plan.steps[step.step_id].max_parallel, len(items))):
        _next_item(state, step, now)


def succeed(plan: Plan, state: State, step: StepState, outcome: Outcome, now: datetime) -> None:
    """Store what a step gave, and let what follows begin."""
    step.log.extend(outcome.log)
    step.output_digest, step.output_size = outcome.output_digest, outcome.output_size
    step.output_file = outcome.output_file
    _end(state, step, StepStatus.SUCCEEDED, now, output=outcome.output)
    _after(plan, state, step, now)


def fail(
    plan: Plan,
    state: State,
    step: StepState,
    outcome: Outcome,
    now: datetime,
    random: Random,
    *,
    final: bool = False,
) -> None:
    """An attempt failed: another one later, if the error's class and the count allow it."""
    error = outcome.error
    assert error is not None  # noqa: S101 - a failure has an error
    step.log.extend(outcome.log)
    retry = plan.steps[step.step_id].retry
    worth_it = error["code"] in retry.on and not final and not state.cancelling
    if worth_it and step.attempt < retry.attempts:
        pause = backoff(
            step.attempt, retry.initial, retry.max, random, retry_after=error.get("retry_after")
        )
        step.error = error
        step.lease_until = None
        step.status, step.waiting_for = StepStatus.WAITING, WaitingFor.RETRY
        step.next_attempt_at = now + timedelta(seconds=pause)
        state.note("retrying", now, step, attempt=step.attempt, error=error, after=round(pause, 3))
        state.touch(step)
        return
    _end(state, step, StepStatus.FAILED, now, error=error)
    _after(plan, state, step, now)


def backoff(
    attempt: int, initial: float, most: float, random: Random, *, retry_after: float | None = None
) -> float:
    """Seconds until the next attempt: exponential with full jitter, and never before `Retry-After`.

    The jitter is spread over the whole interval, which keeps clients that failed together from
    coming back together (M. Brooker, "Exponential Backoff And Jitter", AWS, 2015).
    """
    ceiling = min(most, initial * 2 ** min(attempt - 1, 32))
    pause = random.uniform(0, ceiling)
    return max(pause, retry_after or 0.0)


def cancel(plan: Plan, state: State, now: datetime) -> None:
    """End every step that is not held by a worker; those that are end when their worker hears."""
    for step in list(state.steps.values()):
        if step.status is StepStatus.QUEUED or (
            step.status is StepStatus.WAITING and step.waiting_for is not WaitingFor.ITEMS
        ):
            _end(state, step, StepStatus.CANCELLED, now)
    for step in list(state.steps.values()):
        if step.waiting_for is WaitingFor.ITEMS and not step.ended and not _items(state, step):
            _end(state, step, StepStatus.CANCELLED, now)
    _finish_execution(plan, state, now)


def stop(plan: Plan, state: State, step: StepState, outcome: Outcome, now: datetime) -> None:
    """A running step heard that the execution is being cancelled."""
    step.log.extend(outcome.log)
    _end(state, step, StepStatus.CANCELLED, now, error=outcome.error)
    cancel(plan, state, now)


def scope(state: State, names: Iterable[str], step: StepState | None = None) -> dict[str, Json]:
    """What an expression sees: only the steps named, so that nothing else is fetched."""
    visible: dict[str, Json] = {
        "params": state.parameters,
        "endpoints": state.endpoints,
        "execution": state.facts,
        "steps": {name: _seen(state, name) for name in names},
    }
    if step is not None and step.item >= 0:
        group = state.steps[step.step_id, -1]
        visible["item"] = group.input["for_each"][step.item]
        visible["index"] = step.item
    return visible


def _seen(state: State, step_id: str) -> dict[str, Json]:
    step = state.steps.get((step_id, -1))
    if step is None:
        return {"status": "queued", "output": None, "error": None}
    error = step.error if step.status is StepStatus.FAILED else None
    return {"status": str(step.status), "output": state.output_of(step_id), "error": error}


def _lease_is_over(step: StepState, now: datetime) -> bool:
    return step.lease_until is not None and step.lease_until <= now


def _born(step: Step, status: StepStatus, now: datetime, item: int = -1) -> StepState:
    return StepState(
        id=new_id(),
        step_id=step.id,
        item=item,
        task=step.task,
        status=status,
        next_attempt_at=now + WAKE_GRACE if status is StepStatus.QUEUED else None,
    )


def _end(
    state: State,
    step: StepState,
    status: StepStatus,
    now: datetime,
    *,
    output: Json = None,
    error: dict[str, Json] | None = None,
) -> None:
    step.status, step.waiting_for = status, WaitingFor.NOTHING
    step.lease_until = step.next_attempt_at = None
    step.output = output
    step.error = error
    step.finished_at = now
    data: dict[str, Json] = {"attempt": step.attempt}
    if error is not None:
        data["error"] = error
    state.note(str(status), now, step, **data)
    state.touch(step)


def _after(plan: Plan, state: State, step: StepState, now: datetime) -> None:
    """Go on from a step that has just ended."""
    if step.item >= 0:
        _item_ended(plan, state, step, now)
    else:
        _settle(plan, state, plan.followers[step.step_id], now)
    if state.cancelling:
        cancel(plan, state, now)
    else:
        _finish_execution(plan, state, now)


def _settle(plan: Plan, state: State, candidates: Iterable[str], now: datetime) -> None:
    """Begin or skip each candidate whose needs have all ended, and go on from those skipped."""
    waiting = list(candidates)
    while waiting:
        name = waiting.pop(0)
        if (name, -1) in state.steps or state.cancelling:
            continue
        needs = [state.steps.get((need, -1)) for need in plan.steps[name].needs]
        if any(need is None or not need.ended for need in needs):
            continue
        born = _decide(plan, state, name, [need for need in needs if need], now)
        state.touch(born)
        if born.ended:
            state.note(str(born.status), now, born, reason=born.error and born.error["code"])
            waiting.extend(plan.followers[name])


def _decide(
    plan: Plan, state: State, name: str, needs: list[StepState], now: datetime
) -> StepState:
    """A step whose needs have ended: queued, skipped, or failed by its own condition."""
    step = plan.steps[name]
    for need in needs:
        if _stands_in_the_way(plan, need) and need.step_id not in step.judges:
            skipped = _born(step, StepStatus.SKIPPED, now)
            skipped.finished_at = now
            skipped.error = {
                "code": FAILED_NEED,
                "message": f"{need.step_id} did not succeed, so this was not begun.",
            }
            return skipped
    if step.condition is None or plan.reads[name] & state.unknown:
        return _born(step, StepStatus.QUEUED, now)
    try:
        wanted = step.condition.evaluate(scope(state, plan.reads[name]))
        if not isinstance(wanted, bool):
            raise ExpressionFailed(f"`when` gave {wanted!r}, which is neither true nor false.")
    except ExpressionFailed as problem:
        failed = _born(step, StepStatus.FAILED, now)
        failed.finished_at = now
        failed.error = failure(ErrorClass.EXPRESSION_FAILED, str(problem), problem.hint)
        return failed
    born = _born(step, StepStatus.QUEUED if wanted else StepStatus.SKIPPED, now)
    born.finished_at = None if wanted else now
    return born


def _stands_in_the_way(plan: Plan, need: StepState) -> bool:
    if need.status is StepStatus.SKIPPED:
        return need.error is not None  # by a failed need of its own, not by its condition
    if need.status is StepStatus.FAILED:
        return plan.steps[need.step_id].on_error == "fail"
    return need.status is StepStatus.CANCELLED


def _items(state: State, group: StepState) -> list[StepState]:
    """The items of a group that are under way."""
    return [
        step
        for step in state.steps.values()
        if step.step_id == group.step_id and step.item >= 0 and not step.ended
    ]


def _next_item(state: State, group: StepState, now: datetime) -> None:
    assert group.fan is not None  # noqa: S101 - a group has counts
    index = group.fan["next"]
    group.fan = {**group.fan, "next": index + 1}
    item = StepState(
        id=new_id(),
        step_id=group.step_id,
        item=index,
        task=group.task,
        status=StepStatus.QUEUED,
        next_attempt_at=now + WAKE_GRACE,
    )
    state.touch(item)
    state.touch(group)


def _item_ended(plan: Plan, state: State, item: StepState, now: datetime) -> None:
    group = state.steps[item.step_id, -1]
    assert group.fan is not None  # noqa: S101 - a group has counts
    failed = item.status is StepStatus.FAILED
    group.fan = {
        **group.fan,
        "done": group.fan["done"] + 1,
        "failed": group.fan["failed"] + failed,
    }
    state.touch(group)
    del state.steps[item.key]  # written with these changes, and asked for no more
    on_error = plan.steps[group.step_id].on_error
    stopped = on_error == "fail" and group.fan["failed"] > 0
    if group.fan["next"] < group.fan["total"] and not stopped and not state.cancelling:
        _next_item(state, group, now)
    elif not _items(state, group) and not state.cancelling:
        _group_ended(plan, state, group, now)


def _group_ended(plan: Plan, state: State, group: StepState, now: datetime) -> None:
    assert group.fan is not None  # noqa: S101 - a group has counts
    failed, total = group.fan["failed"], group.fan["total"]
    if failed and plan.steps[group.step_id].on_error != "continue":
        _end(
            state,
            group,
            StepStatus.FAILED,
            now,
            error=failure(
                ErrorClass.FAILED,
                f"{failed} of {total} items failed.",
                "Open the items that failed; re-running from here does all of them again.",
            ),
        )
    else:
        # The items' outputs, in their order, are put together where they are stored.
        _end(state, group, StepStatus.SUCCEEDED, now)
        group.output_digest = "items"
    _settle(plan, state, plan.followers[group.step_id], now)


def _finish_execution(plan: Plan, state: State, now: datetime) -> None:
    """End the execution when nothing is under way and nothing more can begin."""
    if any(not step.ended for step in state.steps.values()):
        return
    if not state.cancelling and len([key for key in state.steps if key[1] < 0]) < len(plan.steps):
        return
    failed = [
        step
        for step in state.steps.values()
        if step.status is StepStatus.FAILED and plan.steps[step.step_id].on_error != "continue"
    ]
    if state.cancelling:
        state.status = ExecutionStatus.CANCELLED
    elif failed:
        state.status = ExecutionStatus.FAILED
        first = failed[0].error or {}
        state.error = {
            "code": first.get("code", str(ErrorClass.FAILED)),
            "message": first.get("message", ""),
            "step": failed[0].step_id,
            "steps": [step.step_id for step in failed],
        }
    else:
        _give_outputs(plan, state)
    state.finished_at = now
    state.note(str(state.status), now)


def _give_outputs(plan: Plan, state: State) -> None:
    try:
        if not plan.output_reads & state.unknown:
            state.outputs = plan.document.output_template.evaluate(scope(state, plan.output_reads))
        state.status = ExecutionStatus.SUCCEEDED
    except ExpressionFailed as problem:
        state.status = ExecutionStatus.FAILED
        state.error = failure(ErrorClass.EXPRESSION_FAILED, str(problem), problem.hint)
