"""The error family. Each error names the rule that was broken and carries a stable code.

Pages, REST and commands turn these into their own form; RFC 9457 fixes the one that REST shows.
Pure Python: the engine and the document format raise these too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what was given.

    `path` is a JSON pointer (RFC 6901), empty for the whole; `line` and `column` count from 1.
    """

    path: str
    message: str
    code: str
    hint: str = ""
    line: int | None = None
    column: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The problem as JSON, without what is unknown."""
        known = {
            "path": self.path,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "line": self.line,
            "column": self.column,
        }
        return {name: value for name, value in known.items() if value not in (None, "")} | {
            "path": self.path
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """Why policy refused: a stable code, a sentence for a person, and the control it serves."""

    code: str
    message: str
    control: str = ""

    def as_dict(self) -> dict[str, str]:
        """The reason as JSON."""
        return {"code": self.code, "message": self.message, "control": self.control}


class MaestroError(Exception):
    """Anything Maestro refuses. `str(error)` is a sentence for a person; `hint` says what to do.

    `details` are JSON values that a client may read; they never hold a secret.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request was refused"

    def __init__(self, message: str = "", *, hint: str = "", **details: Any) -> None:
        super().__init__(message or self.title)
        self.hint = hint
        self.details: Mapping[str, Any] = details

    @property
    def message(self) -> str:
        """The sentence for a person."""
        return str(self)


class InvalidInput(MaestroError):
    """What was given breaks a rule; `problems` lists every one at once."""

    code = "invalid_input"
    title = "Some of what was given is not valid"

    def __init__(
        self, message: str = "", *, problems: Iterable[Problem] = (), hint: str = "", **details: Any
    ) -> None:
        super().__init__(message, hint=hint, **details)
        self.problems: tuple[Problem, ...] = tuple(problems)


class NotFound(MaestroError):
    """There is no such thing, or the one who asks may not know of it: the answer is the same."""

    code = "not_found"
    status = 404
    title = "There is no such thing here"


class Conflict(MaestroError):
    """The thing is in a state in which this can't be done."""

    code = "conflict"
    status = 409
    title = "The present state does not allow this"


class IllegalTransition(Conflict):
    """A state was to be moved from where the row is not, or is no longer."""

    code = "illegal_transition"


class Denied(MaestroError):
    """Policy said no. `reasons` are machine-readable; an undecided question is a no as well."""

    code = "denied"
    status = 403
    title = "Policy does not allow this"

    def __init__(
        self, message: str = "", *, reasons: Iterable[Reason] = (), hint: str = "", **details: Any
    ) -> None:
        self.reasons: tuple[Reason, ...] = tuple(reasons)
        first = self.reasons[0].message if self.reasons else ""
        super().__init__(message or first, hint=hint, **details)


class PurposeRequired(MaestroError):
    """An action that is recorded was asked for without saying what for."""

    code = "purpose_required"
    title = "Say what this is for"


class NotAuthenticated(MaestroError):
    """Nobody is signed in, or the token is unknown, expired or revoked."""

    code = "not_authenticated"
    status = 401
    title = "Sign in first"


class TenantRequired(MaestroError):
    """A tenant's rows were asked for while no tenant was set: a mistake, never an empty list."""

    code = "tenant_required"
    title = "Choose a tenant first"


class Unavailable(MaestroError):
    """The database can't be reached: it is being restarted, or it is gone."""

    code = "unavailable"
    status = 503
    title = "Maestro is away for a moment"
    retry_after = 5  # seconds

    def __init__(self) -> None:
        super().__init__(
            "The database can’t be reached just now.",
            hint="Wait a moment. Before you send a change again, look whether it was made.",
        )


class TooManyRequests(MaestroError):
    """More was asked for than is allowed now; `retry_after` is in whole seconds."""

    code = "rate_limited"
    status = 429
    title = "Too many requests"

    def __init__(
        self, message: str = "", *, retry_after: int, hint: str = "", **details: Any
    ) -> None:
        super().__init__(message, hint=hint, **details)
        self.retry_after = retry_after
