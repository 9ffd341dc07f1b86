"""Puts the actor on the request and opens the tenant's transaction around the view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from maestro.kernel.actor import ANONYMOUS, Actor, Channel
from maestro.kernel.clock import now
from maestro.kernel.errors import MaestroError, NotAuthenticated, Unavailable
from maestro.kernel.problems import OUT_OF_REACH, error_response, refusal_of
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.for_a_purpose import SESSION_PURPOSE
from maestro.tenancy.identity import (
    ActorRequest,
    Seat,
    actor_for_token,
    actor_for_user,
    seats_of,
)
from maestro.tenancy.models import ApiToken, User

TENANT_HEADER = "X-Maestro-Tenant"
PURPOSE_HEADER = "X-Purpose"
SESSION_TENANT = "tenant"
USED_EVERY = timedelta(minutes=1)  # a token's last use is written no oftener


class ActorMiddleware:
    """One request, one actor, one transaction in the actor's tenant.

    A bearer token wins over a session. Who reads pages does so for the purpose they chose in their
    session; the API is told in a header alone. An exception out of the view, or an answer of 500, rolls the
    transaction back. Signed out, no transaction is opened and no tenant row can be read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, plain: HttpRequest) -> HttpResponse:
        request = cast(ActorRequest, plain)
        request.actor, request.seats = ANONYMOUS, ()
        timezone.deactivate()
        try:
            self._identify(request)
            if request.actor.tenant_id is None:
                return self.get_response(request)
            with tenant_scope(request.actor.tenant_id):
                response = self.get_response(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
            return response
        except (MaestroError, *OUT_OF_REACH) as problem:
            return error_response(request, refusal_of(problem) or Unavailable())

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal becomes its page or its problem document; anything else stays an error."""
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        refusal = refusal_of(exception)
        return error_response(request, refusal) if refusal else None

    def _identify(self, request: ActorRequest) -> None:
        purpose = request.headers.get(PURPOSE_HEADER, "")
        request_id = str(getattr(request, "request_id", ""))
        kind, _, raw = request.headers.get("Authorization", "").partition(" ")
        if kind:
            if kind.lower() != "bearer" or not raw:
                raise NotAuthenticated(
                    "The Authorization header is not understood.",
                    hint="Send “Authorization: Bearer <token>”.",
                )
            actor = self._by_token(raw.strip())
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        elif request.user.is_authenticated:
            actor = self._by_session(request, request.user)
            if actor.channel is Channel.PAGE:
                purpose = purpose or str(request.session.get(SESSION_PURPOSE, ""))
        else:
            return
        request.actor = replace(actor, purpose=purpose, request_id=request_id)

    def _by_token(self, raw: str) -> Actor:
        actor, last_used = actor_for_token(raw)
        moment = now()
        if last_used is None or moment - last_used > USED_EVERY:
            assert actor.tenant_id  # noqa: S101 - a token always has a tenant
            assert actor.token_id  # noqa: S101 - and is one
            with tenant_scope(actor.tenant_id):
                ApiToken.objects.filter(pk=actor.token_id).update(last_used_at=moment)
        return actor

    def _by_session(self, request: ActorRequest, user: User) -> Actor:
        request.seats = seats_of(user.pk)
        wanted = request.headers.get(TENANT_HEADER, "")
        chosen = request.session.get(SESSION_TENANT, "")
        if not wanted and any(seat.slug == chosen for seat in request.seats):
            wanted = chosen
        actor = actor_for_user(user, request.seats, wanted=wanted, channel=_channel(request))
        _use_zone(user, request.seats, actor)
        return actor


def _channel(request: HttpRequest) -> Channel:
    """Which door: said by the resolved address's first segment, and only ever recorded."""
    first = request.path_info.strip("/").partition("/")[0]
    return {"api": Channel.API, "admin": Channel.ADMIN}.get(first, Channel.PAGE)


def _use_zone(user: User, seats: tuple[Seat, ...], actor: Actor) -> None:
    zone = user.time_zone or next(
        (seat.time_zone for seat in seats if seat.tenant_id == actor.tenant_id), "UTC"
    )
    try:
        timezone.activate(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        timezone.deactivate()
