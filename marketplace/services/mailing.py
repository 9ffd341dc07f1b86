"""Mail of Maestro itself to people, by the platform's mail server."""

from __future__ import annotations

from collections.abc import Mapping
from smtplib import SMTPException
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from marketplace.letters import LONGEST_SUBJECT, one_line

TIMEOUT = 20  # seconds that the server may take for an answer
AUTOMATIC = {"Auto-Submitted": "auto-generated"}  # RFC 3834: no holiday answers it


class Mailer:
    """A connection to the mail server, which is opened when needed and kept from mail to mail."""

    def __init__(self, server: Mapping[str, Any]) -> None:
        tls = server.get("tls") or "starttls"
        self._sender = server["sender"]
        self._connection = EmailBackend(
            host=server["host"],
            port=int(server["port"]),
            use_tls=tls == "starttls",
            use_ssl=tls == "implicit",
            timeout=TIMEOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def reach(self) -> bool:
        """Whether the server answers. A mail that is sent then goes by the same connection."""
        try:
            self._connection.open()
        except (SMTPException, OSError):
            return False
        return True

    def send(self, address: str, subject: str, text: str) -> bool:
        """Whether the server took a plain text for one address. One to which no mail can be
        addressed counts as refused."""
        mail = EmailMessage(
            one_line(subject, LONGEST_SUBJECT), text, self._sender, [address], headers=AUTOMATIC
        )
        mail.connection = self._connection
        try:
            return bool(mail.send())
        except (SMTPException, OSError, ValueError):
            self._connection.close()
            return False


def platform_mailer() -> Mailer | None:
    """The platform's own, or None where it has no mail server."""
    server = settings.PLATFORM_CONNECTIONS.get("smtp")
    return Mailer(server) if server else None
