"""Only whether somebody is signed in: what they may do is decided in the services."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from maestro.kernel.actor import Actor


class SignedIn(BasePermission):
    """A known actor, with a tenant to act in."""

    message = "Sign in, or send a token that belongs to a tenant."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether there is one."""
        return isinstance(request.user, Actor) and request.user.tenant_id is not None
