"""`email.send@1` when something goes wrong: each failure is one error class."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable

import pytest

from connectors.contract import ErrorClass
from tests.connectors.mail import PASSWORD, connection, failing
from tests.connectors.servers import (
    RawServer,
    raw_server,
    wait_for_hang_up,
)


def saying(**replies: str) -> Callable[[socket.socket, RawServer], None]:
    """A script that answers each command by its name; `HANGUP` closes, `SILENCE` waits."""
    answers = {"GREETING": "220 hi", "EHLO": "250 hi", "MAIL": "250 ok", "RCPT": "250 ok"}
    answers |= {"DATA": "354 go on", "END": "250 kept", "AUTH": "235 ok", **replies}

    def script(sock: socket.socket, state: RawServer) -> None:
        lines = sock.makefile("rb")

        def answer(name: str) -> bool:
            if answers[name] == "HANGUP":
                sock.shutdown(socket.SHUT_RDWR)
                return False
            if answers[name] == "SILENCE":
                wait_for_hang_up(sock, state)
                return False
            sock.sendall(answers[name].replace("\n", "\r\n").encode() + b"\r\n")
            return True

        if not answer("GREETING"):
            return
        while line := lines.readline():
            name = line[:4].decode().upper()
            if not answer(name):
                return
            if name == "DATA" and answers["DATA"].startswith("354"):
                while lines.readline() not in (b".\r\n", b""):
                    pass
                if not answer("END"):
                    return

    return script


LOGIN_REPLIES = {"EHLO": "250-hi\n250 AUTH PLAIN"}

FAILURES: dict[str, tuple[dict[str, str], str]] = {
    "greeting refused": ({"GREETING": "554 no service"}, "rejected"),
    "greeting busy": ({"GREETING": "421 too many connections"}, "rate_limited"),
    "greeting hangs up": ({"GREETING": "HANGUP"}, "unavailable"),
    "greeting silent": ({"GREETING": "SILENCE"}, "timed_out"),
    "no SMTP": ({"GREETING": "SSH-2.0-OpenSSH"}, "rejected"),
    "sender refused": ({"MAIL": "550 not your domain"}, "rejected"),
    "sender later": ({"MAIL": "451 try later"}, "unavailable"),
    "sender quota": ({"MAIL": "452 too much"}, "rate_limited"),
    "recipient refused": ({"RCPT": "550 unknown"}, "rejected"),
    "recipient greylisted": ({"RCPT": "450 greylisted"}, "rate_limited"),
    "recipient later": ({"RCPT": "451 try later"}, "unavailable"),
    "recipient shutting down": ({"RCPT": "421 going down"}, "rate_limited"),
    "log-in refused": ({**LOGIN_REPLIES, "AUTH": "535 bad credentials"}, "auth_failed"),
    "log-in needs more": ({**LOGIN_REPLIES, "AUTH": "534 too weak"}, "auth_failed"),
    "log-in later": ({**LOGIN_REPLIES, "AUTH": "454 later"}, "unavailable"),
    "log-in demanded": ({"MAIL": "530 log in first"}, "auth_failed"),
    "data refused": ({"DATA": "554 no valid recipients"}, "rejected"),
    "data silent": ({"DATA": "SILENCE"}, "timed_out"),
    "data hangs up": ({"DATA": "HANGUP"}, "unavailable"),
    "message refused": ({"END": "554 looks like spam"}, "rejected"),
    "message too large": ({"END": "552 too large"}, "rejected"),
    "message later": ({"END": "451 try later"}, "unavailable"),
    "message throttled": ({"END": "421 slow down"}, "rate_limited"),
    "message unanswered": ({"END": "SILENCE"}, "unknown_outcome"),
    "message and then gone": ({"END": "HANGUP"}, "unknown_outcome"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_each_failure_is_one_class(failure: str) -> None:
    replies, error_class = FAILURES[failure]
    login = {"username": "ana", "password": PASSWORD} if "AUTH" in replies else {}
    with raw_server(saying(**replies)) as server:
        slow = "SILENCE" in replies.values()
        error = failing(connection(server.port, **login), seconds=0.5 if slow else 20.0)
    assert error.error_class == error_class
    assert error.hint or error_class == "rejected"
    assert ("does not speak SMTP" in str(error)) == (failure == "no SMTP")
    assert ("nothing was sent" in str(error)) or failure in (
        "no SMTP",
        "message unanswered",
        "message and then gone",
        "log-in refused",
        "log-in needs more",
        "log-in demanded",
    )


def test_a_password_that_the_server_repeats_is_in_no_error() -> None:
    encoded = base64.b64encode(f"\0ana\0{PASSWORD}".encode()).decode()
    replies = {**LOGIN_REPLIES, "AUTH": f"500 what is {PASSWORD} or {encoded}?"}
    with raw_server(saying(**replies)) as server:
        error = failing(connection(server.port, username="ana", password=PASSWORD))
    assert encoded not in f"{error} {error.details}"


def test_nobody_listening_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert failing(connection(port)).error_class is ErrorClass.UNAVAILABLE


def test_a_server_that_never_stops_talking_is_given_up() -> None:
    def chatter(sock: socket.socket, state: RawServer) -> None:
        while not state.stopping.is_set():
            sock.sendall(b"220-" + b"x" * 60 + b"\r\n")

    with raw_server(chatter) as server:
        error = failing(connection(server.port))
    assert error.error_class is ErrorClass.REJECTED


@pytest.mark.parametrize("last", ["GREETING", "END"])
def test_a_cancel_ends_the_session_within_a_second(last: str) -> None:
    cancelled, at = threading.Event(), [0.0]
    script = saying(**{last: "SILENCE"})

    def cancel_soon(sock: socket.socket, state: RawServer) -> None:
        at[0] = time.monotonic()
        threading.Timer(0.2, cancelled.set).start()
        script(sock, state)

    with raw_server(cancel_soon) as server:
        error = failing(connection(server.port), cancelled=cancelled)
        assert server.hung_up.wait(5)
        assert time.monotonic() - at[0] < 1.2
    assert error.error_class is ErrorClass.CANCELLED
