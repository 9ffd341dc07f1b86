"""Handing a message to an SMTP server, and saying exactly what became of it (RFC 5321)."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.contract import Call, ErrorClass, SecretValue, TaskError
from connectors.kinds.email.message import Mail
from connectors.outbound.client import OutboundClient
from connectors.outbound.hosts import normal_host
from connectors.outbound.watch import (
    CancelledError,
    OutOfTimeError,
    StoppedError,
    Watch,
    connect,
    watched,
)

# Replies are lines of text; a server that says more than this is no mail server.
_REPLIES = 1024 * 1024
_TLS = ("none", "starttls", "implicit")
_RATE_LIMITED = frozenset({421, 450, 452})
_AUTH_FAILED = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class Server:
    """A tenant's mail connection."""

    host: str
    port: int
    tls: str
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """How messages name it."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Handed:
    """Who the server took the message for, and whom it refused, with its code and words."""

    accepted: tuple[str, ...]
    refused: Mapping[str, tuple[int, str]]


def server_of(connection: Mapping[str, Any]) -> Server:
    """The server that a connection names. Raises `TaskError`.

    `tls` is `none`, `starttls` or `implicit`; without it, 465 is implicit and all else starttls.
    """
    port = connection.get("port", 587)
    if isinstance(port, bool) or not isinstance(port, int | float) or not 0 < port < 65536:
        raise _misconfigured("has no usable port")
    tls = connection.get("tls") or ("implicit" if port == 465 else "starttls")
    if tls not in _TLS:
        raise _misconfigured(f"has tls {tls!r}, which is none of {', '.join(_TLS)}")
    host = connection.get("host")
    if not isinstance(host, str) or not host:
        raise _misconfigured("has no host")
    password = connection.get("password") or ""
    return Server(
        host=normal_host(host),
        port=int(port),
        tls=tls,
        username=_revealed(connection.get("username") or ""),
        password=_revealed(password),
    )


def hand_over(mail: Mail, server: Server, call: Call, client: OutboundClient) -> Handed:
    """Send `mail`, within the call's deadline, to a checked address of the server.

    Raises `TaskError`: `unavailable` (no connection, 4xx), `rate_limited` (421, 450, 452),
    `auth_failed` (535 and its kin), `rejected` (5xx, TLS), `timed_out` before the message was
    whole, `unknown_outcome` when the answer to the whole message did not come.
    """
    dialogue = _Dialogue(server, client.tls)
    try:
        with watched(Watch(call.deadline, call.cancelled, _REPLIES)) as watch:
            addresses = client.guard.addresses(server.host, server.port, None, watch)
            dialogue.open(addresses)
            return dialogue.send(mail)
    except (StoppedError, OSError, smtplib.SMTPException) as error:
        raise dialogue.failure(error) from None
    finally:
        dialogue.close()


def greet(
    server: Server, *, deadline: float, cancelled: threading.Event, client: OutboundClient
) -> None:
    """Connect, turn on TLS and log in, as `hand_over` does, and send nothing.

    Raises the same `TaskError`s.
    """
    dialogue = _Dialogue(server, client.tls)
    try:
        with watched(Watch(deadline, cancelled, _REPLIES)) as watch:
            dialogue.open(client.guard.addresses(server.host, server.port, None, watch))
    except (StoppedError, OSError, smtplib.SMTPException) as error:
        raise dialogue.failure(error) from None
    finally:
        dialogue.close()


class _Pinned(smtplib.SMTP):
    """An SMTP connection whose name is the server's and whose address is one that was checked."""

    def __init__(self, server: Server, address: str, tls: ssl.SSLContext) -> None:
        super().__init__(local_hostname="maestro.invalid")
        self._server = server
        self._address = address
        self._context = tls
        self._host = server.host  # what STARTTLS verifies the certificate against

    # smtplib calls this with the name; it goes to the checked address all the same.
    def _get_socket(self, *_name: Any) -> socket.socket:
        plain = connect(self._address, self._server.port)
        if self._server.tls != "implicit":
            return plain
        return self._context.wrap_socket(plain, server_hostname=self._server.host)


