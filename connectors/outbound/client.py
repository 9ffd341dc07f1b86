"""The one way out over HTTP: guarded addresses, a deadline that holds, redirects checked again."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

import requests
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError

from connectors.contract import ErrorClass, TaskError
from connectors.outbound.guard import REMEMBER, Guard, Resolver, system_resolver
from connectors.outbound.hosts import Target, parse_url, refused
from connectors.outbound.policy import AddressPolicy
from connectors.outbound.transport import PinnedRequest, pinned_session
from connectors.outbound.watch import (
    CancelledError,
    OutOfTimeError,
    StoppedError,
    Watch,
    tls_context,
    watched,
)

MAX_BYTES = 64 * 1024 * 1024
MAX_REDIRECTS = 5
_UNWANTED_BYTES = 16 * 1024
_CHUNK = 1 << 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# What may follow a redirect to another origin. The rest may hold a key under any name.
_HARMLESS = frozenset(
    {"accept", "accept-encoding", "accept-language", "content-type", "idempotency-key"}
    | {"user-agent"}
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to make. `credentials` are headers that never leave the origin of `target`."""

    method: str
    target: Target
    headers: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; `truncated` says that the body was cut."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    target: Target
    truncated: bool = False


def _successful(status: int) -> bool:
    return 200 <= status < 300


