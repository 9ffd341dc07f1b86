"""The policy input: who asks for what, of which thing, in which context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from governance.policy.engine import rules_of
from governance.policy.rules import TenantRules
from governance.purposes import purpose_of
from governance.resource import Resource
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now

LOCAL_WORKFLOW = "local_workflow"


def policy_input(
    *,
    actor: Actor,
    action: str,
    resource: Resource,
    context: Mapping[str, Any] | None = None,
    rules: TenantRules | None = None,
    grants: Iterable[str] = (),
) -> dict[str, Any]:
    """The input for `PolicyEngine.decide`, a JSON value.

    `context` may say environment, region, profile, and another purpose or channel than the actor's.
    What is looked up about the purpose and of the tenant's data is always looked up here, in the
    `rules` of the tenant that acts. `grants` are the actions that the actor was granted on this
    very resource.
    """
    rules = rules or rules_of(actor.tenant_id or resource.tenant_id)
    said = {
        "purpose": purpose_of(actor),
        "profile": LOCAL_WORKFLOW,
        "channel": actor.channel.value,
        "environment": "",
        "region": "",
        **plain(context or {}),
    }
    purpose = rules.purposes.get(str(said["purpose"]))
    hours = rules.data.hours
    looked_up = {
        "purpose": said["purpose"],
        "purpose_known": purpose is not None,
        # Of a purpose that is not known there is another reason to refuse.
        "purpose_allows": purpose is None or purpose.allows(action),
        "purpose_in_production": purpose is not None and purpose.in_production,
        **rules.data.facts(in_hours=hours is None or hours.cover(now())),
    }
    thing = {"tenant": plain(resource.tenant_id), "type": resource.type, "id": resource.id}
    # What is asked for most stands first: rego-cpp compares the names one after the other. What was
    # looked up, and what the thing is, stands again behind what was said, and so can't be overridden.
    return {
        "context": {**looked_up, **said, **looked_up},
        "subject": {
            "kind": actor.kind.value,
            "tenant": plain(actor.tenant_id),
            "roles": plain(actor.roles),
            "scopes": plain(actor.scopes),
            "platform_roles": plain(actor.platform_roles),
            "grants": sorted(set(grants)),
            "id": plain(actor.id),
            "teams": plain(actor.teams),
            "attributes": plain(actor.attributes),
        },
        "resource": {**thing, **plain(resource.attributes), **thing},
        "action": action,
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
