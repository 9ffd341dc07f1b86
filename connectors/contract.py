"""What a task is: its manifest, the call it is given, and the errors it may raise.

A third party builds on this module alone, so it is pure Python: no Django, no database, no queue.
Durations are seconds as floats; `deadline` is on the `time.monotonic()` clock.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, Protocol, TypeAlias, runtime_checkable

from maestro.kernel.redaction import MASK

# A JSON value. The manifest's schemas say the shape; a recursive alias would only add casts.
JSON: TypeAlias = Any

REACH_KINDS = ("table", "project", "channel")
"""What a place of an input schema may name, as `"x-reach": "table"`, besides hosts and secrets."""

_TASK = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")
_SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


class ErrorClass(StrEnum):
    """What kind of failure it was: a document's `retry.on` lists these, `error.code` says one."""

    UNAVAILABLE = "unavailable"
    """The other side can't be reached, or says that it can't serve now."""
    RATE_LIMITED = "rate_limited"
    """The other side asks for fewer calls; `retry_after` says when, where it told us."""
    TIMED_OUT = "timed_out"
    """No answer before the deadline, and asking again is safe."""
    AUTH_FAILED = "auth_failed"
    """The other side does not accept the credentials, or not for this."""
    NOT_FOUND = "not_found"
    """The other side has no such thing."""
    CONFLICT = "conflict"
    """The other side's thing is in a state that does not allow it."""
    REJECTED = "rejected"
    """The other side understood and refuses; the same call will be refused again."""
    INVALID_INPUT = "invalid_input"
    """What the step was given can't be used; nothing was sent."""
    ADDRESS_REFUSED = "address_refused"
    """The guard does not let this workflow reach that address; nothing was sent."""
    TOO_LARGE = "too_large"
    """The answer is larger than the step takes."""
    EXPRESSION_FAILED = "expression_failed"
    """A `${{ … }}` could not be evaluated."""
    UNKNOWN_OUTCOME = "unknown_outcome"
    """It may or may not have happened, and asking again could do it twice."""
    FAILED = "failed"
    """The workflow itself says that it failed."""
    CANCELLED = "cancelled"
    """The execution was cancelled while the step ran."""
    WORKER_LOST = "worker_lost"
    """The worker that ran the step vanished."""
    INTERNAL = "internal"
    """A mistake of Maestro or of the connector."""

    @property
    def retryable(self) -> bool:
        """Whether a step is tried again on this when its document does not say."""
        return self in _RETRYABLE


_RETRYABLE = frozenset(
    {
        ErrorClass.UNAVAILABLE,
        ErrorClass.RATE_LIMITED,
        ErrorClass.TIMED_OUT,
        ErrorClass.WORKER_LOST,
    }
)


class TaskError(Exception):
    """A task did not do what it was asked, for a reason that has a class.

    `str(error)` is a sentence for a person, `hint` says what to do next, `retry_after` is in
    seconds, `details` are JSON values. None of them ever holds a secret.
    """

    def __init__(
        self,
        error_class: ErrorClass,
        message: str,
        *,
        hint: str = "",
        retry_after: float | None = None,
        details: Mapping[str, JSON] | None = None,
    ) -> None:
        super().__init__(message)
        self.error_class = error_class
        self.hint = hint
        self.retry_after = retry_after
        self.details: Mapping[str, JSON] = dict(details or {})

    @property
    def message(self) -> str:
        """The sentence for a person."""
        return str(self)


@dataclass(frozen=True, slots=True, repr=False)
class SecretValue:
    """A secret on its way into one call. It shows as a mask; only `reveal()` gives the text.

    It can't be pickled, so that it can't end in a message or a row by accident; a copy is itself.
    """

    name: str
    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The secret itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return f"SecretValue({self.name!r}, {MASK})"

    def __str__(self) -> str:
        return MASK

    def __copy__(self) -> SecretValue:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> SecretValue:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"The secret {self.name!r} is never serialised.")


