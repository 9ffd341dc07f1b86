"""Who calls is known before a view is reached (`maestro.tenancy.middleware`); this says it to REST
framework."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from maestro.kernel.actor import ANONYMOUS, Actor, ActorKind


class ActorAuthentication(BaseAuthentication):
    """The request's actor. A session needs its CSRF token for writes; a bearer token does not."""

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        """The actor, or None for nobody."""
        plain: Any = request._request
        actor: Actor = getattr(plain, "actor", ANONYMOUS)
        if not actor.is_known:
            return None
        if actor.kind is ActorKind.USER:
            check = CSRFCheck(lambda _: None)  # type: ignore[arg-type, return-value]
            check.process_request(plain)
            reason = check.process_view(plain, None, (), {})
            if reason:
                raise PermissionDenied("The CSRF token is missing or wrong.", code="csrf_failed")
        return actor, None

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="maestro"'


class ActorScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call, misc]
    """Describes it in the OpenAPI document."""

    target_class = ActorAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}
