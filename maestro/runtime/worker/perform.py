"""Carrying out one claimed step: what its expressions give, then the call, or what it waits for.

Nothing here touches the execution's rows: the result is a value, and `drive` stores it.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

from catalog.control_tasks import APPROVAL, CALL, WAIT
from catalog.document_model import Step
from catalog.durations import parse_duration
from catalog.expressions import ExpressionFailed
from connectors.contract import (
    Call,
    ErrorClass,
    MadeCall,
    SecretValue,
    Task,
    TaskError,
    secrets_in,
)
from connectors.registry import registry
from connectors.services.connections_for import connections_for
from governance.models import ApprovalRequest, ApprovalStatus
from governance.models.approval import REVIEW
from governance.sealing import SecretUnreadable
from governance.secrets.errors import SecretSourceAway
from governance.services.request_approval import request_approval
from governance.services.reveal_secrets import reveal_secrets
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, MaestroError, NotFound
from maestro.kernel.redaction import Redactor
from maestro.runtime import calls, engine
from maestro.runtime.engine_state import Outcome, StepState, failure
from maestro.runtime.reach import masked
from maestro.runtime.services.call_workflow import call_workflow
from maestro.runtime.states import WaitingFor
from maestro.runtime.worker.leases import Held
from maestro.runtime.worker.outputs import keep_output
from maestro.runtime.worker.results import Done, Failed, Fans, Result, Stopped, Waits
from maestro.runtime.worker.store import JOBS, Snapshot

GRACE = 2.0  # seconds past its deadline that a call may take to come back by itself
LOG_LINES, LOG_LINE = 200, 2000  # what is kept of a step's log


def perform(snapshot: Snapshot, step: StepState, held: Held) -> Result:
    """Carry out a step that this worker holds."""
    spec = snapshot.plan.steps[step.step_id]
    try:
        visible = engine.scope(snapshot.state, snapshot.plan.reads[step.step_id], step)
        if spec.items is not None and step.item < 0:
            return _items(spec, spec.items.evaluate(visible))
        inputs = spec.inputs.evaluate(visible | {"secrets": _secrets(snapshot, spec)})
    except ExpressionFailed as problem:
        return _failed(ErrorClass.EXPRESSION_FAILED, str(problem), problem.hint)
    except (NotFound, SecretUnreadable, SecretSourceAway) as problem:
        return _without_secret(problem)
    step.input = masked(inputs)
    control = {WAIT: _wait, APPROVAL: _approval, CALL: _call}.get(spec.task)
    if control is not None:
        return control(snapshot, spec, step, inputs)
    task = registry().get(spec.task)
    if task is None:
        return _failed(
            ErrorClass.INTERNAL,
            f"This worker does not know the task {spec.task}.",
            "Install the package that brings it on every worker, then re-run from here.",
        )
    try:
        connections = connections_for(
            tenant_id=snapshot.state.tenant_id, capabilities=task.manifest.capabilities
        )
    except (NotFound, SecretUnreadable, SecretSourceAway) as problem:
        return _without_secret(problem)
    return _execute(snapshot, spec, step, task, inputs, connections, held)


def _items(spec: Step, items: Any) -> Result:
    if not isinstance(items, list):
        return _failed(
            ErrorClass.EXPRESSION_FAILED,
            f"`for_each` of {spec.id} gave no list.",
            "Let the expression give a list; an empty one is fine.",
        )
    if len(items) > 10_000:
        return _failed(
            ErrorClass.TOO_LARGE,
            f"`for_each` of {spec.id} gave {len(items)} items; at most 10,000 are done.",
            "Split the list over several executions.",
        )
    return Fans(items)


def _secrets(snapshot: Snapshot, spec: Step) -> dict[str, SecretValue]:
    """The secrets that a step's inputs name, each bound to its value for this one call."""
    if not spec.secrets:
        return {}
    bound = snapshot.secrets
    stored = [bound[name] for name in spec.secrets]
    values = reveal_secrets(tenant_id=snapshot.state.tenant_id, names=stored)
    return {name: SecretValue(name, values[bound[name]]) for name in spec.secrets}


