"""Errors as answers: RFC 9457 problem documents for programs, a page for people."""

from __future__ import annotations

import logging
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from maestro.kernel.errors import Conflict, Denied, InvalidInput, MaestroError, Unavailable

logger = logging.getLogger(__name__)

OUT_OF_REACH = (OperationalError, InterfaceError)
"""What a statement raises when its connection was cut, or none can be had."""

MOST_PROBLEMS = 200
"""How many of what is wrong is said at once: a body may hold hundreds of thousands."""

_TAKEN = "23505"
"""`unique_violation`: what a service looked for was not there yet when it looked."""

MEDIA_TYPE = "application/problem+json"


def problem_document(error: MaestroError, *, instance: str = "") -> dict[str, Any]:
    """The error as an RFC 9457 document; `code` is stable, `detail` is for a person."""
    document: dict[str, Any] = {
        "type": f"urn:maestro:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
    }
    if error.hint:
        document["hint"] = error.hint
    if instance:
        document["instance"] = instance
    if isinstance(error, Denied):
        document["reasons"] = [reason.as_dict() for reason in error.reasons]
    if isinstance(error, InvalidInput):
        document["problems"] = [one.as_dict() for one in error.problems[:MOST_PROBLEMS]]
    return document | dict(error.details)


def wants_json(request: HttpRequest) -> bool:
    """Whether the one who asks is a program: the API's addresses, or JSON preferred to HTML."""
    if request.path_info.strip("/").partition("/")[0] == "api":
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def refusal_of(error: Exception) -> MaestroError | None:
    """An error as one that has an answer; None for one that nobody expected."""
    if isinstance(error, MaestroError):
        return error
    if isinstance(error, IntegrityError) and getattr(error.__cause__, "sqlstate", "") == _TAKEN:
        logger.warning("Two wrote the same at once: %s", type(error).__name__)
        return Conflict(
            "Somebody wrote the same at this moment.",
            hint="Load it again, look at what is there now, and try again if you still want to.",
        )
    if isinstance(error, OUT_OF_REACH):
        logger.error("The database is out of reach: %s", type(error).__name__)
        return Unavailable()
    return None


def error_response(request: HttpRequest, error: MaestroError) -> HttpResponse:
    """The error in the form that the one who asks reads."""
    response: HttpResponse
    if wants_json(request):
        document = problem_document(error, instance=request.path)
        response = JsonResponse(document, status=error.status, content_type=MEDIA_TYPE)
    else:
        context = {"error": error, "reasons": getattr(error, "reasons", ())}
        response = render(request, "switchboard/problem.html", context, status=error.status)
    if retry_after := getattr(error, "retry_after", 0):
        response["Retry-After"] = str(retry_after)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="maestro"'
    patch_vary_headers(response, ["Accept"])
    return response
