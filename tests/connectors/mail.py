"""A real mail server, and deliveries to it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from connectors.contract import TaskError
from connectors.kinds.email import SendEmail
from tests.connectors.servers import (
    client_for,
    make_call,
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