def _wait(snapshot: Snapshot, spec: Step, step: StepState, inputs: Mapping[str, Any]) -> Result:
    if "until" in inputs:
        try:
            until = datetime.fromisoformat(str(inputs["until"]).replace("Z", "+00:00"))
        except ValueError:
            return _failed(
                ErrorClass.INVALID_INPUT,
                f"{inputs['until']!r} is no RFC 3339 moment.",
                "Write it like 2026-12-18T17:00:00Z.",
            )
        if until.tzinfo is None:
            return _failed(
                ErrorClass.INVALID_INPUT,
                f"{inputs['until']!r} has no time zone.",
                "End it with Z or an offset such as +01:00.",
            )
    else:
        try:
            until = now() + timedelta(seconds=parse_duration(str(inputs["duration"])))
        except ValueError as problem:
            return _failed(ErrorClass.INVALID_INPUT, str(problem))
    if until <= now():
        return Done(Outcome(output={}))
    return Waits(WaitingFor.TIMER, until=until)


def _approval(snapshot: Snapshot, spec: Step, step: StepState, inputs: Mapping[str, Any]) -> Result:
    # Keyed by the step: a worker that dies here and another that takes over ask once.
    tenant_id, subject = snapshot.state.tenant_id, str(step.id)
    kind = REVIEW if inputs.get("roles") else "step"
    request = (
        ApprovalRequest.objects.using(JOBS)
        .for_tenant(tenant_id)
        .filter(subject_type=kind, subject_id=subject, status=ApprovalStatus.PENDING)
        .first()
    )
    if request is None:
        try:
            request = request_approval(
                tenant_id=tenant_id,
                subject_type=kind,
                subject_id=subject,
                requested_by=None,
                started_by=snapshot.row["started_by"],
                count=int(inputs.get("count", 1)),
                teams=list(inputs.get("teams", [])),
                message=str(inputs.get("message", "")),
                expires_at=now()
                + timedelta(seconds=parse_duration(str(inputs.get("expires", "72h")))),
                using=JOBS,
            )
        except (InvalidInput, ValueError) as problem:
            return _failed(ErrorClass.INVALID_INPUT, str(problem), getattr(problem, "hint", ""))
    return Waits(WaitingFor.APPROVAL, until=request.expires_at, related_id=request.id)


def _call(snapshot: Snapshot, spec: Step, step: StepState, inputs: Mapping[str, Any]) -> Result:
    try:
        child = call_workflow(
            tenant_id=snapshot.state.tenant_id,
            caller=snapshot.row,
            step_run_id=step.id,
            workflow=str(inputs["workflow"]),
            version_range=str(inputs.get("version", "")),
            parameters=inputs.get("parameters", {}),
            idempotency_key=f"step:{step.id}:{step.attempt}",
        )
    except MaestroError as problem:
        return _failed(ErrorClass.REJECTED, problem.message, problem.hint, reason=problem.code)
    # The child's end wakes the parent; the moment is only for when that message is lost.
    return Waits(WaitingFor.CHILD, until=now() + timedelta(minutes=1), related_id=child.pk)


