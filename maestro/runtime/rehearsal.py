"""A run in memory: the same engine, with every task asked what it would do; nothing goes out.

What a task would answer is not known beforehand, so what depends on it is shown as such, and a
condition on it is taken to hold: a rehearsal shows the most that could happen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, TypeVar

from catalog.control_tasks import APPROVAL, CALL, WAIT
from catalog.document_model import Step
from catalog.expressions import ExpressionFailed, Reference, Template
from connectors.contract import Call, ErrorClass, PlannedCall, SecretValue, Task, TaskError
from maestro.runtime import engine
from maestro.runtime.engine_state import Outcome, State, StepState, failure
from maestro.runtime.plan import Plan
from maestro.runtime.reach import hosts_of, masked
from maestro.runtime.states import StepStatus

_LEASE = timedelta(hours=1)
_random = SystemRandom()
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What one step would do."""

    step_id: str
    task: str
    would: str  # run, wait, be skipped, fail
    calls: tuple[PlannedCall, ...] = ()
    inputs: Any = None
    error: Mapping[str, Any] | None = None
    for_each: int | None = None  # how many items; None when it is no loop or not known
    depends_on: tuple[str, ...] = ()  # steps whose real output it needs to be told in full

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"calls": [asdict(call) for call in self.calls]}


@dataclass(slots=True)
class _Rehearsal:
    plan: Plan
    state: State
    find_task: Callable[[str], Task | None]
    now: datetime
    connections: Mapping[str, Mapping[str, Any]]
    allowed_hosts: frozenset[str]
    steps: dict[str, Rehearsed] = field(default_factory=dict)


def rehearse(
    plan: Plan,
    state: State,
    *,
    find_task: Callable[[str], Task | None],
    now: datetime,
    connections: Mapping[str, Mapping[str, Any]] | None = None,
    allowed_hosts: frozenset[str] | None = None,
) -> list[Rehearsed]:
    """What each step would do, in the order of the document; `state` ends as the run would.

    `connections` are the tenant's by kind, with a `stand_in` wherever a secret goes.
    `allowed_hosts` are those that may be reached; None are those of its endpoints. Nothing is
    raised for a step that would fail: it is told, and what follows from it.
    """
    allowed = hosts_of(state.endpoints) if allowed_hosts is None else allowed_hosts
    rehearsal = _Rehearsal(plan, state, find_task, now, connections or {}, allowed)
    engine.begin(plan, state, now)
    while (step := engine.claimable(state, now)) is not None:
        engine.claim(plan, state, step, worker="rehearsal", lease=_LEASE, now=now)
        _step(rehearsal, step)
    for step in state.steps.values():
        if step.status is StepStatus.SKIPPED:
            rehearsal.steps[step.step_id] = Rehearsed(
                step.step_id, step.task, "be skipped", error=step.error
            )
    return [rehearsal.steps[name] for name in plan.steps if name in rehearsal.steps]


def stand_in(name: str) -> SecretValue:
    """What stands for a secret here: nothing is read, and what is shown is masked all the same."""
    return SecretValue(name, f"<{name}>")


def _step(rehearsal: _Rehearsal, step: StepState) -> None:
    plan, state, now = rehearsal.plan, rehearsal.state, rehearsal.now
    spec = plan.steps[step.step_id]
    try:
        told = _tell(rehearsal, spec, step)
    except (ExpressionFailed, TaskError) as problem:
        code = getattr(problem, "error_class", ErrorClass.EXPRESSION_FAILED)
        error = failure(code, str(problem), problem.hint)
        rehearsal.steps[step.step_id] = Rehearsed(step.step_id, step.task, "fail", error=error)
        engine.fail(plan, state, step, Outcome(error=error), now, _random, final=True)
        return
    rehearsed, output, known = told
    rehearsal.steps[step.step_id] = rehearsed
    if not known:
        state.unknown |= {step.step_id}
    engine.succeed(plan, state, step, Outcome(output=output), now)


