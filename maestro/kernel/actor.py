"""Who acts. An `Actor` is a value, built once a request or a job; it asks the database nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """What kind of one acts."""

    USER = "user"
    TOKEN = "token"  # noqa: S105 - the name of a kind, not a secret
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class Channel(StrEnum):
    """The way in."""

    PAGE = "page"
    API = "api"
    ADMIN = "admin"
    CLI = "cli"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts, in one tenant or for the platform.

    `id` is the user's, also when a token acts: a token acts as its user, within `scopes`
    (None = all that the user may). `purpose` is what the present request is for.
    """

    kind: ActorKind
    id: UUID | None = None
    name: str = ""
    email: str = ""
    tenant_id: UUID | None = None
    tenant_slug: str = ""
    roles: frozenset[str] = frozenset()
    platform_roles: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)
    scopes: frozenset[str] | None = None
    token_id: UUID | None = None
    channel: Channel = Channel.API
    purpose: str = ""
    request_id: str = ""

    @property
    def is_known(self) -> bool:
        """Whether somebody is signed in, or the system itself acts."""
        return self.kind is not ActorKind.ANONYMOUS

    def for_purpose(self, purpose: str) -> Actor:
        """The same one, acting for `purpose`."""
        return replace(self, purpose=purpose)


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)


def system_actor(name: str, *, tenant_id: UUID | None = None) -> Actor:
    """Maestro itself, doing the work called `name`."""
    return Actor(kind=ActorKind.SYSTEM, name=name, tenant_id=tenant_id, channel=Channel.JOB)
