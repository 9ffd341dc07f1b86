"""The way out of the platform: every connector's traffic passes the address guard here.

`configure(policy)` is called once when the process starts; until then the strict default holds,
which reaches public addresses only.
"""

from __future__ import annotations

import threading

from connectors.outbound.client import MAX_BYTES, Answer, OutboundClient, Outgoing
from connectors.outbound.guard import Guard, Resolver, system_resolver
from connectors.outbound.hosts import Target, parse_url
from connectors.outbound.policy import AddressPolicy

__all__ = [
    "MAX_BYTES",
    "AddressPolicy",
    "Answer",
    "Guard",
    "OutboundClient",
    "Outgoing",
    "Resolver",
    "Target",
    "client",
    "configure",
    "parse_url",
    "system_resolver",
]

_lock = threading.Lock()
_policy = AddressPolicy()
_client: OutboundClient | None = None


def configure(policy: AddressPolicy) -> None:
    """Let `policy` hold from now on in this process, for every connector."""
    global _policy, _client
    with _lock:
        _policy, _client = policy, None


def client() -> OutboundClient:
    """The process's client under the configured policy, made when it is first needed."""
    global _client
    with _lock:
        if _client is None:
            _client = OutboundClient(_policy)
        return _client
