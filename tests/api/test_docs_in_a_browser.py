"""`/api/docs/` in a real browser: it draws itself offline, under our policy."""

from __future__ import annotations

from collections.abc import Iterator
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Page, sync_playwright

from tests.pages.conftest import QUIET
from tests.services_report import real_service


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each request, as the product's server has."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The product itself on loopback, with its static files."""
    application = StaticFilesHandler(get_wsgi_application())
    with make_server("127.0.0.1", 0, application, Server, Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def shown(address: str) -> Iterator[tuple[Page, list[str], list[str]]]:
    """The page, what the console said of it, and every address that it asked for."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=real_service("chromium"), args=QUIET)
        page = browser.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda line: said.append(line.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', event => "
            "console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI))"
        )
        page.goto(f"{address}/api/docs/")
        page.wait_for_selector(".opblock")
        yield page, said, asked
        browser.close()


def test_it_shows_every_operation(shown: tuple[Page, list[str], list[str]]) -> None:
    page, _, _ = shown
    assert page.locator(".opblock").count() >= 20
    paths = page.locator(".opblock-summary-path").all_inner_texts()
    assert any("/api/executions/" in path for path in paths)
    page.locator("#operations-executions-executions_create").click()
    page.wait_for_selector(".opblock-body .parameters")
    assert "X-Purpose" in page.locator(".opblock-body").inner_text()


def test_it_is_drawn_under_our_policy_without_a_violation(
    shown: tuple[Page, list[str], list[str]],
) -> None:
    page, said, _ = shown
    page.locator("#operations-tokens-tokens_create .opblock-summary").first.click()
    page.wait_for_selector("#operations-tokens-tokens_create .opblock-body")
    assert said == []


def test_it_asks_for_nothing_from_elsewhere(
    shown: tuple[Page, list[str], list[str]], address: str
) -> None:
    _, _, asked = shown
    assert len(asked) > 4
    assert all(url.startswith((address, "data:")) for url in asked)


def test_its_policy_differs_from_ours_in_the_icons_of_its_style_sheet_alone(
    client: Any, address: str
) -> None:
    def policy(path: str) -> set[str]:
        answer = client.get(path)
        return set(answer["Content-Security-Policy"].split("; "))

    docs, ours = policy("/api/docs/"), policy("/healthz")
    assert docs - ours == {"img-src 'self' data:"}
    assert ours - docs == {"img-src 'self'"}
    assert "'unsafe-inline'" not in " ".join(docs)