def _execute(
    snapshot: Snapshot,
    spec: Step,
    step: StepState,
    task: Task,
    inputs: dict[str, Any],
    connections: Mapping[str, Mapping[str, Any]],
    held: Held,
) -> Result:
    # What the tenant's connections hold is as secret as what the step names.
    redactor = Redactor(secret.reveal() for secret in secrets_in([inputs, connections]))
    lines: list[str] = []

    def add(text: str) -> None:
        lines.append(f"{now():%H:%M:%S.%f}"[:-3] + " " + text)

    def log(line: str) -> None:
        if len(lines) < LOG_LINES:
            add(redactor.text(line)[:LOG_LINE].lstrip(calls.MARK))

    def note(made: MadeCall) -> None:
        if sum(f" {calls.MARK} " in line for line in lines) < calls.MOST:
            add(calls.line_of(made, redactor.text))

    call = Call(
        inputs=inputs,
        idempotency_key=f"{snapshot.state.id}:{step.step_id}"
        + (f":{step.item}" if step.item >= 0 else ""),
        attempt=step.attempt,
        deadline=time.monotonic() + (spec.timeout or task.manifest.default_timeout),
        cancelled=held.cancelled,
        allowed_hosts=snapshot.hosts,
        templates=snapshot.plan.document.templates,
        tenant_id=str(snapshot.state.tenant_id),
        log=log,
        connections=connections,
        note=note,
    )
    return _outcome(snapshot, task, call, held, redactor, lines)


def _outcome(
    snapshot: Snapshot,
    task: Task,
    call: Call,
    held: Held,
    redactor: Redactor,
    lines: list[str],
) -> Result:
    try:
        output = redactor.value(_within_deadline(task, call))
    except TaskError as problem:
        error = failure(
            problem.error_class, redactor.text(problem.message), redactor.text(problem.hint)
        )
        if problem.details:  # whatever they are called: a mail server's say a `code` too
            error["details"] = redactor.value(dict(problem.details))
        if problem.retry_after is not None:
            error["retry_after"] = problem.retry_after
        outcome = Outcome(error=error, log=tuple(lines))
        return Stopped(outcome) if _stopped(held, problem) else Failed(outcome)
    try:
        return Done(keep_output(snapshot.state.tenant_id, output, tuple(lines)))
    except (TypeError, ValueError) as problem:
        return _failed(
            ErrorClass.INTERNAL,
            f"The output of {task.manifest.ref} is not JSON: {redactor.text(str(problem))}",
            "This is a mistake of the task; tell whoever wrote it.",
        )


def _stopped(held: Held, problem: TaskError) -> bool:
    return held.cancelled.is_set() and problem.error_class is ErrorClass.CANCELLED


def _within_deadline(task: Task, call: Call) -> Any:
    """Call the task. One that reaches out runs beside this thread, which waits as long as agreed."""
    if not task.manifest.capabilities:
        return _guarded(task, call)
    answer: Future[Any] = Future()

    def run() -> None:
        try:
            answer.set_result(_guarded(task, call))
        except TaskError as problem:
            answer.set_exception(problem)

    threading.Thread(target=run, name=f"task {task.manifest.ref}", daemon=True).start()
    try:
        return answer.result(timeout=call.remaining() + GRACE)
    except TimeoutError:
        call.cancelled.set()
        raise TaskError(
            ErrorClass.TIMED_OUT,
            f"{task.manifest.ref} gave no answer in time.",
            hint="Raise the step's timeout, or look at why the other side is slow.",
        ) from None


def _guarded(task: Task, call: Call) -> Any:
    try:
        return task.execute(call)
    except TaskError:
        raise
    except Exception as problem:  # noqa: BLE001 - the door to foreign code: nothing gets past it
        call.log(traceback.format_exc(limit=-5))
        raise TaskError(
            ErrorClass.INTERNAL,
            f"{task.manifest.ref} broke: {type(problem).__name__}.",
            hint="This is a mistake of the task; tell whoever wrote it.",
        ) from None


def _without_secret(problem: MaestroError) -> Failed:
    """A secret can't be had: for now, when its source is away, else until somebody sets it."""
    if isinstance(problem, SecretSourceAway):
        return Failed(Outcome(error=failure(ErrorClass.UNAVAILABLE, str(problem), problem.hint)))
    return _failed(ErrorClass.INVALID_INPUT, str(problem), problem.hint)


def _failed(code: ErrorClass, message: str, hint: str = "", **details: Any) -> Failed:
    return Failed(Outcome(error=failure(code, message, hint, **details)), final=True)
