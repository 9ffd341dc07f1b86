"""The HTTP side of the practice world: what each method and path does."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from maestro.practice import pages
from maestro.practice.mail import Mail, Mailbox
from maestro.practice.world import World, WorldError

TOKEN = "practice-token"  # noqa: S105 - printed on the index page: what it opens is a toy
BODY_LIMIT = 1024 * 1024
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With "no-referrer" a browser would send "Origin: null" with the buttons of our own pages.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a handler needs to know."""

    target: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    body: dict[str, Any]
    key: str

    def number(self, name: str, default: int) -> int:
        """A whole number of the query."""
        value = self.query.get(name, str(default))
        if not re.fullmatch(r"\d{1,6}", value):
            raise WorldError(400, "invalid_input", f"{name} must be a whole number.")
        return int(value)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: JSON unless it is bytes."""

    body: Any
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Handle = Callable[[Request], Answer]


class Services:
    """The routes, over one world and one mailbox."""

    def __init__(self, world: World, mailbox: Mailbox) -> None:
        self.world, self.mailbox = world, mailbox
        read, write = self._reads(), self._writes()
        self._routes: list[tuple[str, re.Pattern[str], Handle, bool]] = [
            *(("GET", _pattern(path), handle, False) for path, handle in read.items()),
            *(("POST", _pattern(path), self._once(handle), True) for path, handle in write.items()),
            # For the buttons of the pages, which have no token; the handler checks their origin.
            ("POST", _pattern("/page/maintenance"), self._switch, False),
            ("POST", _pattern("/page/reset"), self._page_reset, False),
        ]

    def find(self, method: str, path: str) -> tuple[Handle, tuple[str, ...], bool]:
        """The handler of a path, the path's variable parts, and whether it wants the token."""
        allowed = set()
        for wanted, pattern, handle, protected in self._routes:
            match = pattern.fullmatch(path)
            if match and wanted == method:
                return handle, tuple(unquote(part) for part in match.groups()), protected
            if match:
                allowed.add(wanted)
        if allowed:
            raise WorldError(405, "method_not_allowed", f"{path} takes {', '.join(allowed)}.")
        raise WorldError(404, "not_found", f"There is nothing at {path}; / says what there is.")

    def _reads(self) -> dict[str, Handle]:
        world = self.world
        return {
            "/": lambda _: _page(pages.index(TOKEN, maintenance=world.maintenance)),
            "/style.css": lambda _: Answer(pages.stylesheet(), content_type="text/css"),
            "/healthz": lambda _: Answer({"status": "ok"}),
            "/people": lambda _: Answer(world.list_people()),
            "/people/*": lambda r: Answer(world.person(r.path[0])),
            "/people/*/accounts": lambda r: Answer(world.accounts_of(r.path[0])),
            "/access/*": lambda r: Answer(world.access(r.path[0])),
            "/cost": lambda r: Answer(
                world.cost(r.query.get("team", "data"), r.number("days", 14))
            ),
            "/tickets": lambda r: Answer(world.list_tickets(r.query.get("status", ""))),
            "/tickets/*": lambda r: Answer(world.ticket(r.path[0])),
            "/credentials": lambda _: Answer(world.list_credentials()),
            "/flaky": lambda r: Answer(world.flaky(r.query.get("key", ""), r.number("fail", 2))),
            "/maintenance": lambda _: Answer(world.visit_maintenance()),
            "/mail": lambda _: _page(pages.mail_list(self.mailbox.newest_first())),
            "/mail.json": lambda _: Answer([m.as_json() for m in self.mailbox.newest_first()]),
            "/mail/*": self._mail,
            "/mail/*/raw": self._raw,
            "/mail/*/attachments/*": self._attachment,
        }

    def _writes(self) -> dict[str, Handle]:
        world = self.world
        return {
            "/accounts/*/suspend": lambda r: Answer(world.suspend(r.path[0])),
            "/tickets": lambda r: Answer(world.open_ticket(r.body), 201),
            "/tickets/*/transition": lambda r: Answer(
                world.move_ticket(r.path[0], str(r.body.get("to", "")))
            ),
            "/credentials/*/rotate": lambda r: Answer(world.rotate(r.path[0])),
            "/maintenance": self._set_maintenance,
            "/reset": self._reset,
        }

    def _once(self, handle: Handle) -> Handle:
        """`handle`, carried out once for each `Idempotency-Key`."""

        def guarded(request: Request) -> Answer:
            def answer() -> tuple[int, Any]:
                given = handle(request)
                return given.status, given.body

            content = json.dumps([request.target, request.body], sort_keys=True)
            digest = hashlib.sha256(content.encode()).hexdigest()
            status, body, replayed = self.world.once(request.key, digest, answer)
            return Answer(body, status, headers={"Idempotent-Replayed": str(replayed).lower()})

        return guarded

    def _reset(self, _: Request) -> Answer:
        self.mailbox.clear()
        return Answer(self.world.reset())

    def _set_maintenance(self, request: Request) -> Answer:
        on = request.body.get("on")
        if not isinstance(on, bool):
            raise WorldError(400, "invalid_input", 'The body is {"on": true} or {"on": false}.')
        return Answer(self.world.set_maintenance(on))

    def _switch(self, _: Request) -> Answer:
        self.world.set_maintenance(not self.world.maintenance)
        return Answer(b"", 303, headers={"Location": "/"})

    def _page_reset(self, request: Request) -> Answer:
        self._reset(request)
        return Answer(b"", 303, headers={"Location": "/"})

    def _mail(self, request: Request) -> Answer:
        return _page(pages.mail(self._message(request)))

    def _raw(self, request: Request) -> Answer:
        return Answer(self._message(request).raw, content_type="text/plain; charset=utf-8")

    def _attachment(self, request: Request) -> Answer:
        attachments = self._message(request).attachments
        nth = int(request.path[1]) if request.path[1].isdecimal() else 0
        if not 1 <= nth <= len(attachments):
            raise WorldError(404, "not_found", "There is no such attachment.")
        # Never shown in place: whatever a workflow sends is only ever a file here.
        return Answer(
            attachments[nth - 1].data,
            content_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="attachment-{nth}"'},
        )

    def _message(self, request: Request) -> Mail:
        number = request.path[0]
        mail = self.mailbox.get(int(number)) if re.fullmatch(r"\d{1,9}", number) else None
        if mail is None:
            raise WorldError(404, "not_found", f"There is no message {number}.")
        return mail


