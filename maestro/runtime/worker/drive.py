"""The worker's loop: one commit a step, and the next step is claimed in it.

`drive` goes on with one execution until nothing in it can be taken now. Two workers on the same
execution are harmless: whichever writes second finds that the revision has moved on, reads what
changed, and thinks again, alone. A worker that lost its lease finds its fence gone and lets go.

A step that only works out a value (`Manifest.instant`) is part of the thinking, where nobody else
could do anything meanwhile: it is claimed, done and ended in the commit that was due anyway.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import SystemRandom
from uuid import UUID

from django.conf import settings

from catalog.control_tasks import APPROVAL, CALL
from connectors.contract import ErrorClass
from connectors.registry import registry
from governance.services.close_approval import cancel_approval
from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.errors import IllegalTransition
from maestro.kernel.problems import OUT_OF_REACH
from maestro.runtime import engine
from maestro.runtime.engine_state import Outcome, State, StepState, failure
from maestro.runtime.states import EXECUTION_ENDED, ExecutionStatus, StepStatus
from maestro.runtime.worker import store
from maestro.runtime.worker.answers import take_answers
from maestro.runtime.worker.leases import Held, lease_keeper
from maestro.runtime.worker.outage import Outage
from maestro.runtime.worker.perform import perform
from maestro.runtime.worker.results import Done, Failed, Fans, Result, Stopped, Waits
from maestro.runtime.worker.store import Snapshot

logger = logging.getLogger(__name__)

ADVANCE = "runtime.advance_execution"
HELPERS = (
    16  # messages sent at most when many branches begin at once: each brings a worker that stays
)
AHEAD = 0.05  # seconds of values worked out and not written, which a killed worker leaves undone

_random = SystemRandom()


def drive(execution_id: UUID) -> None:
    """Take an execution as far as it goes now. Safe to call at any time, by anyone, twice."""
    snapshot = _read(execution_id)
    if snapshot is None:
        logger.warning("There is no execution %s.", execution_id)
        return
    if snapshot.state.status in EXECUTION_ENDED:
        return
    held = _take_up(snapshot)
    while held is not None:
        with lease_keeper().holding(held.id, held.fence) as lease:
            result = _carry_out(snapshot, held, lease)
            held = _put_down(snapshot, held, result)


def _read(execution_id: UUID) -> Snapshot | None:
    # This thread's connection may have been cut since it was last used.
    outage = Outage()
    while True:
        try:
            return store.read(execution_id)
        except OUT_OF_REACH as problem:
            outage.wait(problem)


def _take_up(snapshot: Snapshot) -> StepState | None:
    """Claim a first step, together with whatever answers have come in meanwhile."""
    while True:
        state, moment = snapshot.state, now()
        if state.status in EXECUTION_ENDED:
            return None
        begins = state.status is ExecutionStatus.QUEUED and not state.cancelling
        if begins:
            engine.begin(snapshot.plan, state, moment)
        take_answers(snapshot, moment)
        if state.cancelling:
            engine.cancel(snapshot.plan, state, moment)
        # Asked for a second time, whoever was asked first may have died of it: claims are written.
        held = _claim(snapshot, ahead=begins and not snapshot.row["asked_again"])
        if not state.changes:
            return None
        if _write(snapshot, held):
            return held
        store.refresh(snapshot)


def _carry_out(snapshot: Snapshot, held: StepState, lease: Held) -> Result:
    if held.takeovers > settings.RUNTIME_TAKEOVERS:
        error = failure(
            ErrorClass.WORKER_LOST,
            f"{held.takeovers} workers went silent while they carried this out.",
            "Look for what ends them: memory, a crash in the task, a machine that is stopped.",
        )
        return Failed(Outcome(error=error), final=True)
    return perform(snapshot, held, lease)


def _put_down(snapshot: Snapshot, held: StepState, result: Result) -> StepState | None:
    """Store a result and claim the next step in the same commit. None when there is none.

    A database that is away is waited for: the call was made, and its result is here only.
    """
    key, fence = held.key, held.fence
    # What was called for is written first; and what killed a worker is found by its own claim.
    may_go_ahead = held.takeovers == 0 and _is_instant(snapshot, held)

    def think(ahead: bool) -> StepState | None:
        state = snapshot.state
        current = state.steps.get(key)
        if current is None or current.fence != fence or current.status is not StepStatus.RUNNING:
            logger.warning("The lease of %s in %s was lost; its result is dropped.", key, state.id)
            return None
        _apply(snapshot, current, result)
        return _claim(snapshot, ahead=ahead and may_go_ahead)

    outage = Outage()
    while True:
        try:
            if outage.lasts:
                # The write may have been done all the same: what is there now says so.
                store.read_again(snapshot)
            return _settle(snapshot, think)
        except OUT_OF_REACH as problem:
            outage.wait(problem)


def _settle(snapshot: Snapshot, think: Callable[[bool], StepState | None]) -> StepState | None:
    """Think ahead and write; when another wrote meanwhile, once more with the execution locked.

    So of many branches that end at the same moment each gets its turn, and none thinks in vain for
    so long that its lease ends. Not while it is being cancelled: requests for approval are given up
    then, and whoever decides one holds it while they wait for the execution.
    """
    while True:
        claimed = think(True)
        if not snapshot.state.changes or _write(snapshot, claimed):
            return claimed
        with store.alone(snapshot):
            if not snapshot.state.cancelling:
                claimed = think(False)
                if snapshot.state.changes:
                    _write(snapshot, claimed)
                return claimed


def _apply(snapshot: Snapshot, step: StepState, result: Result) -> None:
    plan, state, moment = snapshot.plan, snapshot.state, now()
    match result:
        case Done(outcome):
            engine.succeed(plan, state, step, outcome, moment)
        case Failed(outcome, final):
            engine.fail(plan, state, step, outcome, moment, _random, final=final)
        case Stopped(outcome):
            engine.stop(plan, state, step, outcome, moment)
        case Waits(reason, until, related_id):
            engine.wait(state, step, reason=reason, until=until, now=moment, related_id=related_id)
        case Fans(items):
            engine.fan_out(plan, state, step, items, moment)
    if state.cancelling and state.status not in EXECUTION_ENDED:
        engine.cancel(plan, state, moment)


def _claim(snapshot: Snapshot, *, ahead: bool) -> StepState | None:
    """Claim the next step. `ahead` carries out those before it that are part of the thinking.

    None of it is written yet. As each is born here, the rows still say what is to be done if this
    worker dies now: the step before has its lease, or the execution waits to be begun.
    """
    state, until = snapshot.state, time.monotonic() + AHEAD
    while not state.cancelling and state.status not in EXECUTION_ENDED:
        moment = now()
        step = engine.claimable(state, moment)
        if step is None:
            return None
        thought = ahead and state.is_born_alone(step) and _is_instant(snapshot, step)
        lease = timedelta(seconds=settings.RUNTIME_LEASE)
        engine.claim(snapshot.plan, state, step, worker=worker_name(), lease=lease, now=moment)
        if not thought or time.monotonic() > until:
            return step
        _apply(snapshot, step, perform(snapshot, step, Held(step.id, step.fence)))
    return None


def _is_instant(snapshot: Snapshot, step: StepState) -> bool:
    """Whether what it gives follows from its inputs alone, at once."""
    spec, task = snapshot.plan.steps[step.step_id], registry().get(step.task)
    return spec.items is None and not spec.secrets and task is not None and task.manifest.instant


def _write(snapshot: Snapshot, held: StepState | None) -> bool:
    """Write the changes; then wake others for branches that began, and a parent that waits."""
    state = snapshot.state
    queued = sum(
        step.status is StepStatus.QUEUED
        for step in state.changes.steps.values()
        if held is None or step.key != held.key
    )
    # Before the write: an execution that is being cancelled never goes back, so these may go first,
    # and a worker that dies here leaves nothing asked for that nobody waits for.
    for request_id in _given_up(state, APPROVAL):
        with suppress(IllegalTransition):  # it was decided a moment before
            cancel_approval(tenant_id=state.tenant_id, request_id=request_id, using=store.JOBS)
    if orphans := _given_up(state, CALL):
        for child_id in store.ask_to_cancel(orphans, now()):
            enqueue(ADVANCE, using=store.JOBS, execution_id=child_id)
    if not store.write(snapshot, now()):
        return False
    for _ in range(min(queued, HELPERS)):
        enqueue(ADVANCE, using=store.JOBS, execution_id=state.id)
    if state.status in EXECUTION_ENDED and snapshot.row["parent_execution_id"]:
        enqueue(ADVANCE, using=store.JOBS, execution_id=snapshot.row["parent_execution_id"])
    return True


def _given_up(state: State, task: str) -> list[UUID]:
    """What steps that are being cancelled had asked for: approval requests, or child executions."""
    return [
        step.related_id
        for step in state.changes.steps.values()
        if step.status is StepStatus.CANCELLED and step.task == task and step.related_id
    ]


def worker_name() -> str:
    """Who holds a lease: machine, process, thread."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident() % 100_000}"[:80]
