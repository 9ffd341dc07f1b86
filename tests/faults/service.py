"""The other side of the calls: a small HTTP service in the test's process that misbehaves on demand.

`POST /gate` answers when the gate is open. `GET /silent` never answers. `GET /drip` gives a byte a
second. `GET /big?bytes=N` gives a JSON string of about N bytes.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_PIECE = b"x" * (1 << 16)


class Service(ThreadingHTTPServer):
    """The service, and what it has seen."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.opened, self.ended = threading.Event(), threading.Event()
        self.keys: Counter[str] = Counter()  # by Idempotency-Key: how often that call arrived
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"

    @property
    def calls(self) -> int:
        """How many calls have arrived at the gate."""
        with self.lock:
            return self.keys.total()

    def close_gate(self) -> None:
        """From now on, and with nothing seen."""
        with self.lock:
            self.keys.clear()
        self.opened.clear()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is what is meant here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        """The gate."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.keys[self.headers["Idempotency-Key"]] += 1
        self.server.opened.wait()
        self._give(b"{}")

    def do_GET(self) -> None:
        """Silence, drops, or very much."""
        url = urlsplit(self.path)
        with suppress(BrokenPipeError, ConnectionResetError):
            if url.path == "/silent":
                self.server.ended.wait()
            elif url.path == "/drip":
                self._drip()
            elif url.path == "/big":
                self._much(int(parse_qs(url.query)["bytes"][0]))

    def log_message(self, *_: object) -> None:
        """Not to the console."""

    def _head(self, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _give(self, body: bytes) -> None:
        self._head(len(body))
        self.wfile.write(body)

    def _drip(self) -> None:
        self._head(1_000_000)
        while not self.server.ended.wait(1.0):
            self.wfile.write(b" ")

    def _much(self, size: int) -> None:
        pieces = size // len(_PIECE)
        self._head(pieces * len(_PIECE) + 2)
        self.wfile.write(b'"')
        for _ in range(pieces):
            self.wfile.write(_PIECE)
        self.wfile.write(b'"')


@contextmanager
def running_service() -> Iterator[Service]:
    """The service, for the time of the block."""
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield service
        finally:
            service.opened.set()
            service.ended.set()
            service.shutdown()
            thread.join()


STEPS = ("before", "called", "after")


def through_the_gate(address: str) -> str:
    """`STEPS`, of which the middle one waits at the gate of the service at `address`."""
    return f"""
    - {{id: before, task: core.set@1, with: {{values: {{n: 1}}}}}}
    - {{id: called, task: http.request@1, needs: [before],
       with: {{method: POST, url: "http://{address}/gate"}}}}
    - {{id: after, task: core.set@1, needs: [called], with: {{values: {{n: 2}}}}}}
    """


def endpoints_of(address: str) -> str:
    """The part of a document that lets it reach the service."""
    return f'endpoints: {{service: {{description: For a test., default: "http://{address}"}}}}'
