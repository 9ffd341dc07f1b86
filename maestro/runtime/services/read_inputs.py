from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound
from maestro.runtime.services.read_executions import read_executions


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an execution was started with; `secrets` are the names of stored ones."""

    parameters: Mapping[str, Any]
    secrets: Mapping[str, str]
    endpoints: Mapping[str, str]
    purpose: str
    reason: str


def read_inputs(*, actor: Actor, execution_id: UUID, workflow: str) -> Inputs:
    """What an execution of `workflow` (its address) was started with, to start it so again.

    Raises `NotFound`, also for an execution of another workflow; `Denied`, `TenantRequired`.
    """
    found = read_executions(actor=actor).filter(pk=execution_id, workflow=workflow).first()
    if found is None:
        raise NotFound(
            "There is no such execution of this workflow.", hint="Look for it under Executions."
        )
    return Inputs(found.parameters, found.secrets, found.endpoints, found.purpose, found.reason)
