"""A practice world on free ports for the tests of a module."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from maestro.practice.mail import Mailbox, smtp_server
from maestro.practice.server import TOKEN, PracticeServer, Services
from maestro.practice.world import World
from tests.embedded.test_supervisor import free_ports


@dataclass(frozen=True)
class Practice:
    """Where it listens, and how to ask it."""

    http_port: int
    smtp_port: int
    mailbox: Mailbox

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.url + path, headers=headers, timeout=10)

    def post(self, path: str, body: object = None, key: str = "") -> requests.Response:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        if key:
            headers["Idempotency-Key"] = key
        return requests.post(self.url + path, json=body, headers=headers, timeout=10)


@pytest.fixture
def practice() -> Iterator[Practice]:
    mailbox = Mailbox()
    smtp_port = free_ports(1)[0]
    smtp = smtp_server(mailbox, "127.0.0.1", smtp_port)
    smtp.start()
    with PracticeServer("127.0.0.1", 0, Services(World(), mailbox)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield Practice(server.server_address[1], smtp_port, mailbox)
        server.shutdown()
        thread.join()
    smtp.stop()
