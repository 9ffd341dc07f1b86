"""What a run reaches, and what is kept of its inputs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.contract import SecretValue
from maestro.kernel.redaction import MASK

_DEFAULT_PORTS = {"http": 80, "https": 443}


def host_of(address: str) -> str:
    """`host`, or `host:port` where the port is not the scheme's; empty for no http(s) address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if not host or parts.scheme not in _DEFAULT_PORTS:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return shown if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{shown}:{port}"


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
