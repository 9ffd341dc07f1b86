"""A world that is filled once a module, and who calls in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.test import Client

from maestro.kernel.clock import now
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import ApiToken, Tenant
from tests.addresses import Address, addresses
from tests.api.calling import token_for
from tests.console.conftest import signed_in
from tests.console.rows import fill_libraries
from tests.factories import make_member, make_user
from tests.isolation.asking import Answer, Asked, Caller, ask
from tests.isolation.world import CANARY, Side, digests, ids_of, make_side

EVERYWHERE = addresses((), unnamed=True)
PAGES = [each for each in EVERYWHERE if each.front != "admin"]


@dataclass
class World:
    """Theirs, which nobody here may know of; ours; who calls; and how it was without them."""

    theirs: Side
    ours: Side
    ids: frozenset[str]
    callers: dict[str, Caller]
    before: dict[tuple[str, str], Answer]
    digests: dict[str, str]


def by_session(name: str, user: Any, **headers: str) -> Caller:
    return Caller(name, signed_in(user), headers)


def by_token(called: str, tenant: Tenant, user: Any, **token: Any) -> Caller:
    _, text = token_for(tenant, user, **token)
    return Caller(called, Client(), {"Authorization": f"Bearer {text}", "X-Purpose": "practice"})


def of_ours(ours: Tenant) -> dict[str, Caller]:
    """Those who may do all that one can in a tenant that isn't theirs, or nothing anywhere."""
    person = make_member(ours, "admin", "author", "operator")
    callers = [
        by_session("session", person),
        by_session("htmx", person, **{"HX-Request": "true"}),
        by_token("token", ours, person),
        by_session("nobody", make_user("nobody@example.test")),
        by_session("auditor", make_user("a@platform.test", platform_roles=["auditor"])),
        Caller("signed out", Client(), {}),
    ]
    return {each.name: each for each in callers}


def of_theirs(callers: dict[str, Caller], theirs: Tenant) -> dict[str, Caller]:
    """Those who say that they are of the other tenant, and no longer are, or hardly."""
    session, token = callers["session"], callers["token"]
    elsewhere = {"X-Maestro-Tenant": theirs.slug}
    member = make_member(theirs, "admin", "author", "operator")
    gone, revoked = (
        by_token(name, theirs, member, name=f"{CANARY} {name}") for name in ("expired", "revoked")
    )
    with tenant_scope(theirs.pk):
        rows = ApiToken.objects.for_tenant(theirs.pk)
        rows.filter(name=f"{CANARY} expired").update(expires_at=now() - timedelta(seconds=1))
        rows.filter(name=f"{CANARY} revoked").update(revoked_at=now())
    narrow = by_token("narrow", theirs, member, name=f"{CANARY} narrow", scopes=["user.write"])
    found = [
        Caller("session elsewhere", session.client, elsewhere),
        Caller("token elsewhere", token.client, {**token.headers, **elsewhere}),
        gone,
        revoked,
        narrow,
    ]
    return {each.name: each for each in found}


def path_of(side: Side, address: Address, **more: Any) -> str:
    """Its path with a tenant's own values; fails where one is missing."""
    try:
        return address.path(side.values(address, **more))
    except LookupError as missing:
        pytest.fail(str(missing), pytrace=False)


def looks(callers: dict[str, Caller], ours: Side) -> Iterator[tuple[str, Address, Caller, Asked]]:
    """Every address as our own people read it, with our own values."""
    for address in PAGES:
        if "GET" not in address.methods:
            continue
        asked = Asked("GET", path_of(ours, address, ended=True))
        for name in ("session", "token"):
            yield name, address, callers[name], asked


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made and kept for the module; each request in it is undone."""
    with django_db_blocker.unblock():
        try:
            ours = make_side("globex", "numbat")
            fill_libraries()
            callers = of_ours(ours.tenant)
            before = {
                (name, address.name): ask(caller, asked)
                for name, address, caller, asked in looks(callers, ours)
            }
            theirs = make_side(f"{CANARY}-corp", CANARY)
            callers |= of_theirs(callers, theirs.tenant)
            made = World(
                theirs,
                ours,
                frozenset(ids_of(theirs.tenant)),
                callers,
                before,
                digests("owner", theirs.tenant),
            )
            yield made
            assert digests("owner", theirs.tenant) == made.digests
        finally:
            call_command("flush", database="owner", interactive=False, verbosity=0)
            ContentType.objects.clear_cache()
            connections.close_all()
