"""What policy sees of a thing. Each app above says in its `policies.py` what that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing as a value: its type, its id as text ("" for one that is not there yet), its tenant.

    `attributes` are what the rules ask about, such as scope, risk, state, owner, approvals,
    started_by, requested_by, teams: plain values, UUIDs, enums, and lists and sets of these.
    """

    type: str
    id: str = ""
    tenant_id: UUID | None = None
    attributes: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
