"""What the automatic checks of a submission are given, and what they give. Pure.

Each check is a file in `checks/` with a function `check(subject)`. None knows another, and none
reads anything but the subject, so a check is a plain question about plain data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.document_model import Document
from connectors.contract import Manifest
from maestro.kernel.errors import Problem

ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True, slots=True)
class Simulated:
    """How a rehearsal of an example ended: `succeeded`, `waiting`, `failed`; and why."""

    title: str
    status: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What policy would say to an operator of the publisher who starts it."""

    denied: tuple[tuple[str, str], ...] = ()  # code, message
    approvals: int = 0  # that policy asks for besides the document's own


@dataclass(frozen=True, slots=True)
class Subject:
    """What is put forward.

    `problems` are those of reading its source once more, as tasks are now. `manifests` are the tasks
    by `kind.task@major`. `simulated` has the rehearsal of each example.
    """

    document: Document
    manifests: Mapping[str, Manifest]
    problems: tuple[Problem, ...] = ()
    simulated: tuple[Simulated, ...] = ()
    start: Start = field(default_factory=Start)

    @property
    def frozen(self) -> Mapping[str, Any]:
        """The document as it was frozen."""
        return self.document.frozen


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: an `error` must be mended, a `warning` looked at. `path` is a JSON pointer."""

    level: str
    code: str
    message: str
    path: str = ""
    hint: str = ""