class PracticeServer(ThreadingHTTPServer):
    """The listening server; `serve_forever()` and `shutdown()` as in the standard library."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, services: Services) -> None:
        self.services = services
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "MaestroPractice"
    sys_version = ""
    timeout = 30
    server: PracticeServer

    def do_GET(self) -> None:
        self._serve("GET")

    def do_HEAD(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing: a request with a token in it has no place in a log."""

    def _serve(self, method: str) -> None:
        try:
            answer = self._answer(method)
        except WorldError as refusal:
            problem = {
                "type": "about:blank",
                "title": HTTPStatus(refusal.status).phrase,
                "status": refusal.status,
                "code": refusal.code,
                "detail": str(refusal),
            }
            headers = {"Retry-After": "1"} if refusal.status == 503 else {}
            if refusal.status == 401:
                headers["WWW-Authenticate"] = 'Bearer realm="practice"'
            answer = Answer(problem, refusal.status, "application/problem+json", headers)
        self._send(answer)

    def _answer(self, method: str) -> Answer:
        url = urlsplit(self.path)
        self._check_host()
        body = self._body() if method == "POST" else {}
        handle, parts, protected = self.server.services.find(method, url.path)
        if protected:
            self._check_token()
        elif method == "POST":
            self._check_origin()
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        key = self.headers.get("Idempotency-Key", "")
        return handle(Request(url.path, parts, query, body, key))

    def _check_host(self) -> None:
        """Only by its own names: no page of another site may reach it by pointing a name here."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        if host not in {"localhost", "127.0.0.1", "::1"}:
            raise WorldError(421, "misdirected", "Ask for localhost or 127.0.0.1.")

    def _check_origin(self) -> None:
        origin = self.headers.get("Origin", "")
        if urlsplit(origin).netloc != self.headers.get("Host"):
            raise WorldError(403, "denied", "Use the button of the page.")

    def _check_token(self) -> None:
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {TOKEN}".encode()):
            raise WorldError(401, "auth_failed", "Send the header Authorization: Bearer <token>.")

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            raise WorldError(411, "length_required", "Send a Content-Length.")
        if int(length) > BODY_LIMIT:
            self.close_connection = True
            raise WorldError(413, "too_large", "A body has at most 1 MiB.")
        raw = self.rfile.read(int(length))
        if not raw or self.headers.get_content_type() == "application/x-www-form-urlencoded":
            return {}
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            raise WorldError(400, "invalid_input", "The body is not JSON.") from None
        if not isinstance(body, dict):
            raise WorldError(400, "invalid_input", "The body must be a JSON object.")
        return body

    def _send(self, answer: Answer) -> None:
        body = answer.body
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(answer.status)
        for name, value in {**HEADERS, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path).replace(r"\*", "([^/]+)"))


def _page(html: str) -> Answer:
    return Answer(html.encode(), content_type="text/html; charset=utf-8")
