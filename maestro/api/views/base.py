"""What every view of the API has."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.utils.cache import patch_cache_control
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.purposes import require_purpose
from maestro.api.parsers import JsonBody
from maestro.api.schema import SAFE, ApiSchema
from maestro.kernel.actor import Actor, ActorKind
from maestro.kernel.errors import NotFound
from maestro.tenancy.middleware import TENANT_HEADER

ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class ActorView(APIView):
    """Who asks, in which tenant; and an unsafe method, or an audited read, says what it is for.

    Without an `X-Purpose` header it is answered 400 `purpose_required`. A token belongs to one
    tenant: asked to act in another with `X-Maestro-Tenant` it is answered 404, as a person with
    no place there is.
    """

    schema = ApiSchema()
    audited: frozenset[str] = frozenset()
    """The view's actions that read what is audited: they say what for, as what changes something."""
    parser_classes = [JsonBody]
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Signed in first, then the tenant, then the purpose."""
        super().initial(request, *args, **kwargs)
        actor = self.actor
        wanted = request.headers.get(TENANT_HEADER, "")
        if wanted and actor.kind is ActorKind.TOKEN and wanted != actor.tenant_slug:
            raise NotFound(
                "This token has no place in that tenant.",
                hint=f"Leave {TENANT_HEADER} out, or use a token of that tenant.",
            )
        if request.method not in SAFE or getattr(self, "action", "") in self.audited:
            require_purpose(actor)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """What is answered is for the one who asked, and is kept nowhere."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(answer, private=True, no_store=True)
        return answer

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return cast(Actor, self.request.user)

    @property
    def tenant_id(self) -> UUID:
        """In which tenant; `SignedIn` has seen to it that there is one."""
        return cast(UUID, self.actor.tenant_id)
