"""From a step's `with` to the request it asks for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from connectors.contract import Call, ErrorClass, SecretValue, TaskError, secrets_in
from connectors.outbound import MAX_BYTES, Outgoing, parse_url
from maestro.kernel.redaction import Redactor

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

_METHOD = re.compile(r"[A-Z][A-Z-]{0,31}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110
_STATUS = re.compile(r"([2-5])(?:xx|(\d\d)(?:-([2-5]\d\d))?)")
# These belong to the connection: setting them by hand is how requests are smuggled.
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer"}
    | {"upgrade", "expect", "cookie", "proxy-authorization", "proxy-connection"}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step's request, and what it takes as an answer."""

    outgoing: Outgoing
    expects: Callable[[int], bool]
    max_bytes: int
    redactor: Redactor


def wrong(message: str, hint: str = "") -> TaskError:
    """What was given can't be sent."""
    return TaskError(ErrorClass.INVALID_INPUT, message, hint=hint)


def read_inputs(call: Call) -> Wanted:
    """The request of a call. Raises `TaskError` (`invalid_input`, `address_refused`)."""
    given = call.inputs
    method = str(given.get("method", "GET")).upper()
    if not _METHOD.fullmatch(method) or method == "CONNECT":
        raise wrong(f"{method[:40]!r} is no method that can be used.", "Use GET, POST, PUT, …")
    target = parse_url(given.get("url"))
    query = _pairs(given.get("query"), "query")
    if query:
        target = replace(target, query="&".join(filter(None, [target.query, query])))
    headers = _headers(given.get("headers"))
    body, content_type = _body(given)
    names = {name.lower() for name in headers}
    if content_type and "content-type" not in names:
        headers["Content-Type"] = content_type
    if method not in SAFE_METHODS and "idempotency-key" not in names:
        headers["Idempotency-Key"] = call.idempotency_key
    credentials = _credentials(given.get("auth"), body or b"")
    for name in credentials:
        if name.lower() in names:
            raise wrong(f"The header {name} is given twice, in headers and in auth.")
    return Wanted(
        outgoing=Outgoing(method, target, headers, credentials, body),
        expects=_expected(given.get("expect", ["2xx"])),
        max_bytes=_max_bytes(given.get("max_bytes", MAX_BYTES)),
        redactor=Redactor(
            [secret.reveal() for secret in secrets_in(given)]
            + [value for full in credentials.values() for value in (full, full.split(" ")[-1])]
        ),
    )


def _scalar(value: Any, where: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, SecretValue):
        raise wrong(f"There is a secret in {where}.", "Secrets are sent in auth.")
    raise wrong(f"{where} takes text, numbers and booleans.")


def _pairs(given: Any, where: str) -> str:
    if given is None:
        return ""
    if not isinstance(given, Mapping):
        raise wrong(f"{where} is not an object.")
    pairs: list[tuple[str, str]] = []
    for name, value in given.items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs += [(str(name), _scalar(item, where)) for item in values if item is not None]
    return urlencode(pairs)


def _header_name(name: Any) -> str:
    if not isinstance(name, str) or not _HEADER.fullmatch(name):
        raise wrong("A header's name has a character that no header may have.")
    if name.lower() in _OURS:
        raise wrong(f"The header {name} is not for a workflow to set.")
    return name


def _header_value(name: str, value: str) -> str:
    # Checked here as well as below us: a line break would begin a header of the caller's choice.
    if any((ord(char) < 32 and char != "\t") or ord(char) == 127 for char in value):
        raise wrong(f"The header {name} has a line break or control character in its value.")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise wrong(f"The header {name} has a character beyond ISO 8859-1.") from None
    return value.strip(" \t")


def _headers(given: Any) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise wrong("headers is not an object.")
    return {
        _header_name(name): _header_value(name, _scalar(value, "headers"))
        for name, value in given.items()
    }


def _body(given: Mapping[str, Any]) -> tuple[bytes | None, str]:
    """The body's bytes and their media type."""
    ways = [way for way in ("json", "body", "form") if given.get(way) is not None or way in given]
    if len(ways) > 1:
        raise wrong(f"The body is given twice, as {' and as '.join(ways)}.", "Give one of them.")
    if not ways:
        return None, ""
    value = given[ways[0]]
    if secrets_in(value):
        raise wrong(f"There is a secret in {ways[0]}.", "Secrets are sent in auth.")
    if ways[0] == "json":
        try:
            return json.dumps(value, allow_nan=False, separators=(",", ":")).encode(), (
                "application/json"
            )
        except (TypeError, ValueError):
            raise wrong("json is not a JSON value.") from None
    if ways[0] == "form":
        return _pairs(value, "form").encode(), "application/x-www-form-urlencoded"
    if value is None:
        return None, ""
    if not isinstance(value, str):
        raise wrong("body is not a text.", "Use json for other values.")
    try:
        return value.encode(), "text/plain; charset=utf-8"
    except UnicodeEncodeError:
        raise wrong("body has half a character in it.") from None


def _secret(value: Any, where: str) -> str:
    text = value.reveal() if isinstance(value, SecretValue) else value
    if not isinstance(text, str) or not text:
        raise wrong(f"{where} is empty or no text.", "Bind it to a stored secret.")
    return text


def _part(auth: Any, *names: str) -> list[Any]:
    if not isinstance(auth, Mapping) or any(name not in auth for name in names):
        raise wrong(f"auth lacks {' or '.join(names)}.")
    return [auth[name] for name in names]


def _credentials(auth: Any, body: bytes) -> dict[str, str]:
    """The headers that `auth` asks for."""
    if auth is None:
        return {}
    if not isinstance(auth, Mapping) or len(auth) != 1:
        raise wrong("auth takes exactly one of bearer, api_key, basic and hmac.")
    ((way, given),) = auth.items()
    if way == "bearer":
        return {"Authorization": _header_value("Authorization", f"Bearer {_secret(given, way)}")}
    if way == "api_key":
        header, value = _part(given, "header", "value")
        name = _header_name(header)
        return {name: _header_value(name, _secret(value, "auth.api_key.value"))}
    if way == "basic":
        username, password = _part(given, "username", "password")
        user = _secret(username, "auth.basic.username")
        if ":" in user:
            raise wrong("A user name can't have a colon in it (RFC 7617).")
        pair = f"{user}:{_secret(password, 'auth.basic.password')}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    if way == "hmac":
        header, secret = _part(given, "header", "secret")
        if given.get("algorithm", "sha256") != "sha256":
            raise wrong("auth.hmac knows the algorithm sha256 only.")
        key = _secret(secret, "auth.hmac.secret").encode()
        return {_header_name(header): f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"}
    raise wrong("auth takes exactly one of bearer, api_key, basic and hmac.")


def _expected(given: Any) -> Callable[[int], bool]:
    """Whether a status is among those that `expect` lists."""
    if not isinstance(given, list | tuple) or not given:
        raise wrong("expect is not a list of statuses.", "Write it like [200, 2xx, 400-404].")
    ranges: list[tuple[int, int]] = []
    for item in given:
        match = _STATUS.fullmatch(str(item))
        if isinstance(item, bool) or match is None:
            raise wrong(f"expect has {item!r} in it, which is no status or range.")
        first, rest, last = match.groups()
        low = int(first + (rest or "00"))
        ranges.append((low, int(last) if last else low if rest else low + 99))
    return lambda status: any(low <= status <= high for low, high in ranges)


def _max_bytes(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 1 <= given <= MAX_BYTES:
        raise wrong(f"max_bytes is not a number from 1 to {MAX_BYTES:,}.")
    return int(given)
