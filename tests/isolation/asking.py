"""One request as somebody, undone again: what was answered, what the database was asked."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus, urlencode

from django.db import connections, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.datastructures import MultiValueDict
from drf_spectacular.generators import SchemaGenerator

from tests.addresses import Address
from tests.isolation.world import CANARY, MADE_UP, made_up_of
from tests.runtime.driving import document

# What differs from one answer to the next whatever is asked.
_VOLATILE = re.compile(
    r'csrfmiddlewaretoken" value="[^"]*"|(?:csrftoken|sessionid|messages)=[^;]*|<time\b.*?</time>'
    r"|mst_[\w-]+…?|sha256:[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)"
    r'|name="(?:nonce|key)" value="[^"]*"|expires=[^;]*|Expires: [^\n]*|"n-\w+-[0-9a-f]{8}"|<span data-since=.*?</span>',
    re.S,
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LITERAL = re.compile(
    r"\"s\d+_x\d+\"|'(?:[^']|'')*'(?:::[\w\[\]]+)?|\b\d+(?:\.\d+)?\b|ARRAY\[[^\]]*\]"
)
_HEADERS = ("content-length", "x-request-id", "server-timing")
PLAIN = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Caller:
    """Somebody who calls, with a session or a token, or without either."""

    name: str
    client: Client
    headers: Mapping[str, str] = field(default_factory=dict)

    def made_up(self) -> Caller:
        """The same, in a tenant that isn't there."""
        changed = {name: made_up_of(value, ()) for name, value in self.headers.items()}
        return replace(self, headers=changed)


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    media_type: str = ""

    def made_up(self, ids: Collection[str], own: str = "") -> Asked:
        """The same for what is not there, in the place of all that is theirs.

        Who is of their tenant names it still by its slug, `own`: that tenant is there.
        """

        def other(text: str) -> str:
            changed = made_up_of(text, ids)
            return changed.replace(made_up_of(own, ()), own) if own else changed

        return Asked(
            self.method,
            other(self.path),
            tuple((name, other(value)) for name, value in self.query),
            other(self.body.decode()).encode(),
            self.media_type,
        )

    def sent(self) -> Iterable[str]:
        """All that an answer may say again, the longest first."""
        whole = self.path + ("?" + urlencode(self.query) if self.query else "")
        texts = {whole, self.path, *(value for _, value in self.query)}
        texts |= {part for part in self.path.split("/") if part}
        texts |= {unquote_plus(text) for text in re.findall(r'[^"&=\s]+', self.body.decode())}
        forms = {
            form
            for text in texts
            for form in (text, quote(text), quote(text, ""), quote_plus(text))
        }
        forms |= {html.escape(text) for text in forms}
        return sorted((form for form in forms if len(form) > 3), key=len, reverse=True)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: str
    body: str
    statements: tuple[str, ...]
    read: frozenset[str]
    """The fields and query parameters that the view looked at."""

    def without(self, asked: Asked, caller: Caller) -> str:
        """All of it but what the caller sent."""
        said = f"{self.headers}\n{self.body}"
        for text in (*asked.sent(), *caller.headers.values()):
            said = said.replace(text, "")
        return said

    def plain(self) -> list[str]:
        """What doesn't change from one time to the next, nor from a real value to a made-up one."""
        said = f"{self.status}\n{self.headers}\n{self.body}"
        said = _UUID.sub("‹id›", _VOLATILE.sub("‹›", said))
        return re.sub(MADE_UP, CANARY, said).replace(MADE_UP.title(), CANARY.title()).splitlines()


@contextmanager
def reading() -> Iterator[set[str]]:
    """Which keys of the query and of the form are looked at meanwhile."""
    seen: set[str] = set()
    one, many = MultiValueDict.__getitem__, MultiValueDict._getlist  # type: ignore[attr-defined]

    def getitem(self: Any, key: str) -> Any:
        if isinstance(self, QueryDict):
            seen.add(key)
        return one(self, key)

    def getlist(self: Any, key: str, *more: Any, **named: Any) -> Any:
        if isinstance(self, QueryDict):
            seen.add(key)
        return many(self, key, *more, **named)

    MultiValueDict.__getitem__ = getitem  # type: ignore[method-assign]
    MultiValueDict._getlist = getlist  # type: ignore[attr-defined]
    try:
        yield seen
    finally:
        MultiValueDict.__getitem__ = one  # type: ignore[method-assign]
        MultiValueDict._getlist = many  # type: ignore[attr-defined]


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(caller: Caller, asked: Asked, then: Callable[[], None] | None = None) -> Answer:
    """The answer; `then()` looks at what was written before it is undone."""
    client = caller.client
    kept = client.cookies.output(header="", sep=";")
    path = asked.path + ("?" + urlencode(asked.query) if asked.query else "")
    for alias in ("default", "platform"):
        connections[alias].queries_log.clear()
    captured = [CaptureQueriesContext(connections[alias]) for alias in ("default", "platform")]
    with undone(), reading() as read:
        with captured[0], captured[1]:
            answer = client.generic(
                asked.method,
                path,
                asked.body,
                content_type=asked.media_type or "application/octet-stream",
                headers=dict(caller.headers),
            )
            streamed = getattr(answer, "streaming_content", None)
            body = b"".join(streamed) if streamed is not None else answer.content
        if then is not None and not connections["default"].needs_rollback:
            then()
    headers = sorted(f"{name}: {value}" for name, value in answer.items())
    headers += [cookie.OutputString() for cookie in answer.cookies.values()]
    client.cookies = SimpleCookie(kept)
    return Answer(
        answer.status_code,
        "\n".join(each for each in headers if not each.lower().startswith(_HEADERS)),
        body.decode("utf-8", "replace"),
        tuple(_LITERAL.sub("?", query["sql"]) for each in captured for query in each),
        frozenset(read),
    )


def api_body(address: Address, method: str, texts: Mapping[str, str]) -> tuple[bytes, str]:
    """What the OpenAPI document asks for there, with their names in it, and its media type."""
    described = operations().get((shape(address.pattern), method), {}).get("requestBody")
    if not described:
        return b"", ""
    content = described["content"]
    if "application/json" not in content or not _object(content["application/json"]["schema"]):
        slug = texts["slug"]
        text = document("- {id: a, task: core.set@1, with: {values: {}}}", name=slug)
        return text, "application/yaml"
    schema = _object(content["application/json"]["schema"])
    required = set(schema.get("required", ()))
    body = {
        name: texts[name] if name in texts else _some(about)
        for name, about in schema["properties"].items()
        if name in required or name in texts
    }
    return json.dumps(body).encode(), "application/json"


def _object(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    named: str = schema.get("$ref", "")
    found = _document()["components"]["schemas"][named.rpartition("/")[2]] if named else schema
    return found if found.get("properties") else {}


def _some(about: Mapping[str, Any]) -> Any:
    return {"boolean": True, "integer": 1, "array": [], "object": {}}.get(
        about.get("type", "string"), "practice"
    )


def shape(pattern: str) -> str:
    """A pattern without the names of its arguments, as both documents have them."""
    return re.sub(r"<\w+>|\{\w+\}", "{}", pattern)


@cache
def _document() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


@cache
def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """What the OpenAPI document describes, by path and method."""
    return {
        (shape(path), method.upper()): operation
        for path, methods in _document()["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "responses" in operation
    }
