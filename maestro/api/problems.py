"""Every error of the API is a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseServerError,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from maestro.api.parsers import BodyTooLarge
from maestro.kernel.errors import (
    Denied,
    InvalidInput,
    MaestroError,
    NotAuthenticated,
    NotFound,
    Problem,
)
from maestro.kernel.problems import (
    MEDIA_TYPE,
    MOST_PROBLEMS,
    error_response,
    problem_document,
    refusal_of,
    wants_json,
)


class MethodNotAllowed(MaestroError):
    """This address answers other methods; `Allow` says which."""

    code = "method_not_allowed"
    status = 405
    title = "This address does not answer this method"


class NotAcceptable(MaestroError):
    """What is asked for is given in another form."""

    code = "not_acceptable"
    status = 406
    title = "This is not given in the form that was asked for"


class UnsupportedMediaType(MaestroError):
    """What was sent is of a type that is not read here."""

    code = "unsupported_media_type"
    status = 415
    title = "A body of this type is not read here"


class Broken(MaestroError):
    """A mistake of ours. What it was is in the log, under the request's id, and not in the answer."""

    code = "internal_error"
    status = 500
    title = "Something went wrong here"


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Ours and REST framework's refusals in one form; what was written is rolled back.

    What nobody expected stays an error: Django logs it and asks `server_error` for the answer.
    """
    request = context["request"]
    refusal = _refusal(error)
    if refusal is None:
        return None
    document = problem_document(refusal, instance=request.path)
    headers = {}
    if retry_after := getattr(refusal, "retry_after", 0):
        headers["Retry-After"] = str(retry_after)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="maestro"'
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    return Response(document, status=refusal.status, headers=headers, content_type=MEDIA_TYPE)


def _refusal(error: Exception) -> MaestroError | None:
    """The error as one of ours; None for one that nobody expected."""
    if known := refusal_of(error):
        return known
    if isinstance(error, exceptions.ValidationError):
        problems = list(islice(_problems(error.detail, ""), MOST_PROBLEMS))
        message = "; ".join(f"{one.path or '/'}: {one.message}" for one in problems)
        return InvalidInput(message, problems=problems)
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return NotAuthenticated("Sign in, or send “Authorization: Bearer <token>”.")
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return Denied(str(getattr(error, "detail", "")))
    if isinstance(error, Http404 | exceptions.NotFound):
        return NotFound(str(getattr(error, "detail", "")))
    if isinstance(error, exceptions.MethodNotAllowed):
        return MethodNotAllowed(str(error.detail))
    if isinstance(error, exceptions.NotAcceptable):
        return NotAcceptable(hint="Ask for application/json.")
    if isinstance(error, exceptions.UnsupportedMediaType):
        return UnsupportedMediaType(str(error.detail))
    if isinstance(error, RequestDataTooBig):
        return BodyTooLarge()
    if isinstance(error, _UNREADABLE):
        return InvalidInput("The request can't be read.")
    return None


_UNREADABLE = (
    exceptions.ParseError,
    SuspiciousOperation,
    BadRequest,
    MultiPartParserError,
    UnreadablePostError,
)


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """Whatever no route of the API is for; the same answer for everybody and every method."""
    return error_response(
        request, NotFound("There is nothing at this address.", hint="See /api/docs/.")
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler of what it refuses before any view, such as a host that is not ours."""
    if not wants_json(request):
        return defaults.bad_request(request, exception)
    return error_response(request, _refusal(exception) or InvalidInput())


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's handler of an error that nobody expected; the log has it, the answer has not."""
    request_id = str(getattr(request, "request_id", ""))
    if not wants_json(request):
        # Without a request: what a page is otherwise given may be the very thing that broke.
        page = render_to_string("500.html", {"request_id": request_id})
        return HttpResponseServerError(page)
    broken = Broken(
        "It was logged, and nothing was changed.",
        hint="Try again; if it stays, tell the platform's people the request's id.",
        request_id=request_id,
    )
    return error_response(request, broken)


def _problems(detail: Any, path: str) -> Iterator[Problem]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _problems(inner, path if name == "non_field_errors" else f"{path}/{name}")
    elif isinstance(detail, list):
        for inner in detail:
            yield from _problems(inner, path)
    else:
        yield Problem(path, str(detail), str(getattr(detail, "code", "invalid")))
