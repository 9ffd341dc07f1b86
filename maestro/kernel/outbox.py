"""The outbox: events for others, in the transaction of what they tell of."""

from __future__ import annotations

from typing import Any

from maestro.kernel.errors import TenantRequired
from maestro.kernel.models import OutboxEvent
from maestro.kernel.tenant import current_tenant


def publish_event(kind: str, *, subject: str, **data: Any) -> None:
    """Write that `kind` happened to `subject`, in the open tenant's scope. `data` holds no secret.

    Raises `TenantRequired` outside a scope.
    """
    tenant_id = current_tenant()
    if tenant_id is None:
        raise TenantRequired
    OutboxEvent.objects.create(tenant_id=tenant_id, kind=kind, subject=subject, data=data)