@dataclass(frozen=True)
class Manifest:
    """What a task declares: its name, what it takes and gives, and what it is able to do.

    `input_schema` and `output_schema` are JSON Schema 2020-12 of a step's `with` and `output`. A
    place where a secret may stand carries `"x-secret": true`; nowhere else may one. A place that
    names a table, project or channel carries `"x-reach"`, one of `REACH_KINDS`. `capabilities` is a
    set of `network`, `mail`, `control`. A `control` task is carried out by the engine itself. What an
    `instant` task gives follows from its inputs alone, within milliseconds; it is carried out before
    anything is written of it, and again when that could not be written.
    `default_timeout` is in seconds. `deprecated` says what to use instead; empty means it is not.
    A `system` task is Maestro's own, as is a place that carries `"x-system": true`: nobody else's
    documents can name them.

    Raises `ValueError` when the name is no `kind.task`, `version` no semver of `major`, or an
    `instant` task is able to do anything.
    """

    task: str
    version: str
    major: int
    title: str
    description: str
    input_schema: Mapping[str, JSON]
    output_schema: Mapping[str, JSON]
    capabilities: frozenset[str] = frozenset()
    control: bool = False
    default_timeout: float = 60.0
    deprecated: str = ""
    system: bool = False
    instant: bool = False

    def __post_init__(self) -> None:
        if not _TASK.fullmatch(self.task):
            raise ValueError(f"{self.task!r} is no task name; write kind.task in lower case.")
        match = _SEMVER.fullmatch(self.version)
        if match is None:
            raise ValueError(f"{self.task}: {self.version!r} is no semantic version.")
        if int(match.group(1)) != self.major:
            raise ValueError(f"{self.task}: version {self.version} is not of major {self.major}.")
        if self.instant and self.capabilities:
            raise ValueError(f"{self.task}: what is instant has no capabilities.")
        if not self.default_timeout > 0:
            raise ValueError(f"{self.task}: the default time-out must be above 0 seconds.")

    @property
    def ref(self) -> str:
        """How a document names it: `http.request@1`."""
        return f"{self.task}@{self.major}"


def _no_log(_line: str) -> None:
    """Where log lines go when nobody listens."""


@dataclass(frozen=True, slots=True)
class MadeCall:
    """One call that a task made, as the step's page shows it. Nothing in it is a secret.

    `kind` is the protocol (`http`, `smtp`), `path` has no query, `status` is the other side's code
    or the class of the error where there was no answer. `size` counts the bytes of the answer's
    body, or of the message that was handed over. `request_id` is what the other side's support asks for.
    """

    kind: str
    method: str
    host: str
    path: str = ""
    status: str = ""
    size: int = 0
    seconds: float = 0.0
    request_id: str = ""


def _no_note(_made: MadeCall) -> None:
    """Where calls are told when nobody listens."""


@dataclass(frozen=True)
class Call:
    """One attempt of one step, as a task sees it.

    `inputs` is the evaluated `with`; a `SecretValue` may stand anywhere in it that the manifest
    allows. `idempotency_key` is `<execution>:<step>`, the same over attempts and take-overs.
    `attempt` counts from 1. `deadline` is a `time.monotonic()` instant and `cancelled` is set when
    the execution is cancelled: a task looks at both at least once a second. `allowed_hosts` has
    `host` (the default port of http and https) or `host:port` of the workflow's endpoints, and the
    address guard holds the task to them. `templates` are the document's. `connections` are the
    tenant's, by kind. `log` writes one line to the step's log; the caller redacts it. `note` tells
    of a call that was made, whether it was answered or not; the first ten of an attempt are kept.
    """

    inputs: Mapping[str, Any]
    idempotency_key: str
    attempt: int
    deadline: float
    cancelled: threading.Event
    allowed_hosts: frozenset[str] = frozenset()
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tenant_id: str = ""
    log: Callable[[str], None] = _no_log
    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    note: Callable[[MadeCall], None] = _no_note

    def remaining(self) -> float:
        """Seconds until the deadline, never below 0."""
        return max(0.0, self.deadline - time.monotonic())


@dataclass(frozen=True)
class PlannedCall:
    """One call that a task would make; made without reaching anything. Secrets are masked."""

    summary: str
    host: str = ""
    method: str = ""
    detail: JSON = None


@runtime_checkable
class Task(Protocol):
    """A unit of work that a step names. One instance serves all threads."""

    @property
    def manifest(self) -> Manifest:
        """What the task declares."""
        ...

    def plan(self, call: Call) -> list[PlannedCall]:
        """The calls that `execute` would make. Nothing leaves the process, names included.

        Raises `TaskError` for what would certainly be refused.
        """
        ...

    def execute(self, call: Call) -> JSON:
        """Do it and return the step's output, a JSON value.

        Raises `TaskError`, and nothing else, when it did not do it or can't know.
        """
        ...


def secrets_in(value: Any) -> list[SecretValue]:
    """Every secret that stands anywhere in `value`, in order."""
    if isinstance(value, SecretValue):
        return [value]
    if isinstance(value, Mapping):
        return [secret for item in value.values() for secret in secrets_in(item)]
    if isinstance(value, list | tuple):
        return [secret for item in value for secret in secrets_in(item)]
    return []
