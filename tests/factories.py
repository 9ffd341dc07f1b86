"""Rows to test with, made the way the product makes them where that is cheap."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from django.test import Client

from maestro.kernel.actor import Actor, ActorKind, Channel
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.for_a_purpose import SESSION_PURPOSE
from maestro.tenancy.models import Membership, Tenant, User

_numbers = count(1)


def make_tenant(slug: str = "", **fields: Any) -> Tenant:
    """A tenant of its own."""
    slug = slug or f"tenant-{next(_numbers)}"
    return Tenant.objects.create(slug=slug, name=fields.pop("name", slug.title()), **fields)


def make_user(email: str = "", *, password: str = "a good password", **fields: Any) -> User:  # noqa: S107
    """A person."""
    email = email or f"person-{next(_numbers)}@example.test"
    name = fields.pop("name", email.partition("@")[0].title())
    return User.objects.create_user(email, password, name=name, **fields)


def make_member(
    tenant: Tenant,
    *roles: str,
    teams: Iterable[str] = (),
    user: User | None = None,
    attributes: dict[str, str] | None = None,
) -> User:
    """A person with a place in a tenant."""
    user = user or make_user()
    with tenant_scope(tenant.pk):
        Membership.objects.create(
            tenant_id=tenant.pk,
            user=user,
            roles=list(roles),
            teams=list(teams),
            attributes=attributes or {},
        )
    return user


def reads_for(client: Client, purpose: str = "practice") -> Client:
    """The browser, with what its person said they read for: what reads audited things asks."""
    session = client.session
    session[SESSION_PURPOSE] = purpose
    session.save()
    return client


def actor_of(
    tenant: Tenant,
    *roles: str,
    teams: Iterable[str] = (),
    user: User | None = None,
    purpose: str = "practice",
    channel: Channel = Channel.API,
    **fields: Any,
) -> Actor:
    """Somebody acting in a tenant, with a membership there."""
    user = user or make_member(tenant, *roles, teams=teams)
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        name=user.name,
        email=user.email,
        tenant_id=tenant.pk,
        tenant_slug=tenant.slug,
        roles=frozenset(roles),
        teams=frozenset(teams),
        channel=channel,
        purpose=purpose,
        **fields,
    )