class _Dialogue:
    """One session. It knows how far it got, which decides what a failure means."""

    def __init__(self, server: Server, tls: ssl.SSLContext) -> None:
        self._server = server
        self._tls = tls
        self._smtp: _Pinned | None = None
        self._step = "connecting"
        self._whole = False  # the message's last byte was sent, its answer has not come

    def open(self, addresses: tuple[str, ...]) -> None:
        """Connect, greet, turn on TLS and log in."""
        for position, address in enumerate(addresses, start=1):
            self.close()
            self._smtp = _Pinned(self._server, address, self._tls)
            try:
                code, words = self._smtp.connect(self._server.host, self._server.port)
            except (OSError, smtplib.SMTPException):
                if position == len(addresses):
                    raise
                continue
            self._expect(code, words, 220)
            break
        smtp = self._session()
        self._step = "greeting"
        smtp.ehlo_or_helo_if_needed()
        if self._server.tls == "starttls":
            self._step = "starting TLS"
            smtp.starttls(context=self._tls)
            smtp.ehlo_or_helo_if_needed()
        if self._server.username:
            self._step = "logging in"
            smtp.login(self._server.username, self._server.password)

    def send(self, mail: Mail) -> Handed:
        """Sender, recipients, message."""
        smtp = self._session()
        self._step = "naming the sender"
        options = [f"size={len(mail.raw)}"] if smtp.has_extn("size") else []
        self._expect(*smtp.mail(mail.sender, options), 250)
        self._step = "naming the recipients"
        refused: dict[str, tuple[int, str]] = {}
        for recipient in mail.recipients:
            code, words = smtp.rcpt(recipient)
            if code not in (250, 251):
                refused[recipient] = (code, _words(words))
            if code == 421:
                break
        accepted = tuple(name for name in mail.recipients if name not in refused)
        if not accepted or any(code == 421 for code, _ in refused.values()):
            raise self._refused_all(refused)
        self._step = "sending the message"
        self._expect(*smtp.docmd("DATA"), 354)
        smtp.send(_dotted(mail.raw))
        self._whole = True
        code, words = smtp.getreply()
        self._whole = False
        self._expect(code, words, 250)
        return Handed(accepted, refused)

    def close(self) -> None:
        """Hang up. The message is accepted or not already, so a QUIT is not waited for."""
        if self._smtp is not None:
            self._smtp.close()

    def failure(self, error: Exception) -> TaskError:
        """The typed error of what broke the session."""
        shown, step = self._server.shown, self._step
        if self._whole:
            cancelled = isinstance(error, CancelledError)
            return TaskError(
                ErrorClass.CANCELLED if cancelled else ErrorClass.UNKNOWN_OUTCOME,
                f"{shown} took the whole message and did not say whether it keeps it.",
                hint="Look in the recipient's mailbox before you send it again; a repeat has the "
                "same Message-ID.",
            )
        if isinstance(error, CancelledError):
            return TaskError(ErrorClass.CANCELLED, f"Cancelled while {step}; nothing was sent.")
        if isinstance(error, OutOfTimeError):
            return TaskError(
                ErrorClass.TIMED_OUT,
                f"{shown} was too slow while {step}; nothing was sent.",
                hint="Give the step a longer timeout.",
            )
        if isinstance(error, smtplib.SMTPResponseException):
            return self._by_code(error.smtp_code, error.smtp_error)
        if isinstance(error, smtplib.SMTPNotSupportedError):
            missing = "STARTTLS" if step == "starting TLS" else "a way to log in that we know"
            return TaskError(
                ErrorClass.REJECTED,
                f"{shown} does not offer {missing}.",
                hint="Check tls and the user name of the mail connection.",
            )
        if isinstance(error, ssl.SSLCertVerificationError):
            return TaskError(
                ErrorClass.REJECTED,
                f"The certificate of {shown} is not trusted: {error.verify_message}.",
                hint="Use the host name that its certificate is made out to.",
            )
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            return TaskError(
                ErrorClass.REJECTED,
                f"There is no TLS with {shown}.",
                hint="Check tls and port of the mail connection: 465 implicit, 587 starttls.",
            )
        if isinstance(error, StoppedError):
            return TaskError(ErrorClass.REJECTED, f"{shown} does not speak SMTP.")
        return TaskError(
            ErrorClass.UNAVAILABLE,
            f"The connection to {shown} broke while {step}; nothing was sent.",
            hint="It may be tried again.",
        )

    def _session(self) -> _Pinned:
        if self._smtp is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        return self._smtp

    def _expect(self, code: int, words: bytes | str, wanted: int) -> None:
        if code != wanted:
            raise self._by_code(code, words)

    def _by_code(self, code: int, words: bytes | str) -> TaskError:
        shown = self._server.shown
        said = _words(words)
        details = {"code": code, "reply": said}
        if code in _AUTH_FAILED:
            return TaskError(
                ErrorClass.AUTH_FAILED,
                f"{shown} does not accept the user name and password ({code}).",
                hint="Check the mail connection's credentials.",
                # Not its words: some servers repeat what they were given.
                details={"code": code},
            )
        if code < 200:
            return TaskError(ErrorClass.REJECTED, f"{shown} does not speak SMTP.")
        kind = _class_of(code)
        hints = {
            ErrorClass.RATE_LIMITED: "It is tried again; send less at once if it stays so.",
            ErrorClass.UNAVAILABLE: "It may be tried again.",
            ErrorClass.REJECTED: "See in details what the server says.",
        }
        return TaskError(
            kind,
            f"{shown} answered {code} while {self._step}; nothing was sent.",
            hint=hints[kind],
            details={"code": code} if self._step == "logging in" else details,
        )

    def _refused_all(self, refused: Mapping[str, tuple[int, str]]) -> TaskError:
        kinds = {_class_of(code) for code, _words_ in refused.values()}
        # One that may pass later is worth another try: nobody has got the message yet.
        order = (ErrorClass.RATE_LIMITED, ErrorClass.UNAVAILABLE, ErrorClass.REJECTED)
        kind = next(kind for kind in order if kind in kinds)
        return TaskError(
            kind,
            f"{self._server.shown} takes no message for {', '.join(refused)}; nothing was sent.",
            hint="Check the addresses."
            if kind is ErrorClass.REJECTED
            else "It may be tried again.",
            details={
                "refused": {who: {"code": c, "message": said} for who, (c, said) in refused.items()}
            },
        )


def _class_of(code: int) -> ErrorClass:
    if code in _RATE_LIMITED:
        return ErrorClass.RATE_LIMITED
    return ErrorClass.UNAVAILABLE if 400 <= code < 500 else ErrorClass.REJECTED


def _words(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join(text.split())[:500]


def _dotted(raw: bytes) -> bytes:
    """The message as DATA sends it: dots at line starts doubled, a lone dot at the end."""
    body = raw.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _revealed(value: Any) -> str:
    return value.reveal() if isinstance(value, SecretValue) else str(value)


def _misconfigured(what: str) -> TaskError:
    return TaskError(
        ErrorClass.INVALID_INPUT,
        f"The tenant's mail connection {what}.",
        hint="A tenant admin sets it under Connections.",
    )
