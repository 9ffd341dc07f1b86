from __future__ import annotations

from typing import TYPE_CHECKING

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import TenantRequired
from maestro.tenancy.models import ApiToken
from maestro.tenancy.policies import TOKEN_READ, token_resource

if TYPE_CHECKING:
    from maestro.kernel.models import TenantQuerySet


def read_tokens(*, actor: Actor) -> TenantQuerySet[ApiToken]:
    """The tokens that the actor may see: their own, a tenant admin's view of all.

    Raises `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None or actor.id is None:
        raise TenantRequired("Choose a tenant first.")
    authorize(actor=actor, action=TOKEN_READ, resource=token_resource(actor.tenant_id, actor.id))
    tokens = ApiToken.objects.for_tenant(actor.tenant_id)
    return tokens if "admin" in actor.roles else tokens.filter(user_id=actor.id)
