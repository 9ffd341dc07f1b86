"""What a run reaches, and what is kept of its inputs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import SecretValue
from connectors.outbound.hosts import host_of
from maestro.kernel.redaction import MASK


def hosts_of(endpoints: Mapping[str, str]) -> frozenset[str]:
    """The hosts that a run's endpoints let it reach."""
    return frozenset(host for address in endpoints.values() if (host := host_of(address)))


def masked(value: Any) -> Any:
    """Inputs as they may be stored and shown: every secret a mask."""
    if isinstance(value, SecretValue):
        return MASK
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value
