from __future__ import annotations

from uuid import UUID
from zoneinfo import available_timezones

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import InvalidInput, NotFound, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from maestro.tenancy.policies import TENANT_UPDATE, tenant_resource


def edit_tenant(*, actor: Actor, tenant_id: UUID, name: str, time_zone: str) -> Tenant:
    """Change a tenant's name and time zone. What stays as it is leaves no receipt.

    Raises `NotFound`, `InvalidInput`, `Denied`.
    """
    problems = []
    if not 0 < len(name.strip()) <= 120:
        problems.append(Problem("/name", "A name has between 1 and 120 characters.", "invalid"))
    if time_zone not in available_timezones():
        problems.append(
            Problem("/time_zone", f"{time_zone} is no IANA time zone.", "unknown_time_zone")
        )
    if problems:
        raise InvalidInput("The tenant can't be changed like this.", problems=problems)
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.select_for_update().filter(pk=tenant_id).first()
        if tenant is None:
            raise NotFound("There is no such tenant.")
        decision = authorize(actor=actor, action=TENANT_UPDATE, resource=tenant_resource(tenant_id))
        before = {"name": tenant.name, "time_zone": tenant.time_zone}
        after = {"name": name.strip(), "time_zone": time_zone}
        if before == after:
            return tenant
        tenant.name, tenant.time_zone = after["name"], after["time_zone"]
        tenant.save(update_fields=["name", "time_zone"])
        issue_receipt(
            kind=TENANT_UPDATE,
            actor=actor,
            tenant_id=tenant_id,
            subject_type="tenant",
            subject_id=str(tenant_id),
            subject_digest=digest(after),
            predicate={"before": before, "after": after},
            decision=decision,
        )
    return tenant
