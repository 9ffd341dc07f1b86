"""Every error of the API is a problem document (RFC 9457)."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from maestro.api.parsers import BodyTooLarge
from maestro.kernel.errors import MaestroError, NotFound, Problem, TooManyRequests
from maestro.kernel.problems import MEDIA_TYPE, error_response, problem_document

logger = logging.getLogger(__name__)

_CODES = {
    400: "invalid_input",
    401: "not_authenticated",
    403: "denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    429: "rate_limited",
}
_NOT_SIGNED_IN = "Sign in, or send “Authorization: Bearer <token>”."


class Broken(MaestroError):
    """A mistake of ours. What it was is in the log, under the request's id, and not in the answer."""

    code = "internal_error"
    status = 500
    title = "Something went wrong here"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Ours and REST framework's refusals in one form; what was written is rolled back."""
    request = context["request"]
    headers: dict[str, str] = {}
    if isinstance(error, RequestDataTooBig):
        error = BodyTooLarge()
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, SuspiciousOperation):
        error = exceptions.ParseError("The request can't be read.")
    if isinstance(error, exceptions.APIException):
        document = _of_framework(error, request.path)
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(error.wait)  # type: ignore[attr-defined]
    else:
        if not isinstance(error, MaestroError):
            error = _broken(error, request._request)
        document = problem_document(error, instance=request.path)
        if isinstance(error, TooManyRequests):
            headers["Retry-After"] = str(error.retry_after)
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="maestro"'
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    return Response(document, status=document["status"], headers=headers, content_type=MEDIA_TYPE)


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """Whatever no route of the API is for; the same answer for everybody and every method."""
    return error_response(
        request, NotFound("There is nothing at this address.", hint="See /api/docs/.")
    )


def _broken(error: Exception, request: HttpRequest) -> Broken:
    """What Django does with an error that nobody expected, but for its HTML page."""
    logger.error("%s %s broke", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    return Broken(
        "It was logged, and nothing was changed.",
        hint="Try again; if it stays, tell the platform's people the request's id.",
        request_id=str(getattr(request, "request_id", "")),
    )


def _of_framework(error: exceptions.APIException, path: str) -> dict[str, Any]:
    status = error.status_code
    code = _CODES.get(status, "error")
    document: dict[str, Any] = {
        "type": f"urn:maestro:problem:{code}",
        "title": str(error.default_detail),
        "status": status,
        "code": code,
        "instance": path,
    }
    if isinstance(error, exceptions.ValidationError):
        problems = list(_problems(error.detail, ""))
        document["title"] = "Some of what was given is not valid"
        document["detail"] = "; ".join(f"{p.path or '/'}: {p.message}" for p in problems)
        document["problems"] = [problem.as_dict() for problem in problems]
    elif isinstance(error, exceptions.NotAuthenticated):
        document["title"], document["detail"] = "Sign in first", _NOT_SIGNED_IN
    else:
        document["detail"] = str(error.detail)
        document["title"] = document["title"].rstrip(".")
        if isinstance(error, exceptions.PermissionDenied):
            document["reasons"] = []
    return document


def _problems(detail: Any, path: str) -> list[Problem]:
    if isinstance(detail, dict):
        return [
            problem
            for name, inner in detail.items()
            for problem in _problems(
                inner, path if name == "non_field_errors" else f"{path}/{name}"
            )
        ]
    if isinstance(detail, list):
        return [problem for inner in detail for problem in _problems(inner, path)]
    return [Problem(path, str(detail), str(getattr(detail, "code", "invalid")))]
