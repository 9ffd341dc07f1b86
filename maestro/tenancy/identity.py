"""Who is it? One query turns a user or a token into an Actor.

Memberships and tokens are tenant rows, and the tenant is what is being asked for; so both
questions go through functions in the database that answer only for the one person or token given
(`migrations/0002_identity.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest

from maestro.kernel.actor import Actor, ActorKind, Channel
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.clock import now
from maestro.kernel.errors import NotAuthenticated, NotFound
from maestro.kernel.tenant import PLATFORM_TENANT
from maestro.tenancy.models import User

TOKEN_PREFIX = "mst_"  # noqa: S105 - what every token begins with, so that scanners find leaked ones


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a tenant."""

    tenant_id: UUID
    slug: str
    name: str
    time_zone: str
    roles: frozenset[str]
    teams: frozenset[str]
    attributes: Mapping[str, str] = field(default_factory=dict)


class ActorRequest(HttpRequest):
    """A request whose actor is known; what our views are given."""

    actor: Actor
    seats: tuple[Seat, ...]


def seats_of(user_id: UUID) -> tuple[Seat, ...]:
    """The tenants in which a person has a place, by name."""
    rows = _rows("SELECT * FROM maestro_seats(%s)", user_id)
    return tuple(_seat(row) for row in rows)


def actor_for_user(
    user: User, seats: tuple[Seat, ...], *, wanted: str = "", channel: Channel = Channel.PAGE
) -> Actor:
    """The person in the tenant whose slug is `wanted`, else in their first one.

    The platform's own people without a place anywhere act in the platform's tenant. Raises
    `NotFound` when they have no place in the wanted tenant: whether it exists is not said.
    """
    seat = next((seat for seat in seats if not wanted or seat.slug == wanted), None)
    if seat is None and wanted:
        raise NotFound(
            f"You have no place in a tenant called {wanted}.",
            hint="Choose one of your tenants, or ask its admin to add you.",
        )
    tenant_id = seat.tenant_id if seat else (PLATFORM_TENANT if user.platform_roles else None)
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        name=user.name,
        email=user.email,
        tenant_id=tenant_id,
        tenant_slug=seat.slug if seat else "",
        roles=seat.roles if seat else frozenset(),
        platform_roles=frozenset(user.platform_roles),
        teams=seat.teams if seat else frozenset(),
        attributes=seat.attributes if seat else {},
        channel=channel,
    )


def actor_for_token(raw: str) -> tuple[Actor, datetime | None]:
    """The person whose token this is, within its scopes, and when it was last used.

    Raises `NotAuthenticated`, the same for an unknown, an expired and a revoked token, and for one
    whose person is inactive or has left the tenant.
    """
    rows = _rows("SELECT * FROM maestro_token(%s)", digest_bytes(raw.encode()))
    refused = NotAuthenticated(
        "This token is not valid, has expired or was revoked.",
        hint="Make a new one under API tokens, and send it as “Authorization: Bearer …”.",
    )
    if not rows:
        raise refused
    row = rows[0]
    if row["revoked_at"] or (row["expires_at"] and row["expires_at"] <= now()):
        raise refused
    seat = _seat(row)
    actor = Actor(
        kind=ActorKind.TOKEN,
        id=row["user_id"],
        name=row["user_name"],
        email=row["email"],
        tenant_id=seat.tenant_id,
        tenant_slug=seat.slug,
        roles=seat.roles,
        teams=seat.teams,
        attributes=seat.attributes,
        scopes=None if row["scopes"] is None else frozenset(row["scopes"]),
        token_id=row["token_id"],
        channel=Channel.API,
    )
    return actor, row["last_used_at"]


def _seat(row: Mapping[str, Any]) -> Seat:
    return Seat(
        tenant_id=row["tenant_id"],
        slug=row["slug"],
        name=row["name"],
        time_zone=row["time_zone"],
        roles=frozenset(row["roles"]),
        teams=frozenset(row["teams"]),
        attributes=row["attributes"],
    )


def _rows(query: str, argument: UUID | str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [argument])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
