"""Sockets that keep a deadline and hear a cancel, however slowly the other side speaks.

A socket's own time-out starts anew with every byte. These ask the running `Watch` between reads
and writes, and at least four times a second while nothing happens. The watch is found through a
context variable, so that libraries which own the reading (`http.client`, `smtplib`) need not know.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

from requests.utils import DEFAULT_CA_BUNDLE_PATH

_SLICE = 0.25
_PIECE = 1 << 16
CONNECT_LIMIT = 10.0

_T = TypeVar("_T")


class StoppedError(Exception):
    """A call on the network was given up by us. Not an OSError: no library may take it for one."""


class OutOfTimeError(StoppedError):
    """The deadline has passed."""


class CancelledError(StoppedError):
    """The execution was cancelled."""


class TooMuchError(StoppedError):
    """More bytes came than this exchange may have."""


class Watch:
    """The deadline (`time.monotonic()` seconds) and the cancel of one exchange.

    `quota` bounds the bytes received in all; None leaves that to the reader.
    """

    __slots__ = ("_cancelled", "_deadline", "_quota")

    def __init__(
        self, deadline: float, cancelled: threading.Event, quota: int | None = None
    ) -> None:
        self._deadline = deadline
        self._cancelled = cancelled
        self._quota = quota

    def slice(self) -> float:
        """Seconds to wait before looking again. Raises `StoppedError` when it is over."""
        if self._cancelled.is_set():
            raise CancelledError
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise OutOfTimeError
        return min(left, _SLICE)

    def received(self, count: int) -> None:
        """Count what came. Raises `TooMuchError` beyond the quota."""
        if self._quota is not None:
            self._quota -= count
            if self._quota < 0:
                raise TooMuchError


_WATCH: ContextVar[Watch | None] = ContextVar("connectors_outbound_watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[Watch]:
    """Let `watch` rule every watched socket used inside the block, in this thread."""
    token = _WATCH.set(watch)
    try:
        yield watch
    finally:
        _WATCH.reset(token)


def _patiently(sock: socket.socket, action: Callable[[], _T]) -> _T:
    """Do one socket operation in slices, for as long as the watch lets it."""
    watch = _WATCH.get()
    if watch is None:
        raise RuntimeError("A watched socket was used outside `watched`.")
    while True:
        sock.settimeout(watch.slice())
        try:
            return action()
        except TimeoutError as error:
            if error.errno is not None:  # the network's own time-out, not our slice
                raise


def _receive(sock: socket.socket, action: Callable[[], int]) -> int:
    count = _patiently(sock, action)
    watch = _WATCH.get()
    if watch is not None:
        watch.received(count)
    return count


def _send_all(sock: socket.socket, data: Any, send: Callable[[memoryview], int]) -> None:
    rest = memoryview(data).cast("B")
    while rest:
        piece = rest[:_PIECE]
        rest = rest[_patiently(sock, partial(send, piece)) :]


class WatchedSocket(socket.socket):
    """A TCP socket under a `Watch`."""

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As `socket.recv_into`. Raises `StoppedError`."""
        return _receive(self, partial(super().recv_into, buffer, nbytes, flags))

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As `socket.sendall`. Raises `StoppedError`, after which the last byte was not sent."""
        _send_all(self, data, super().send)


class WatchedTLSSocket(ssl.SSLSocket):
    """A TLS socket under a `Watch`, its handshake included."""

    def do_handshake(self, block: bool = False) -> None:
        """As `SSLSocket.do_handshake`. Raises `StoppedError`."""
        shake = super().do_handshake
        try:
            _patiently(self, shake)
        except StoppedError:
            self.close()
            raise

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """As `SSLSocket.recv_into`. Raises `StoppedError`."""
        return _receive(self, partial(super().recv_into, buffer, nbytes, flags))

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As `SSLSocket.sendall`. Raises `StoppedError`, after which the last byte was not sent."""
        _send_all(self, data, super().send)


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """A context that verifies chain and name, TLS 1.2 or later, and makes watched sockets.

    Trusted are the machine's authorities and those that travel with `requests`; with `ca_file`,
    its authorities and no others.
    """
    context = ssl.create_default_context(cafile=ca_file)
    if ca_file is None:
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = WatchedTLSSocket
    return context


def connect(address: str, port: int) -> WatchedSocket:
    """A connection to a literal address, within the running watch and `CONNECT_LIMIT` seconds.

    Raises `OSError` when there is none to be had, and `StoppedError`.
    """
    watch = _WATCH.get()
    if watch is None:
        raise RuntimeError("connect() was called outside `watched`.")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = WatchedSocket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        code = sock.connect_ex((address, port))
        if code in (errno.EINPROGRESS, errno.EAGAIN):
            code = _established(sock, watch)
        if code:
            raise OSError(code, os.strerror(code))
        sock.settimeout(watch.slice())
    except BaseException:
        sock.close()
        raise
    return sock


def _established(sock: socket.socket, watch: Watch) -> int:
    """Wait for a connection that was begun; the error number it ended with, 0 for none."""
    limit = time.monotonic() + CONNECT_LIMIT
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    while not poll.poll(int(watch.slice() * 1000) + 1):
        if time.monotonic() > limit:
            return errno.ETIMEDOUT
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
