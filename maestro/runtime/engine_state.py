"""What the engine thinks about: an execution, its steps, and what became of them. Pure values.

A `State` is what a worker, or a simulation, knows of an execution; `engine.py` changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from connectors.contract import ErrorClass
from maestro.runtime.states import STEP_ENDED, ExecutionStatus, StepStatus, WaitingFor

Key = tuple[str, int]
Json = Any


@dataclass(slots=True)
class StepState:
    """A step, or one item of it (`item` from 0); the mutable twin of a `StepRun` row."""

    id: UUID
    step_id: str
    item: int
    task: str
    status: StepStatus
    attempt: int = 0
    fence: int = 0
    takeovers: int = 0
    worker: str = ""
    waiting_for: WaitingFor = WaitingFor.NOTHING
    lease_until: datetime | None = None
    next_attempt_at: datetime | None = None
    input: Json = None
    output: Json = None
    output_digest: str = ""
    output_size: int = 0
    output_file: str = ""
    error: dict[str, Json] | None = None
    log: list[str] = field(default_factory=list)
    fan: dict[str, Json] | None = None
    related_id: UUID | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def key(self) -> Key:
        """Its place in the state."""
        return self.step_id, self.item

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in STEP_ENDED


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    kind: str
    at: datetime
    step_id: str = ""
    item: int = -1
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """What is to be written since the state was read or last written."""

    steps: dict[Key, StepState] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.steps or self.events)


@dataclass(slots=True)
class State:
    """An execution as a worker knows it."""

    id: UUID
    tenant_id: UUID
    status: ExecutionStatus
    parameters: Mapping[str, Json]
    endpoints: Mapping[str, str]
    facts: Mapping[str, Json]  # what expressions see as `execution`
    steps: dict[Key, StepState] = field(default_factory=dict)
    cancelling: bool = False
    outputs: Json = None
    error: dict[str, Json] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    changes: Changes = field(default_factory=Changes)
    unknown: frozenset[str] = frozenset()  # steps whose output is not known, in a simulation
    # A step's stored output may not be at hand; asked for by step id, once.
    load_output: Callable[[str], Json] | None = None

    def output_of(self, step_id: str) -> Json:
        """The output of an ended step, fetched if need be."""
        step = self.steps.get((step_id, -1))
        if step is None or step.status is not StepStatus.SUCCEEDED:
            return None if step is None else step.output
        if step.output is None and step.output_digest and self.load_output is not None:
            step.output = self.load_output(step_id)
        return step.output

    def is_born_alone(self, step: StepState) -> bool:
        """Whether a queued step is in no row yet, and is all there is to do or to wait for."""
        return (
            step.status is StepStatus.QUEUED
            and step.key in self.changes.steps
            and all(other is step or other.ended for other in self.steps.values())
        )

    def note(self, kind: str, at: datetime, step: StepState | None = None, **data: Json) -> None:
        """Add an event."""
        if step is None:
            self.changes.events.append(Event(kind, at, data=data))
        else:
            self.changes.events.append(Event(kind, at, step.step_id, step.item, data))

    def touch(self, step: StepState) -> None:
        """Have `step` written with the next changes."""
        self.steps[step.key] = step
        self.changes.steps[step.key] = step


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: with an output, or with an error."""

    output: Json = None
    output_digest: str = ""
    output_size: int = 0
    output_file: str = ""
    error: dict[str, Json] | None = None  # code, message, hint, retryable, retry_after, details
    log: tuple[str, ...] = ()


def failure(code: ErrorClass, message: str, hint: str = "", **details: Json) -> dict[str, Json]:
    """An error as it is stored, with whether its class is worth another attempt."""
    error: dict[str, Json] = {"code": str(code), "message": message, "retryable": code.retryable}
    if hint:
        error["hint"] = hint
    if details:
        error["details"] = details
    return error
