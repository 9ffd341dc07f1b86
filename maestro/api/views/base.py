"""What every view of the API has."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from governance.purposes import require_purpose
from maestro.kernel.actor import Actor

PURPOSE = OpenApiParameter(
    "X-Purpose", str, OpenApiParameter.HEADER, required=True, description="What this is for."
)


class ActorView:
    """Who asks, in which tenant; and an unsafe method says what it is for.

    Without an `X-Purpose` header it is answered 400 `purpose_required`.
    """

    request: Request

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Signed in first, then the purpose."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            require_purpose(self.actor)

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return cast(Actor, self.request.user)

    @property
    def tenant_id(self) -> UUID:
        """In which tenant; `SignedIn` has seen to it that there is one."""
        return cast(UUID, self.actor.tenant_id)
