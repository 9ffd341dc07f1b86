"""From an HTTP answer to a step's output, or to the error that it stands for."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from connectors.contract import JSON, ErrorClass, TaskError
from connectors.kinds.http.request import Wanted
from connectors.outbound import Answer
from maestro.kernel.canonical import digest_bytes

_LONGEST_WAIT = 7 * 24 * 3600.0
_DEEPEST = 64
_QUOTED = 2000
_CREDENTIAL = re.compile(
    r"cookie|token|secret|auth|session|credential|api-?key|password|signature|[cx]srf"
)
_REQUEST_IDS = (
    "x-request-id", "request-id", "x-amzn-requestid", "x-amz-request-id", "x-ms-request-id",
    "x-github-request-id", "x-correlation-id", "cf-ray",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9._:+=/-]{1,100}")
_BY_STATUS = {
    401: ErrorClass.AUTH_FAILED,
    403: ErrorClass.AUTH_FAILED,
    404: ErrorClass.NOT_FOUND,
    408: ErrorClass.TIMED_OUT,
    409: ErrorClass.CONFLICT,
    410: ErrorClass.NOT_FOUND,
    425: ErrorClass.UNAVAILABLE,
    429: ErrorClass.RATE_LIMITED,
    501: ErrorClass.REJECTED,
    505: ErrorClass.REJECTED,
}
_HINTS = {
    ErrorClass.AUTH_FAILED: "Check the secret that this installation is bound to, and its rights.",
    ErrorClass.NOT_FOUND: "Check the path, and whether the thing still exists.",
    ErrorClass.CONFLICT: "See in details what the service says of its present state.",
    ErrorClass.RATE_LIMITED: "It is tried again when the service allows; lower max_parallel.",
    ErrorClass.UNAVAILABLE: "The service is in trouble; it may be tried again.",
    ErrorClass.TIMED_OUT: "It may be tried again.",
    ErrorClass.REJECTED: "See in details what the service says; list the status in expect if "
    "it is not an error here.",
}


def request_id(headers: Mapping[str, str]) -> str:
    """What the service calls this request; empty where it says nothing that looks like a name."""
    found = (headers[name] for name in _REQUEST_IDS if name in headers)
    text = next(found, "").strip()
    return text if _NAME.fullmatch(text) else ""


def class_of(status: int) -> ErrorClass:
    """The class of an unexpected status."""
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    return ErrorClass.UNAVAILABLE if 500 <= status < 600 else ErrorClass.REJECTED


def retry_after(value: str, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3), 0 to a week; None if none."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(wait, 0.0), _LONGEST_WAIT)


def refuse(wanted: Wanted, answer: Answer) -> NoReturn:
    """Raise the error of an answer whose status was not expected."""
    error_class = class_of(answer.status)
    wait = retry_after(answer.headers.get("retry-after", "")) if error_class.retryable else None
    body, encoding = parse_body(answer)
    shown = wanted.redactor.text(answer.target.shown)
    details: dict[str, JSON] = {"status": answer.status, "url": shown}
    if encoding in ("json", "text"):
        text = body if encoding == "text" else json.dumps(body, ensure_ascii=False)
        details["body"] = wanted.redactor.text(text)[:_QUOTED]
    raise TaskError(
        error_class,
        f"{wanted.outgoing.method} {shown} answered {answer.status}.",
        hint=_HINTS[error_class],
        retry_after=wait,
        details=details,
    )


def output_of(answer: Answer) -> JSON:
    """The step's output."""
    body, encoding = parse_body(answer)
    return {
        "status": answer.status,
        "headers": {k: v for k, v in answer.headers.items() if not _CREDENTIAL.search(k)},
        "body": body,
        "encoding": encoding,
        "bytes": len(answer.body),
        "digest": digest_bytes(answer.body),
    }


def parse_body(answer: Answer) -> tuple[JSON, str]:
    """The body and how to read it: `json`, `text`, `base64` or `none`.

    JSON that other programs can't read the same way (NaN, beyond a double, deeper than 64) is
    given as text.
    """
    if not answer.body:
        return None, "none"
    media, _, rest = answer.headers.get("content-type", "").partition(";")
    media = media.strip().lower()
    if media == "application/json" or media.endswith("+json"):
        try:
            value = json.loads(answer.body, parse_constant=_no_constant, parse_float=_finite)
            if _is_shallow(value):
                return value, "json"
        except (ValueError, RecursionError):
            pass  # not what it says: shown as what it is
    text = _decoded(answer.body, rest)
    if text is None or "\0" in text:
        return base64.b64encode(answer.body).decode(), "base64"
    return text, "text"


def _decoded(raw: bytes, parameters: str) -> str | None:
    match = re.search(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]+)", parameters, re.IGNORECASE)
    for charset in ([match[1]] if match else []) + ["utf-8"]:
        try:
            return raw.decode(charset)
        except (LookupError, ValueError):
            continue
    return None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("Beyond a double.")
    return value


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _depth in range(_DEEPEST + 1):
        level = [item for node in level if isinstance(node, dict | list) for item in _inside(node)]
        if not level:
            return True
    return False


def _inside(node: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node
