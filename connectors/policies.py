"""Action names, and what policy sees of a connection."""

from __future__ import annotations

from uuid import UUID

from governance.resource import Resource

CONNECTION_READ = "connection.read"
CONNECTION_WRITE = "connection.write"


def connection_resource(tenant_id: UUID, kind: str = "", name: str = "default") -> Resource:
    """A connection by its kind and name, or all of a tenant's."""
    return Resource(type="connection", id=f"{kind}/{name}" if kind else "", tenant_id=tenant_id)
