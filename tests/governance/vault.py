"""A fake Vault: the KV engine, version 2, in the wire format of Vault's HTTP API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "hvs.the-only-token"


class FakeVault:
    """What is in it by path, a version after the other; what it was asked; how it answers now."""

    def __init__(self) -> None:
        self.secrets: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers_with: int | None = None
        self.body: bytes | None = None
        self.address = ""

    def answer(self, path: str, query: dict[str, list[str]], token: str) -> tuple[int, Any]:
        """The status and the body for a GET."""
        if self.answers_with:
            return self.answers_with, {"errors": ["as it was told"]}
        if token != TOKEN:
            return 403, {"errors": ["permission denied"]}
        versions = self.secrets.get(path, [])
        number = int(query.get("version", [str(len(versions))])[0])
        if not versions or number > len(versions):
            return 404, {"errors": []}
        metadata = {
            "created_time": "2026-11-01T08:00:00.000000Z",
            "custom_metadata": None,
            "deletion_time": "",
            "destroyed": False,
            "version": number,
        }
        return 200, {
            "request_id": "b1b9a3e2-0000-0000-0000-000000000000",
            "lease_id": "",
            "renewable": False,
            "lease_duration": 0,
            "data": {"data": versions[number - 1], "metadata": metadata},
            "wrap_info": None,
            "warnings": None,
            "auth": None,
        }


@contextmanager
def fake_vault() -> Iterator[FakeVault]:
    """One that listens on a port of its own."""
    vault = FakeVault()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            vault.asked.append((self.path, dict(self.headers)))
            url = urlsplit(self.path)
            token = self.headers.get("X-Vault-Token", "")
            status, body = vault.answer(url.path, parse_qs(url.query), token)
            raw = vault.body if vault.body is not None else json.dumps(body).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests say what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vault.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
