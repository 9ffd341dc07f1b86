from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from connectors.models import Connection
from connectors.policies import CONNECTION_READ, connection_resource
from connectors.services.connections_for import KINDS
from governance.models import Secret
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import TenantRequired

NAME = "default"  # the one that tasks are given


@dataclass(frozen=True, slots=True)
class Reach:
    """How a tenant reaches a kind of service: by `row`, else by the platform's, else not at all."""

    kind: str
    row: Connection | None
    has_platform: bool


def read_connections(*, actor: Actor) -> list[Reach]:
    """Every kind there is, and how the actor's tenant reaches it.

    Nothing of the platform's own connections is told. Raises `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    authorize(actor=actor, action=CONNECTION_READ, resource=connection_resource(actor.tenant_id))
    rows = Connection.objects.for_tenant(actor.tenant_id).filter(name=NAME)
    own = {row.kind: row for row in rows}
    platform = settings.PLATFORM_CONNECTIONS
    return [Reach(kind, own.get(kind), kind in platform) for kind in sorted(set(KINDS.values()))]


def secret_names(*, actor: Actor) -> list[str]:
    """The names a connection may choose from; for callers that were allowed to read connections."""
    if actor.tenant_id is None:
        return []
    return list(
        Secret.objects.for_tenant(actor.tenant_id).order_by("name").values_list("name", flat=True)
    )
