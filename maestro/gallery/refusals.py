"""Refusals and faults, raised as the product raises them: what answers is the product's own door."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from axes.helpers import get_lockout_response
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.views.csrf import csrf_failure

from governance.resource import Resource
from governance.services.authorize import preview
from maestro.gallery.sample_facts import EXECUTION
from maestro.gallery.stand_in import ACTOR
from maestro.kernel.errors import (
    Conflict,
    Denied,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    Problem,
    TooManyRequests,
    Unavailable,
)


def denied(request: HttpRequest) -> NoReturn:
    """Somebody who may only look cancels an execution: the policy in force says why not."""
    viewer = replace(ACTOR, roles=frozenset({"viewer"}), purpose="")
    execution = Resource(
        type="execution",
        id=str(EXECUTION),
        tenant_id=EXECUTION,
        attributes={"state": "running", "risk": "high", "started_by": ""},
    )
    answer = preview(actor=viewer, action="execution.cancel", resource=execution)
    raise Denied(reasons=answer.deny)


def conflict(request: HttpRequest) -> NoReturn:
    """An approval is decided on after its time."""
    raise Conflict("The time for this approval is over.", hint="Re-run the execution to ask again.")


def not_found(request: HttpRequest) -> NoReturn:
    """An execution that is not there, or not in this tenant."""
    raise NotFound("There is no such execution.", hint="Look for it under Executions.")


def invalid(request: HttpRequest) -> NoReturn:
    """A document that names a task that there is not."""
    problem = Problem(
        "/steps/0/task",
        "There is no task http.requst@1.",
        "unknown_task",
        "Did you mean http.request@1?",
        line=12,
    )
    raise InvalidInput("The document is not valid.", problems=[problem])


def over_budget(request: HttpRequest) -> NoReturn:
    """One start too many."""
    raise TooManyRequests("The budget of this tenant is used up for now.", retry_after=40)


def away(request: HttpRequest) -> NoReturn:
    """The database is out of reach."""
    raise Unavailable


def not_signed_in(request: HttpRequest) -> NoReturn:
    """A header that names nobody."""
    raise NotAuthenticated(
        "The Authorization header is not understood.",
        hint="Send “Authorization: Bearer <token>”.",
    )


def broken(request: HttpRequest) -> NoReturn:
    """A mistake of ours."""
    raise RuntimeError("Meant: the gallery shows what a fault looks like.")


def form_out_of_date(request: HttpRequest) -> HttpResponse:
    """A form without the token that belongs to the session."""
    return csrf_failure(request, REASON_NO_CSRF_COOKIE)


def locked_out(request: HttpRequest) -> HttpResponse:
    """A wrong password too many."""
    answer: HttpResponse = get_lockout_response(request, credentials={"username": ACTOR.email})
    return answer


def no_such_page(request: HttpRequest) -> NoReturn:
    """An address that no view answers."""
    raise Http404


def forbidden(request: HttpRequest) -> NoReturn:
    """Django's own refusal, as the console gives it."""
    raise PermissionDenied


def suspicious(request: HttpRequest) -> NoReturn:
    """Something that no browser sends by itself."""
    raise SuspiciousOperation("Meant: the gallery shows what a bad request looks like.")
