"""What an installation may run with, as it was found for one run."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.document import Document
from catalog.models import WorkflowDefinition, WorkflowVersion
from maestro.runtime.models import Grant


@dataclass(frozen=True, slots=True)
class Granted:
    """What an installation runs, within what, and how its release stands now.

    `stopped` says that it starts nothing, `why_stopped` what for. `withdrawal` is empty, `warn` or
    `stop`. `unverified` says what is wrong with the signature; empty when it verifies.
    """

    grant: Grant
    definition: WorkflowDefinition
    version: WorkflowVersion
    document: Document
    stopped: bool
    why_stopped: str
    withdrawal: str
    withdrawal_reason: str
    replacement: str
    unverified: str
