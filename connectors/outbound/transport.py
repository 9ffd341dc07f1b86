"""`requests` over connections to addresses that the guard has checked, and to no others."""

from __future__ import annotations

import ssl
import threading
from collections import OrderedDict
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from connectors.outbound.hosts import Target
from connectors.outbound.watch import connect

_POOLS = 256
_CONNECTIONS = 16


class PinnedRequest(requests.PreparedRequest):
    """A request that knows where its URL leads and which checked address it goes to."""

    target: Target
    address: str


class _PinnedHTTP(HTTPConnection):
    address: str

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def _new_conn(self) -> Any:
        try:
            return connect(self.address, self.port or self.default_port)
        except OSError as error:
            raise NewConnectionError(self, error.strerror or "no connection") from error


class _PinnedHTTPS(_PinnedHTTP, HTTPSConnection):
    """The name stays the connection's host: SNI and the certificate are checked against it."""


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _PinnedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PinnedHTTPS


Pool = HTTPConnectionPool
PoolKey = tuple[str, str, int, str]


class PinnedAdapter(HTTPAdapter):
    """Sends a `PinnedRequest` over a kept connection to its own address.

    Connections are pooled by scheme, host, port and address, the least recently used pool going
    first. No proxy, no certificate of ours, no setting of the environment has a say.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(max_retries=0)
        self._tls = tls
        self._pools: OrderedDict[PoolKey, Pool] = OrderedDict()
        self._lock = threading.Lock()

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any
    ) -> Pool:
        """The pool for the request's host and checked address."""
        if not isinstance(request, PinnedRequest):
            raise TypeError("Only a request with a checked address leaves through here.")
        target = request.target
        key = (target.scheme, target.host, target.port, request.address)
        with self._lock:
            pool = self._pools.get(key)
            if pool is None:
                pool = self._pools[key] = self._new_pool(target, request.address)
                if len(self._pools) > _POOLS:
                    self._pools.popitem(last=False)[1].close()
            else:
                self._pools.move_to_end(key)
        return pool

    def _new_pool(self, target: Target, address: str) -> Pool:
        if target.scheme == "http":
            return _HTTPPool(target.host, target.port, maxsize=_CONNECTIONS, address=address)
        return _HTTPSPool(
            target.host, target.port, maxsize=_CONNECTIONS, address=address, ssl_context=self._tls
        )

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing to set: the pool's own context verifies."""

    def close(self) -> None:
        """Close every kept connection."""
        super().close()
        with self._lock:
            while self._pools:
                self._pools.popitem()[1].close()


def pinned_session(tls: ssl.SSLContext) -> requests.Session:
    """A session for `PinnedRequest`s alone: no environment, no cookies kept. Safe for threads."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = PinnedAdapter(tls)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