def _tell(rehearsal: _Rehearsal, spec: Step, step: StepState) -> tuple[Rehearsed, Any, bool]:
    """What the step would do, what it would give, and whether that is known beforehand."""
    state, reads = rehearsal.state, rehearsal.plan.reads[spec.id]
    depends = tuple(sorted(reads & state.unknown))
    visible = engine.scope(state, reads)
    items = _items(spec, visible, state)
    hidden = set(state.unknown)
    if spec.items is not None:
        hidden.add("item")
        if items:
            visible |= {"item": items[0], "index": 0}
            hidden.discard("item")
    visible["secrets"] = {name: stand_in(name) for name in spec.secrets}
    inputs = _inputs(spec.with_, visible, hidden)
    count = None if items is None else len(items)
    if items == []:
        return Rehearsed(spec.id, spec.task, "be skipped", for_each=0), [], True
    shown = Rehearsed(
        spec.id, spec.task, "run", inputs=masked(inputs), for_each=count, depends_on=depends
    )
    if spec.task in (WAIT, APPROVAL):
        return _waits(shown, spec.task, inputs), None, False
    if spec.task == CALL:
        call = PlannedCall(summary=f"start {inputs.get('workflow')} and wait for it")
        return _with_calls(shown, [call]), None, False
    task = rehearsal.find_task(spec.task)
    if task is None:
        raise TaskError(ErrorClass.INTERNAL, f"The task {spec.task} is not installed.")
    call_of = _call(rehearsal, spec, inputs)
    if not task.manifest.capabilities and not depends and spec.items is None:
        return shown, _asked(task, task.execute, call_of), True
    if depends or (spec.items is not None and not items):
        # Told from inputs that are not all known: say where it goes, without the task's own checks.
        return _with_calls(shown, [_roughly(spec.task, inputs)]), None, False
    return _with_calls(shown, _asked(task, task.plan, call_of)), None, False


def _asked(task: Task, method: Callable[[Call], _Answer], call: Call) -> _Answer:
    try:
        return method(call)
    except TaskError:
        raise
    except Exception as problem:  # noqa: BLE001 - the door to foreign code: nothing gets past it
        raise TaskError(
            ErrorClass.INTERNAL,
            f"{task.manifest.ref} broke: {type(problem).__name__}.",
            hint="This is a mistake of the task; tell whoever wrote it.",
        ) from None


def _items(spec: Step, visible: Mapping[str, Any], state: State) -> list[Any] | None:
    if spec.items is None or _unknown(spec.items, state.unknown):
        return None
    items = spec.items.evaluate(visible)
    if not isinstance(items, list):
        raise TaskError(ErrorClass.EXPRESSION_FAILED, "`for_each` gave no list.")
    return items


def _inputs(value: Any, visible: Mapping[str, Any], hidden: set[str]) -> Any:
    """The inputs, with what is not known yet said as the expression that will give it."""
    if isinstance(value, Mapping):
        return {key: _inputs(item, visible, hidden) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inputs(item, visible, hidden) for item in value]
    if not isinstance(value, str):
        return value
    template = Template.parse(value)
    return value if _unknown(template, hidden) else template.evaluate(visible)


def _unknown(template: Template, hidden: set[str] | frozenset[str]) -> bool:
    return any(_is_hidden(reference, hidden) for reference in template.references)


def _is_hidden(reference: Reference, hidden: set[str] | frozenset[str]) -> bool:
    if reference.root in ("item", "index"):
        return "item" in hidden
    if reference.root != "steps" or not reference.path:
        return False
    return reference.path[0] in hidden and reference.path[1:2] != ("status",)


def _waits(shown: Rehearsed, task: str, inputs: Mapping[str, Any]) -> Rehearsed:
    if task == WAIT:
        summary = f"wait {inputs.get('duration') or 'until ' + str(inputs.get('until'))}"
    else:
        count = inputs.get("count", 1)
        teams = inputs.get("teams") or []
        of = f" of {' or '.join(map(str, teams))}" if teams else ""
        summary = f"wait for {count} {'person' if count == 1 else 'people'}{of} to approve"
    return Rehearsed(
        shown.step_id,
        shown.task,
        "wait",
        (PlannedCall(summary=summary),),
        shown.inputs,
        depends_on=shown.depends_on,
    )


def _with_calls(shown: Rehearsed, calls: list[PlannedCall]) -> Rehearsed:
    return Rehearsed(
        shown.step_id,
        shown.task,
        shown.would,
        tuple(calls),
        shown.inputs,
        for_each=shown.for_each,
        depends_on=shown.depends_on,
    )


def _roughly(task: str, inputs: Mapping[str, Any]) -> PlannedCall:
    where = next((str(inputs[key]) for key in ("url", "to", "workflow") if key in inputs), "")
    method = str(inputs.get("method", ""))
    return PlannedCall(
        summary=" ".join(word for word in (task, method, where) if word),
        method=method,
        detail=masked(inputs),
    )


def _call(rehearsal: _Rehearsal, spec: Step, inputs: Mapping[str, Any]) -> Call:
    state = rehearsal.state
    return Call(
        inputs=inputs,
        idempotency_key=f"{state.id}:{spec.id}",
        attempt=1,
        deadline=time.monotonic() + 60,
        cancelled=threading.Event(),
        allowed_hosts=rehearsal.allowed_hosts,
        templates=rehearsal.plan.document.templates,
        tenant_id=str(state.tenant_id),
        connections=rehearsal.connections,
    )
