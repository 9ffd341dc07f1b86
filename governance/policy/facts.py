"""The policy input: who asks for what, of which thing, in which context. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from governance.purposes import find_purpose, purpose_of
from governance.resource import Resource
from maestro.kernel.actor import Actor

LOCAL_WORKFLOW = "local_workflow"
UNLIMITED: Mapping[str, Any] = {
    "purpose_allows": True,
    "in_hours": True,
    "allowed_hosts": None,
    "environments": None,
    "regions": None,
    "quota_limits": None,
}
"""What a tenant that limits nothing lets its work reach, and when."""


def policy_input(
    *,
    actor: Actor,
    action: str,
    resource: Resource,
    context: Mapping[str, Any] | None = None,
    grants: Iterable[str] = (),
) -> dict[str, Any]:
    """The input for `PolicyEngine.decide`, a JSON value.

    `context` may say environment, region, profile, and another purpose or channel than the actor's.
    What is looked up about the purpose is always looked up here. `grants` are the actions that the
    actor was granted on this very resource.
    """
    surroundings: dict[str, Any] = {
        "purpose": purpose_of(actor),
        "channel": actor.channel.value,
        "environment": "",
        "region": "",
        "profile": LOCAL_WORKFLOW,
        **plain(context or {}),
    }
    purpose = find_purpose(str(surroundings["purpose"]))
    surroundings["purpose_known"] = purpose is not None
    surroundings["purpose_in_production"] = purpose is not None and purpose.in_production
    surroundings |= UNLIMITED
    return {
        "subject": {
            "kind": actor.kind.value,
            "id": plain(actor.id),
            "tenant": plain(actor.tenant_id),
            "roles": plain(actor.roles),
            "platform_roles": plain(actor.platform_roles),
            "teams": plain(actor.teams),
            "attributes": plain(actor.attributes),
            "scopes": plain(actor.scopes),
            "grants": sorted(set(grants)),
        },
        "action": action,
        "resource": {
            **plain(resource.attributes),
            "type": resource.type,
            "id": resource.id,
            "tenant": plain(resource.tenant_id),
        },
        "context": surroundings,
    }


def plain(value: Any) -> Any:
    """A JSON value: UUIDs and enums as text, sets as sorted lists. Raises `TypeError` otherwise."""
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case UUID():
            return str(value)
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case set() | frozenset():
            return sorted(plain(item) for item in value)
        case list() | tuple():
            return [plain(item) for item in value]
    raise TypeError(f"policy can't be asked about a {type(value).__name__}")
