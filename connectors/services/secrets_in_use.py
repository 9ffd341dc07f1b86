from __future__ import annotations

from uuid import UUID

from connectors.models import Connection


def secrets_in_use(*, tenant_id: UUID) -> dict[str, list[str]]:
    """Which connections of a tenant name each of its secrets: by the secret's name, in order.

    For callers that have asked whether the actor may know. One query.
    """
    found: dict[str, list[str]] = {}
    for row in Connection.objects.for_tenant(tenant_id).order_by("kind", "name"):
        named = (each for each in row.config.values() if isinstance(each, dict))
        for name in sorted({str(each["secret"]) for each in named if "secret" in each}):
            found.setdefault(name, []).append(str(row))
    return found