class OutboundClient:
    """Sends requests to hosts that the guard lets through. One instance serves all threads.

    Connections are kept and used again, names remembered for `remember` seconds. `tls` must come
    from `tls_context`.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        remember: float = REMEMBER,
    ) -> None:
        self.guard = Guard(policy, resolver, remember)
        self.tls = tls or tls_context()
        self._session = pinned_session(self.tls)

    def close(self) -> None:
        """Close every kept connection."""
        self._session.close()

    def send(
        self,
        request: Outgoing,
        *,
        deadline: float,
        cancelled: threading.Event,
        allowed_hosts: frozenset[str],
        max_bytes: int = MAX_BYTES,
        wanted: Callable[[int], bool] = _successful,
    ) -> Answer:
        """Send, follow up to five redirects, and read the answer.

        `deadline` is `time.monotonic()` seconds over all of it: names, connections, redirects and
        the last byte. `max_bytes` counts the decoded body and is never above `MAX_BYTES`. An
        answer whose status `wanted` refuses is given back as well, its body cut at 16 KiB; a
        redirect whose status it wants is not followed.

        Raises `TaskError`: `address_refused`, `unavailable`, `timed_out`, `cancelled`, `too_large`,
        `rejected` (certificate, redirects, unreadable answer), `invalid_input` (headers).
        """
        limit = min(max_bytes, MAX_BYTES)
        watch = Watch(deadline, cancelled)
        try:
            with watched(watch):
                for _hop in range(MAX_REDIRECTS + 1):
                    answer = self._hop(request, watch, allowed_hosts, limit, wanted)
                    following = None if wanted(answer.status) else _redirected(request, answer)
                    if following is None:
                        return answer
                    request = following
        except StoppedError as stop:
            raise _stopped(request, stop) from None
        raise TaskError(
            ErrorClass.REJECTED,
            f"{request.target.authority} redirected more than {MAX_REDIRECTS} times.",
            hint="Use the address that it leads to in the end.",
        )

    def _hop(
        self,
        request: Outgoing,
        watch: Watch,
        allowed_hosts: frozenset[str],
        limit: int,
        wanted: Callable[[int], bool],
    ) -> Answer:
        target = request.target
        addresses = self.guard.addresses(target.host, target.port, allowed_hosts, watch)
        for position, address in enumerate(addresses, start=1):
            try:
                response = self._session.send(
                    _prepared(request, address),
                    stream=True,
                    allow_redirects=False,
                    proxies={},
                    timeout=None,
                )
            except requests.RequestException as error:
                if _never_connected(error):
                    self.guard.forget(target.host, target.port)
                    if position < len(addresses):
                        continue
                raise _failure(request, error) from None
            except HTTPError as error:
                raise _failure(request, error) from None
            return _read(request, response, limit, wanted)
        raise TaskError(ErrorClass.UNAVAILABLE, f"There is no address for {target.host}.")


def _prepared(request: Outgoing, address: str) -> PinnedRequest:
    prepared = PinnedRequest()
    prepared.target = request.target
    prepared.address = address
    headers = {"User-Agent": "Maestro", "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
    names = {name.lower(): name for name in headers}
    for name, value in {**request.headers, **request.credentials}.items():
        headers[names.setdefault(name.lower(), name)] = value
    try:
        prepared.prepare(
            method=request.method, url=request.target.url, headers=headers, data=request.body
        )
    except requests.exceptions.InvalidHeader:
        raise TaskError(
            ErrorClass.INVALID_INPUT,
            "A header's name or value has a character that no header may have.",
            hint="Leave out line breaks and spaces at the ends.",
        ) from None
    except (requests.RequestException, UnicodeError):
        raise TaskError(ErrorClass.INVALID_INPUT, "The URL can't be read.") from None
    return prepared


def _read(
    request: Outgoing,
    response: requests.Response,
    limit: int,
    wanted: Callable[[int], bool],
) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    keep = wanted(response.status_code)
    chunks: list[bytes] = []
    size = 0
    truncated = False
    try:
        if keep and request.method != "HEAD" and _announced(headers) > limit:
            raise _too_large(request, limit)
        for chunk in response.raw.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            if keep and size > limit:
                raise _too_large(request, limit)
            chunks.append(chunk)
            if not keep and size > _UNWANTED_BYTES:
                truncated = True
                break
    except (HTTPError, OSError) as error:
        if keep:
            raise _failure(request, error) from None
        truncated = True
    except BaseException:
        response.close()
        raise
    if truncated:
        response.close()
    body = b"".join(chunks)
    if truncated:
        body = body[:_UNWANTED_BYTES]
    return Answer(response.status_code, headers, body, request.target, truncated)


def _announced(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _redirected(request: Outgoing, answer: Answer) -> Outgoing | None:
    """The request that a redirect asks for (RFC 9110, 15.4), or None when it asks for none."""
    location = answer.headers.get("location", "")
    if answer.status not in _REDIRECTS or not location:
        return None
    target = parse_url(urljoin(request.target.url, location))
    if request.target.scheme == "https" and target.scheme == "http":
        raise refused(
            f"{request.target.authority} redirected from https to http.",
            "Ask the service's owner to redirect to https.",
        )
    following = replace(request, target=target)
    if answer.status == 303 or (answer.status in (301, 302) and request.method == "POST"):
        method = "HEAD" if request.method == "HEAD" else "GET"
        headers = {k: v for k, v in request.headers.items() if k.lower() != "content-type"}
        following = replace(following, method=method, body=None, headers=headers)
    if target.origin != request.target.origin:
        harmless = {k: v for k, v in following.headers.items() if k.lower() in _HARMLESS}
        following = replace(following, headers=harmless, credentials={})
    return following


def _root(error: BaseException) -> list[BaseException]:
    """The error and what it came from, outermost first."""
    chain: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting:
        item = waiting.pop(0)
        if item in chain:
            continue
        chain.append(item)
        inner = [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
        waiting.extend(found for found in inner if isinstance(found, BaseException))
    return chain


def _never_connected(error: BaseException) -> bool:
    return any(isinstance(item, NewConnectionError) for item in _root(error))


def _failure(request: Outgoing, error: Exception) -> TaskError:
    """The typed error of a transport failure. Its text is ours: theirs may quote the URL."""
    host = request.target.authority
    chain = _root(error)
    for item in chain:
        if isinstance(item, TaskError):
            return item
        if isinstance(item, ssl.SSLCertVerificationError):
            return TaskError(
                ErrorClass.REJECTED,
                f"The certificate of {host} is not trusted: {item.verify_message}.",
                hint="Have its certificate renewed, or use the host name that it is made out to.",
            )
    if any(isinstance(item, DecodeError) for item in chain):
        return TaskError(ErrorClass.REJECTED, f"{host} sent a body that can't be decompressed.")
    for item in chain:
        if isinstance(item, ssl.SSLError) and not isinstance(item, ssl.SSLEOFError):
            return TaskError(
                ErrorClass.REJECTED,
                f"There is no TLS with {host}: {item.reason or 'the handshake failed'}.",
                hint="Check that the port speaks TLS 1.2 or later.",
            )
    if any(isinstance(item, requests.exceptions.InvalidHeader) for item in chain):
        return TaskError(ErrorClass.INVALID_INPUT, "A header's name or value is not allowed.")
    if _never_connected(error):
        why = next((i.strerror for i in chain if isinstance(i, OSError) and i.strerror), "")
        return TaskError(
            ErrorClass.UNAVAILABLE,
            f"Can't connect to {host}{': ' + why.lower() if why else ''}.",
            hint="The service is down or not reachable from here; it may be tried again.",
        )
    return TaskError(
        ErrorClass.UNAVAILABLE,
        f"{host} closed the connection before it had answered.",
        hint="It may be tried again; a repeat carries the same Idempotency-Key.",
    )


def _stopped(request: Outgoing, stop: StoppedError) -> TaskError:
    host = request.target.authority
    if isinstance(stop, CancelledError):
        return TaskError(
            ErrorClass.CANCELLED,
            f"CancelledError while {host} was asked; it may have done it all the same."
            if request.method not in SAFE_METHODS
            else f"CancelledError while {host} was asked.",
        )
    if isinstance(stop, OutOfTimeError):
        return TaskError(
            ErrorClass.TIMED_OUT,
            f"{host} did not answer in full within the step's time-out.",
            hint="Give the step a longer timeout, or ask for less.",
        )
    return _too_large(request, MAX_BYTES)


def _too_large(request: Outgoing, limit: int) -> TaskError:
    return TaskError(
        ErrorClass.TOO_LARGE,
        f"The answer of {request.target.authority} is larger than {limit:,} bytes.",
        hint=f"Ask for less, or raise max_bytes (at most {MAX_BYTES:,}).",
        details={"max_bytes": limit},
    )
