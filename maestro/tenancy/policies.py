"""Action names, and what policy sees of tenancy's rows."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from governance.resource import Resource
from maestro.kernel.tenant import PLATFORM_TENANT

TENANT_CREATE = "tenant.create"
TENANT_UPDATE = "tenant.update"
USER_WRITE = "user.write"
MEMBER_READ = "member.read"
MEMBER_WRITE = "member.write"
TOKEN_CREATE = "token.create"  # noqa: S105
TOKEN_READ = "token.read"  # noqa: S105
TOKEN_REVOKE = "token.revoke"  # noqa: S105


def tenant_resource(tenant_id: UUID) -> Resource:
    """A tenant, as policy sees it."""
    return Resource(type="tenant", id=str(tenant_id), tenant_id=tenant_id)


def user_resource(user_id: UUID | None = None) -> Resource:
    """A person, who belongs to the platform and to no tenant."""
    return Resource(type="user", id=str(user_id or ""), tenant_id=PLATFORM_TENANT)


def group_resource(group_id: int | None = None) -> Resource:
    """A group of the platform's people."""
    return Resource(type="group", id=str(group_id or ""), tenant_id=PLATFORM_TENANT)


def token_resource(
    tenant_id: UUID,
    user_id: UUID | None,
    token_id: UUID | None = None,
    scopes: Sequence[str] | None = None,
) -> Resource:
    """A token of `user_id` (None: of nobody's own).

    Policy lets people manage their own, and a token make none wider.
    """
    return Resource(
        type="token",
        id=str(token_id or ""),
        tenant_id=tenant_id,
        attributes={"owner": str(user_id or ""), "scopes": scopes},
    )
