from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from connectors.services.secrets_in_use import secrets_in_use
from governance.actions import SECRET_READ, SECRET_WRITE, secret_resource
from governance.models import Secret
from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, TenantRequired
from maestro.runtime.services.read_executions import read_executions

LOOKED_AT = 200  # the latest executions that are looked through for those that bound a secret
SHOWN = 10

_SHOWN_FIELDS = (
    "name", "description", "source", "reference", "version", "updated_at", "created_at",
    "last_used_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """What is known of a secret, without its value; `reference` says where in its `source` it is
    kept, and is empty for the database."""

    name: str
    description: str
    source: str
    reference: str
    version: int
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None
    connections: Sequence[str]


@dataclass(frozen=True, slots=True)
class Bound:
    """An execution to which a secret was given."""

    id: UUID
    title: str
    created_at: datetime


def read_secrets(*, actor: Actor) -> list[StoredSecret]:
    """The secrets of the actor's tenant by name, with the connections that name each.

    Neither value nor ciphertext is read; of a connection its kind and name are all that is said.
    Raises `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    authorize(actor=actor, action=SECRET_READ, resource=secret_resource(actor.tenant_id))
    used = secrets_in_use(tenant_id=actor.tenant_id)
    rows = Secret.objects.for_tenant(actor.tenant_id).order_by("name")
    return [
        StoredSecret(connections=used.get(row["name"], ()), **row)
        for row in rows.values(*_SHOWN_FIELDS)
    ]


def read_secret(*, actor: Actor, name: str) -> tuple[StoredSecret, list[Bound]]:
    """One secret, and the latest executions it was given to. Raises `NotFound` as well."""
    found = next((each for each in read_secrets(actor=actor) if each.name == name), None)
    if found is None:
        raise NotFound(f"There is no secret called {name}.", hint="Look at the secrets.")
    latest = read_executions(actor=actor).newest_first()[:LOOKED_AT]
    bound = [
        Bound(execution_id, title, created_at)
        for execution_id, title, created_at, names in latest.values_list(
            "id", "title", "created_at", "secrets"
        )
        if name in names.values()
    ]
    return found, bound[:SHOWN]


def may_store_secrets(*, actor: Actor) -> bool:
    """Whether policy would let the actor, with a purpose, store one."""
    if actor.tenant_id is None:
        return False
    answer = preview(
        actor=actor.for_purpose("platform.operations"),
        action=SECRET_WRITE,
        resource=secret_resource(actor.tenant_id),
    )
    return answer.allow
