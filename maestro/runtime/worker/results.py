"""How carrying out a step can end, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from maestro.runtime.engine_state import Outcome
from maestro.runtime.states import WaitingFor


@dataclass(frozen=True, slots=True)
class Done:
    """It gave an output."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Failed:
    """It gave an error; `final` when another attempt is no use whatever the retry policy says."""

    outcome: Outcome
    final: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """It heard that the execution is being cancelled."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Waits:
    """It goes on when something happens."""

    reason: WaitingFor
    until: datetime | None = None
    related_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Fans:
    """It is to be done for each of these."""

    items: list[Any] = field(default_factory=list)


Result = Done | Failed | Stopped | Waits | Fans
