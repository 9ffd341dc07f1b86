from __future__ import annotations

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, InvalidInput, Problem
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Tenant
from maestro.tenancy.policies import TENANT_CREATE, tenant_resource


def create_tenant(*, actor: Actor, slug: str, name: str, time_zone: str = "UTC") -> Tenant:
    """Make a tenant. Raises `InvalidInput`, `Conflict` when the slug is taken, `Denied`."""
    tenant = Tenant(slug=slug, name=name or slug, time_zone=time_zone)
    problems = []
    try:
        tenant.clean_fields()
    except ValidationError as error:
        problems = [
            Problem(f"/{field}", " ".join(messages), "invalid")
            for field, messages in error.message_dict.items()
        ]
    if time_zone not in available_timezones():
        problems.append(
            Problem("/time_zone", f"{time_zone} is no IANA time zone.", "unknown_time_zone")
        )
    if problems:
        raise InvalidInput("The tenant can't be made like this.", problems=problems)
    with tenant_scope(PLATFORM_TENANT):
        authorize(actor=actor, action=TENANT_CREATE, resource=tenant_resource(PLATFORM_TENANT))
        try:
            with transaction.atomic():
                tenant.save(force_insert=True)
        except IntegrityError:
            raise Conflict(f"There is a tenant called {slug} already.") from None
    return tenant
