"""Gives each request an id: the caller's, when it looks like one, else a new one."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from maestro.kernel.identity import new_id
from maestro.telemetry.context import request_id

HEADER = "X-Request-Id"
_PLAIN = re.compile(r"[A-Za-z0-9._:-]{8,128}")  # nothing that could forge a log line


class RequestIdMiddleware:
    """Puts `request.request_id` there, in the log context and in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        chosen = given if _PLAIN.fullmatch(given) else str(new_id())
        request.request_id = chosen  # type: ignore[attr-defined]
        token = request_id.set(chosen)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response[HEADER] = chosen
        return response
