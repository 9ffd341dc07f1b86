"""Who calls is known before a view is reached (`maestro.tenancy.middleware`); this says it to REST
framework."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from maestro.kernel.actor import ANONYMOUS, Actor, ActorKind
from maestro.kernel.errors import MaestroError


class CsrfFailed(MaestroError):
    """A browser's session came with a write, and without the token that only our pages have."""

    code = "csrf_failed"
    status = 403
    title = "The CSRF token is missing or wrong"


class ActorAuthentication(BaseAuthentication):
    """The request's actor. A session needs its CSRF token for writes; a bearer token does not."""

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        """The actor, or None for nobody. Raises `CsrfFailed`."""
        plain: Any = request._request
        actor: Actor = getattr(plain, "actor", ANONYMOUS)
        if not actor.is_known:
            return None
        if actor.kind is ActorKind.USER:
            check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
            check.process_request(plain)
            if check.process_view(plain, None, (), {}):  # type: ignore[arg-type]
                raise CsrfFailed(
                    hint="Send the cookie csrftoken's value in the header X-CSRFToken, or use an"
                    " API token."
                )
        return actor, None

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="maestro"'


class ActorScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes both ways in to the OpenAPI document."""

    target_class = ActorAuthentication
    name = ["token", "session"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """One of the two."""
        return [{"token": []}, {"session": []}]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """A bearer token, or a browser's session."""
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        ]
