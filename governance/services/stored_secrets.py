from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from governance.actions import SECRET_READ, secret_resource
from governance.models import Secret
from governance.purposes import OWN_WORK, require_purpose
from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor


def stored_secrets(*, actor: Actor, tenant_id: UUID) -> Sequence[tuple[str, str]]:
    """The names and descriptions of the tenant's secrets, to choose from; none for who may not know
    them for any purpose.

    That they were read is recorded: raises `PurposeRequired` for who has not said what for, `Denied`
    where it does not allow it.
    """
    resource = secret_resource(tenant_id)
    if not preview(actor=actor.for_purpose(OWN_WORK), action=SECRET_READ, resource=resource).allow:
        return ()
    require_purpose(actor)
    authorize(actor=actor, action=SECRET_READ, resource=resource)
    rows = Secret.objects.for_tenant(tenant_id).order_by("name")
    return tuple(rows.values_list("name", "description"))
