"""The admission hook: everything that starts work asks here first.

Until budgets exist everything is admitted. `start_execution` already keeps an execution that is
not admitted as `queued`, with the time to try again, so that budgets change this file alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether work may start now; else after how many seconds it is worth asking again."""

    admitted: bool
    retry_after: float = 0.0


class AdmissionPolicy(Protocol):
    """Decides on one unit of work of a tenant. Must not block, must not raise."""

    def __call__(self, tenant_id: UUID, work_class: str) -> Admission: ...


def _admit_all(tenant_id: UUID, work_class: str) -> Admission:
    return Admission(admitted=True)


_policy: AdmissionPolicy = _admit_all


def admit(tenant_id: UUID, work_class: str = "standard") -> Admission:
    """Ask the policy in force."""
    return _policy(tenant_id, work_class)


def use_policy(policy: AdmissionPolicy) -> AdmissionPolicy:
    """Put another policy in force for this process; returns the one before."""
    global _policy  # one policy a process, set at start
    before, _policy = _policy, policy
    return before
