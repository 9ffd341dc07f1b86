"""An OPA server that is asked over HTTP or a Unix socket (its REST API, § Data API)."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from governance.policy.answer import MalformedAnswer, PolicyAnswer, read_decision, unavailable
from governance.policy.embedded import CANARY
from maestro.kernel.strict_json import read_strictly

logger = logging.getLogger(__name__)

TIMEOUT = 0.5  # seconds, from the question to the end of the answer
LARGEST = 256 * 1024  # bytes of an answer
CONNECTIONS = 32  # that are kept open; more are made when needed, and closed again
BUNDLE = "maestro"  # what deploy/opa/config.yaml calls the bundle
_PATH = "/v1/data/maestro/authz/decision?provenance=true&strict-builtin-errors=true"


class OpaServer:
    """A real OPA behind `PolicyEngine`: connections are kept, and whatever is no whole answer in
    time is a no.

    `url` is `http://host:port`, `https://host:port` or `unix:///path/of/socket`. The revision that
    an answer carries is the one OPA says it decided by. Answers are not kept: OPA follows a new
    bundle by itself.
    """

    def __init__(self, url: str, *, token: str = "", timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._pool = _pool(url, timeout)

    def decide(self, facts: Mapping[str, Any], /) -> PolicyAnswer:
        """See `PolicyEngine.decide`."""
        answer, fault = self._ask(facts)
        if answer is None:
            # The input is not logged: attributes of people are in it.
            logger.error("Policy is not decided: %s", fault)
            return unavailable("")
        return answer

    def healthy(self) -> tuple[bool, str]:
        """See `PolicyEngine.healthy`. Asks `CANARY`."""
        answer, fault = self._ask(CANARY)
        if answer is None:
            return False, fault
        if answer.allow:
            return False, f"policies {answer.revision} do not decide"
        return True, answer.revision

    def _ask(self, facts: Mapping[str, Any]) -> tuple[PolicyAnswer | None, str]:
        try:
            body = json.dumps({"input": facts}, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError):
            return None, "policies can't be asked what is no JSON"
        deadline = time.monotonic() + self._timeout
        try:
            status, raw = self._send(body, deadline)
        except (HTTPError, OSError) as problem:
            return None, f"OPA does not answer: {type(problem).__name__}"
        if status != 200:
            return None, f"OPA answers with {status}"
        try:
            return _read(raw), ""
        except (MalformedAnswer, ValueError) as problem:
            return None, f"OPA gives no decision: {problem}"

    def _send(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        try:
            return self._send_once(body, deadline)
        except ProtocolError:
            # OPA closed a connection that was kept, as the question was on its way. Asking changes
            # nothing, so it is asked again, in the time that is left.
            return self._send_once(body, deadline)

    def _send_once(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        left = max(deadline - time.monotonic(), 0.001)
        response = self._pool.urlopen(
            "POST",
            _PATH,
            body=body,
            headers=self._headers,
            retries=False,
            redirect=False,
            timeout=Timeout(connect=left, read=left),
            preload_content=False,
        )
        try:
            raw = _body(response, deadline)
        except BaseException:
            response.close()  # what is left of it must not answer the next question
            raise
        response.release_conn()
        return response.status, raw


def _body(response: BaseHTTPResponse, deadline: float) -> bytes:
    """All of it; each read gives what has come so far, so a slow sender is noticed."""
    parts, size = [], 0
    while part := response.read1(65_536):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise HTTPError("the answer is too large")
        if time.monotonic() > deadline:
            raise HTTPError("the answer is too slow")
    return b"".join(parts)


def _read(raw: bytes) -> PolicyAnswer:
    document = read_strictly(raw)
    if not isinstance(document, dict):
        raise MalformedAnswer("it is no object")
    if "result" not in document:
        raise MalformedAnswer("undefined")
    return read_decision(document["result"], _revision(document.get("provenance")))


def _revision(provenance: object) -> str:
    """Of the bundle `BUNDLE`, or of the only one there is."""
    bundles = provenance.get("bundles") if isinstance(provenance, dict) else None
    if isinstance(bundles, dict) and bundles:
        one = bundles.get(BUNDLE, next(iter(bundles.values())) if len(bundles) == 1 else None)
        revision = one.get("revision") if isinstance(one, dict) else None
        if isinstance(revision, str) and revision:
            return revision[:64]
    raise MalformedAnswer("no bundle with a revision is loaded")


def _pool(url: str, timeout: float) -> HTTPConnectionPool:
    parts = urlsplit(url)
    kept: dict[str, Any] = {"maxsize": CONNECTIONS, "timeout": timeout}
    match parts.scheme:
        case "unix" if parts.path:
            return _UnixPool(unquote(parts.path), **kept)
        case "http" if parts.hostname:
            return HTTPConnectionPool(parts.hostname, parts.port or 8181, **kept)
        case "https" if parts.hostname:
            return HTTPSConnectionPool(parts.hostname, parts.port or 443, **kept)
    raise ValueError("OPA_URL is http://host:port, https://host:port or unix:///path")


class _UnixConnection(HTTPConnection):
    """HTTP on a Unix socket, whose path stands in the place of the host."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__("localhost", timeout=options.get("timeout"))
        self._path = path

    def _new_conn(self) -> socket.socket:
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        one.settimeout(self.timeout if isinstance(self.timeout, int | float) else TIMEOUT)
        try:
            one.connect(self._path)
        except OSError:
            one.close()
            raise
        return one


class _UnixPool(HTTPConnectionPool):
    def __init__(self, path: str, **options: Any) -> None:
        super().__init__("localhost", **options)
        self._path = path

    def _new_conn(self) -> _UnixConnection:
        return _UnixConnection(self._path, timeout=self.timeout.connect_timeout)
