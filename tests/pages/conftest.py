"""A browser, and a small server that hands out the sample pages under the product's own headers."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.pages.drawing import draw
from tests.services_report import real_service

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LONG = 60_000  # milliseconds: the machine may be busy
expect.set_options(timeout=LONG)
QUIET = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Site:
    """The server. `pages` are bodies by address; `polls` are the ETags that were asked with."""

    address: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    answer: str = ""
    polls: list[str] = field(default_factory=list)


@pytest.fixture
def drawn() -> Callable[..., str]:
    """Draws a state of the gallery."""
    return draw


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on loopback. `/live` answers 304 to its own ETag, as the product's polls do."""
    shown = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/static/"):
                kind = mimetypes.guess_type(path)[0] or "text/plain"
                return self.send(200, kind, (STATIC / path[8:]).read_bytes())
            if path == "/live":
                asked = self.headers.get("If-None-Match", "")
                shown.polls.append(asked)
                if asked == shown.etag:
                    return self.send(304, "text/html", b"")
                return self.send(200, "text/html", shown.answer.encode())
            body = shown.pages.get(path)
            return self.send(200 if body else 404, "text/html", (body or "").encode())

        def send(self, code: int, kind: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shown.address = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield shown
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=real_service("chromium"), args=QUIET)
        yield chromium
        chromium.close()


def opened(browser: Browser, site: Site, html: str, width: int = 1280) -> tuple[Page, list[str]]:
    """The page in a tab, and what the browser complains of until it is closed."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.text} {message.location.get('url', '')}")

    site.pages["/"] = html
    tab = browser.new_page(reduced_motion="reduce", viewport={"width": width, "height": 800})
    tab.on("console", heard)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(site.address)
    return tab, complaints
