"""The mail sink: takes every message over SMTP, keeps the last ones, delivers none."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

T = TypeVar("T")
KEPT = 200  # messages; the oldest go first
SIZE_LIMIT = 10 * 1024 * 1024  # bytes a message may have, announced to the client (RFC 1870)
REFUSALS = {
    "rejected": "550 5.1.1 There is nobody of that name here",
    "busy": "451 4.3.0 The mailbox is busy, try again later",
}
"""Mailboxes that refuse, whatever their domain: a lasting and a passing error to practise with."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    name: str
    content_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Of the file's bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it arrived."""

    number: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[Attachment, ...]

    def as_json(self) -> dict[str, Any]:
        """For a test or a workflow to read; attachments by name, size and digest."""
        return {
            "number": self.number,
            "received_at": self.received_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "from": self.sender,
            "to": list(self.recipients),
            "subject": self.subject,
            "headers": [list(header) for header in self.headers],
            "text": self.text,
            "html": self.html,
            "size": len(self.raw),
            "attachments": [
                {
                    "name": attachment.name,
                    "content_type": attachment.content_type,
                    "size": len(attachment.data),
                    "sha256": attachment.sha256,
                }
                for attachment in self.attachments
            ],
        }


class Mailbox:
    """The last `KEPT` messages; may be read and written by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._mails: OrderedDict[int, Mail] = OrderedDict()

    def keep(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> Mail:
        """Parse and keep a message; what is malformed in it is kept as far as it can be read."""
        message = message_from_bytes(raw, policy=policy.default)
        with self._lock:
            mail = Mail(
                number=next(self._numbers),
                received_at=datetime.now(UTC),
                sender=sender,
                recipients=recipients,
                raw=raw,
                subject=_header(message, "Subject"),
                headers=tuple((name, _header(message, name)) for name in dict.fromkeys(message)),
                text=_body(message, "plain"),
                html=_body(message, "html"),
                attachments=tuple(_attachments(message)),
            )
            self._mails[mail.number] = mail
            if len(self._mails) > KEPT:
                self._mails.popitem(last=False)
            return mail

    def newest_first(self) -> list[Mail]:
        """All that are kept."""
        with self._lock:
            return list(reversed(self._mails.values()))

    def get(self, number: int) -> Mail | None:
        """One by its number, or None when it never came or is gone."""
        with self._lock:
            return self._mails.get(number)

    def clear(self) -> None:
        """Forget all; the numbers go on."""
        with self._lock:
            self._mails.clear()


class _Sink:
    """The hooks that aiosmtpd calls; their names are its own."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        refusal = REFUSALS.get(address.partition("@")[0].lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        mail = self._mailbox.keep(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw)
        return f"250 2.0.0 Kept as number {mail.number}"


def smtp_server(mailbox: Mailbox, host: str, port: int) -> Controller:
    """The server, not started yet; `start()` listens in a thread of its own, `stop()` ends it."""
    return Controller(
        _Sink(mailbox),
        hostname=host,
        port=port,
        ready_timeout=3,  # seconds, all of which a busy port takes
        server_hostname="practice.maestro.test",
        data_size_limit=SIZE_LIMIT,
        enable_SMTPUTF8=True,
    )


def _tolerant(read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except Exception:  # noqa: BLE001 - the library raises what it likes on a malformed mail
        return otherwise


def _header(message: EmailMessage, name: str) -> str:
    raw = ", ".join(str(value) for key, value in message.raw_items() if key == name)
    return _tolerant(lambda: ", ".join(str(v) for v in message.get_all(name, [])), raw)


def _body(message: EmailMessage, kind: str) -> str:
    part = _tolerant(lambda: message.get_body((kind,)), None)
    if part is None:
        return ""
    return _tolerant(lambda: str(part.get_content()), _bytes(part).decode(errors="replace"))


def _bytes(part: MIMEPart) -> bytes:
    payload = _tolerant(lambda: part.get_payload(decode=True), None)
    return payload if isinstance(payload, bytes) else _tolerant(part.as_bytes, b"")


def _attachments(message: EmailMessage) -> list[Attachment]:
    parts: list[MIMEPart] = _tolerant(lambda: list(message.iter_attachments()), [])
    return [
        Attachment(
            _tolerant(part.get_filename, None) or "unnamed", part.get_content_type(), _bytes(part)
        )
        for part in parts
    ]
