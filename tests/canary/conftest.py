"""Other sides that repeat what they are told, and a broker whose messages can be read."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from aiosmtpd.smtp import AuthResult
from celery import current_app

from maestro.embedded.valkey import start_valkey
from tests.connectors.mail import Box, mail_server
from tests.connectors.servers import Reply, Seen, web_server


@dataclass
class Echo:
    """A web server: it answers with every header and body it was sent, in several encodings."""

    address: str
    told: list[str] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, seen: Seen) -> Reply:
        path = seen.path.partition("?")[0]
        self.asked[path] = self.asked.get(path, 0) + 1
        secret = seen.headers.get("x-api-key") or seen.headers["authorization"]
        self.told.append(secret)
        raw = secret.encode("latin-1")
        body = {
            "plain": secret,
            "hex": raw.hex(),
            "base64": base64.b64encode(raw).decode(),
            "basic": base64.b64encode(b"robot:" + raw).decode(),
            "page": f"<b>{secret}</b>",
            secret: "as a key",
        }
        headers = {"Content-Type": "application/json", "X-Request-Id": secret, "Server": secret}
        if path == "/slow":
            self.closing.wait(20)
        broken = path == "/fail" or (path == "/flaky" and self.asked[path] == 1)
        return Reply(503 if broken else 200, json.dumps(body).encode(), headers)


@pytest.fixture
def echo() -> Iterator[Echo]:
    """It listens on a port of its own."""
    made = Echo("")
    with web_server(made.answer) as server:
        made.address = f"127.0.0.1:{server.port}"
        yield made
        made.closing.set()


class Gossip(Box):
    """A mail server that says the password in its answers; wrong for it is who is called `eve`."""

    password = ""

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _way: str, data: Any
    ) -> Any:
        self.password = data.password.decode()
        self.logins.append((data.login, data.password))
        if data.login == b"eve":
            said = base64.b64encode(b"\0eve\0" + data.password).decode()
            message = f"535 5.7.8 {self.password} is wrong ({said})"
            return AuthResult(success=False, handled=False, message=message)
        return AuthResult(success=True)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answer = await super().handle_RCPT(server, session, envelope, address, options)
        return f"{answer} {self.password}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return f"{await super().handle_DATA(server, session, envelope)} for {self.password}"


@pytest.fixture
def gossip() -> Iterator[tuple[Gossip, int]]:
    """It and its port."""
    box = Gossip()
    with mail_server(box, authenticator=box.authenticate, auth_require_tls=False) as port:
        yield box, port


@pytest.fixture
def messages(tmp_path: Path) -> Iterator[Any]:
    """What a real Valkey was sent by Celery, as one text; bodies read as well."""
    broker = start_valkey(tmp_path)
    kept = current_app.conf.broker_url
    _send_to(broker.url)
    client = redis.Redis(unix_socket_path=str(broker.socket))

    def read() -> str:
        raw = [each.decode() for each in client.lrange("conductor", 0, -1)]
        return "\n".join(raw + [base64.b64decode(json.loads(one)["body"]).decode() for one in raw])

    try:
        yield read
    finally:
        _send_to(kept)
        client.close()
        broker.stop()


def _send_to(url: str) -> None:
    current_app.conf.broker_url = current_app.conf.broker_write_url = url
    current_app._pool = None
    current_app.amqp._producer_pool = None
