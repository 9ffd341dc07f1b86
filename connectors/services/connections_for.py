from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings

from connectors.contract import SecretValue
from connectors.models import Connection
from governance.services.reveal_secrets import reveal_secrets

KINDS = {"mail": "smtp"}  # what a task with this capability is given a connection of


def connections_for(*, tenant_id: UUID, capabilities: frozenset[str]) -> dict[str, dict[str, Any]]:
    """The connections a task may use, by kind: the tenant's own, else the platform's.

    Secrets named in a connection are bound. A task that reaches nothing of the kind costs no query.
    """
    kinds = [kind for capability, kind in KINDS.items() if capability in capabilities]
    if not kinds:
        return {}
    found: dict[str, dict[str, Any]] = {
        kind: dict(settings.PLATFORM_CONNECTIONS[kind])
        for kind in kinds
        if kind in settings.PLATFORM_CONNECTIONS
    }
    rows = Connection.objects.using("jobs").for_tenant(tenant_id)
    for row in rows.filter(kind__in=kinds, name="default"):
        names = {
            key: value["secret"]
            for key, value in row.config.items()
            if isinstance(value, dict) and "secret" in value
        }
        values = reveal_secrets(tenant_id=tenant_id, names=names.values())
        found[row.kind] = row.config | {
            key: SecretValue(name, values[name]) for key, name in names.items()
        }
    return found
