"""Every error of the API is a problem document (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from maestro.kernel.errors import MaestroError, Problem, TooManyRequests
from maestro.kernel.problems import MEDIA_TYPE, problem_document

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


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Ours and REST framework's refusals in one form; what was written is rolled back."""
    path = context["request"].path
    headers: dict[str, str] = {}
    if isinstance(error, MaestroError):
        document = problem_document(error, instance=path)
        if isinstance(error, TooManyRequests):
            headers["Retry-After"] = str(error.retry_after)
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="maestro"'
    else:
        if isinstance(error, Http404):
            error = exceptions.NotFound()
        elif isinstance(error, PermissionDenied):
            error = exceptions.PermissionDenied()
        if not isinstance(error, exceptions.APIException):
            return None
        document = _of_framework(error, path)
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    return Response(document, status=document["status"], headers=headers, content_type=MEDIA_TYPE)


def _of_framework(error: exceptions.APIException, path: str) -> dict[str, Any]:
    status = error.status_code
    document: dict[str, Any] = {
        "type": f"/docs/errors#{_CODES.get(status, 'error')}",
        "title": str(error.default_detail),
        "status": status,
        "code": _CODES.get(status, "error"),
        "instance": path,
    }
    if isinstance(error, exceptions.ValidationError):
        problems = list(_problems(error.detail, ""))
        document["title"] = "Some of what was given is not valid"
        document["detail"] = "; ".join(f"{p.path or '/'}: {p.message}" for p in problems)
        document["problems"] = [problem.as_dict() for problem in problems]
    else:
        document["detail"] = str(error.detail)
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
