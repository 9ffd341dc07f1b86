from __future__ import annotations

from governance.models import Secret
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, NotFound, Problem, TenantRequired
from maestro.kernel.tenant import tenant_scope


def store_secret(
    *, actor: Actor, name: str, value: str, description: str, replaces: bool
) -> Secret:
    """Store a new secret in the actor's tenant, or a new value of one that is there.

    A new one never takes the place of another by mistake, and what was deleted meanwhile does not
    come back. Raises `InvalidInput`, `NotFound`, `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    with tenant_scope(actor.tenant_id):  # what is raised here undoes what was stored
        row = set_secret(
            actor=actor,
            tenant_id=actor.tenant_id,
            name=name,
            value=value,
            description=description,
        )
        if replaces and row.version == 1:
            raise NotFound(f"There is no secret called {name}.", hint="Store it as a new one.")
        if not replaces and row.version > 1:
            raise InvalidInput(
                "The secret can't be stored like this.",
                problems=[
                    Problem(
                        "/name",
                        f"There is a secret called {name} already.",
                        "name_taken",
                        "Replace its value on its own page, or choose another name.",
                    )
                ],
            )
    return row
