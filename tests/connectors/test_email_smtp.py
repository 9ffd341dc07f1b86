"""`email.send@1` over real SMTP: what arrives, and which error each failure is."""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from connectors.contract import ErrorClass, SecretValue, TaskError
from connectors.kinds.email import SendEmail
from tests.connectors.servers import (
    Names,
    RawServer,
    certificate,
    client_for,
    make_call,
    raw_server,
    wait_for_hang_up,
)

PASSWORD = "canary-0123456789"


@dataclass
class Box:
    """What a mail server took."""

    envelopes: list[Any] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("nobody"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 kept"

    def message(self) -> EmailMessage:
        (envelope,) = self.envelopes
        found = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found


class OnAnyPort(Controller):
    """A controller that binds to a free port and says which."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(box: Box, **options: Any) -> Iterator[int]:
    controller = OnAnyPort(box, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def authenticator(box: Box) -> Callable[..., AuthResult]:
    def check(_server: SMTP, _session: Any, _envelope: Any, _way: str, data: Any) -> AuthResult:
        box.logins.append((data.login, data.password))
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    return check


def connection(port: int, **more: Any) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "sender": "maestro@acme.test",
        **more,
    }


def deliver(
    smtp: Mapping[str, Any],
    inputs: Mapping[str, Any] | None = None,
    *,
    ca_file: str | None = None,
    **more: Any,
) -> Any:
    client = client_for(f"{smtp['host']}:{smtp['port']}", ca_file=ca_file)
    given = {"to": "ana@acme.test", "subject": "Hello", "text": "Hello Ana", **(inputs or {})}
    return SendEmail(lambda: client).execute(make_call(given, connections={"smtp": smtp}, **more))


def failing(smtp: Mapping[str, Any], **more: Any) -> TaskError:
    with pytest.raises(TaskError) as caught:
        deliver(smtp, **more)
    error = caught.value
    assert PASSWORD not in f"{error} {error.hint} {error.details}"
    return error


def test_a_mail_with_an_attachment_arrives_byte_for_byte() -> None:
    box, raw = Box(), os.urandom(300_000) + b"\r\n.\r\n.\n"
    inputs = {
        "template": "notice",
        "vars": {"who": "Ana & Bo"},
        "subject": None,
        "text": None,
        "attachments": [
            {"filename": "Bericht ü.pdf", "content_base64": base64.b64encode(raw).decode()},
            {"filename": "a.csv", "content": "é;1\r\n", "media_type": "text/csv"},
        ],
    }
    templates = {"notice": {"subject": "{{ who }}", "text": ".\n{{ who }}", "html": "{{ who }}"}}
    with mail_server(box) as port:
        output = deliver(connection(port), inputs, templates=templates)
    message = box.message()
    first, second = message.iter_attachments()
    assert first.get_content() == raw
    assert first.get_filename() == "Bericht ü.pdf"
    assert first.get_content_type() == "application/pdf"
    assert second.get_payload(decode=True) == "é;1\r\n".encode()
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content().splitlines() == [".", "Ana & Bo"]
    assert html.get_content().strip() == "Ana &amp; Bo"
    content = box.envelopes[0].content
    assert output["bytes"] == len(content)
    assert output["digest"] == "sha256:" + hashlib.sha256(content).hexdigest()
    assert output["message_id"] == message["Message-ID"]
    assert output["accepted"] == ["ana@acme.test"]
    assert output["refused"] == {}


def test_the_envelope_has_every_recipient_and_the_connections_sender() -> None:
    box = Box()
    with mail_server(box) as port:
        deliver(connection(port), {"cc": "bo@acme.test", "bcc": "cy@acme.test"})
    envelope = box.envelopes[0]
    assert envelope.mail_from == "maestro@acme.test"
    assert envelope.rcpt_tos == ["ana@acme.test", "bo@acme.test", "cy@acme.test"]
    assert "Bcc" not in box.message()


def test_a_refused_recipient_among_others_is_said_in_the_output() -> None:
    box = Box()
    with mail_server(box) as port:
        output = deliver(connection(port), {"to": ["nobody@acme.test", "ana@acme.test"]})
    assert output["accepted"] == ["ana@acme.test"]
    assert output["refused"]["nobody@acme.test"]["code"] == 550
    assert box.envelopes[0].rcpt_tos == ["ana@acme.test"]


def test_a_mail_that_nobody_is_taken_for_is_rejected() -> None:
    box = Box()
    with mail_server(box) as port:
        error = failing(connection(port), inputs={"to": "nobody@acme.test"})
    assert error.error_class is ErrorClass.REJECTED
    assert "nobody@acme.test" in error.details["refused"]
    assert box.envelopes == []


def test_starttls_is_verified_and_the_log_in_goes_through_it(tmp_path: Path) -> None:
    box, made = Box(), certificate(tmp_path, "svc.test")
    options = {"tls_context": made.server, "require_starttls": True, "auth_required": True}
    with mail_server(box, **options, authenticator=authenticator(box)) as port:
        smtp = connection(
            port,
            host="svc.test",
            tls="starttls",
            username="ana",
            password=SecretValue("smtp", PASSWORD),
        )
        deliver(smtp, ca_file=made.ca_file)
        assert box.logins == [(b"ana", PASSWORD.encode())]
        assert len(box.envelopes) == 1
        untrusted = failing(smtp)
        wrong_name = failing({**smtp, "host": "other.test"}, ca_file=made.ca_file)
        wrong_password = failing({**smtp, "password": "wrong"}, ca_file=made.ca_file)
    assert untrusted.error_class is wrong_name.error_class is ErrorClass.REJECTED
    assert "certificate" in str(untrusted)
    assert wrong_password.error_class is ErrorClass.AUTH_FAILED
    assert len(box.envelopes) == 1


def test_implicit_tls_is_verified(tmp_path: Path) -> None:
    box, made = Box(), certificate(tmp_path, "svc.test")
    with tls_proxy(box, made.server) as port:
        smtp = connection(port, host="svc.test", tls="implicit")
        deliver(smtp, ca_file=made.ca_file)
        error = failing(smtp)
    assert len(box.envelopes) == 1
    assert error.error_class is ErrorClass.REJECTED


@contextmanager
def tls_proxy(box: Box, tls: Any) -> Iterator[int]:
    """A mail server whose port speaks TLS from the first byte."""
    controller = OnAnyPort(box, hostname="127.0.0.1", port=0)
    loop = controller.loop

    async def serve() -> Any:
        return await loop.create_server(controller.factory, "127.0.0.1", 0, ssl=tls)

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def test_a_server_without_starttls_is_rejected_and_gets_no_password() -> None:
    box = Box()
    with mail_server(box) as port:
        error = failing(connection(port, tls="starttls", username="ana", password=PASSWORD))
    assert error.error_class is ErrorClass.REJECTED
    assert "STARTTLS" in str(error)
    assert box.envelopes == []


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


@pytest.mark.parametrize(
    "host",
    [
        *["169.254.169.254", "10.0.0.1", "127.0.0.1", "localhost", "2130706433", "0x7f.1", "::1"],
        *["rebound.test", "[::ffff:7f00:1]", "/var/run/smtp.sock", "a@b", "mail.test,127.0.0.1"],
    ],
)
def test_a_mail_host_passes_the_address_guard(host: str) -> None:
    names = Names(rebound_test=[["10.0.0.1"]], localhost=[["127.0.0.1"]])
    client = client_for(resolver=names)
    smtp = connection(587, host=host)
    with pytest.raises(TaskError) as caught:
        SendEmail(lambda: client).execute(
            make_call({"to": "ana@acme.test", "text": "x"}, connections={"smtp": smtp})
        )
    assert caught.value.error_class is ErrorClass.ADDRESS_REFUSED


@pytest.mark.parametrize(
    "wrong",
    [
        *[{"port": 0}, {"port": "587"}, {"tls": "maybe"}, {"host": ""}, {"sender": "nobody"}],
        *[{"host": None}, {"sender": "a@x.test\r\nBcc: b@x.test"}],
    ],
    ids=repr,
)
def test_a_connection_that_can_not_be_used_is_said(wrong: dict[str, Any]) -> None:
    client = client_for()
    with pytest.raises(TaskError) as caught:
        SendEmail(lambda: client).execute(
            make_call(
                {"to": "ana@acme.test", "text": "x"},
                connections={"smtp": connection(587) | wrong},
            )
        )
    assert caught.value.error_class is ErrorClass.INVALID_INPUT
