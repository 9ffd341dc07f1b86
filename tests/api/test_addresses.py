"""Every address of the API, taken from the URL configuration itself.

That none of them tells anything of another tenant is for `tests/isolation`.
"""

from __future__ import annotations

import pytest
from django.test import Client

from governance.services.set_purpose import set_purpose
from maestro.kernel.actor import system_actor
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Rollout
from marketplace.services.install_release import install_release
from marketplace.services.partner_groups import set_partner_group
from tests.addresses import Address, addresses
from tests.api.calling import PROBLEM, caller_in
from tests.factories import actor_of
from tests.marketplace.worlds import published
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STEP = """
- {id: ask, task: core.approval@1, with: {message: Secretly asked}}
"""
PUBLIC = {"api:schema", "api:docs"}  # they describe the API, and nothing of a tenant
ROUTES = [each for each in addresses(()) if each.front == "api"]


def named(route: Address) -> str:
    return route.name


@pytest.fixture
def rows(acme: Tenant) -> dict[str, str]:
    """Something of acme's at every address."""
    calls = caller_in(acme, "author", purpose="practice")
    calls.freeze(document(STEP, name="secretive"), "secretive")
    execution = calls.start("secretive").json()
    set_purpose(
        actor=system_actor("tests"),
        tenant_id=acme.pk,
        name="secretive",
        title="Secretive",
        description="Secretly done.",
    )
    release = published(acme, slug="hidden")
    install_release(
        actor=actor_of(acme, "admin"),
        release="acme/hidden",
        name="secretive",
        environment="development",
    )
    set_partner_group(actor=actor_of(acme, "author"), name="secretive", members=["acme"])
    preset = calls.post(
        "installations/secretive/presets/", {"name": "secretive", "for_everybody": True}
    ).json()
    with tenant_scope(acme.pk):
        Rollout.objects.create(tenant_id=acme.pk, release_id=release.pk)
    return {
        "publisher": "acme",
        "address": "acme/hidden",
        "template_slug": "hidden",
        "number": "1.0.0",
        "submission": str(release.submission_id),
        "name": "secretive",
        "installation_name": "secretive",
        "slug": "secretive",
        "workflow_slug": "secretive",
        "version": "1.0.0",
        "preset_id": preset["id"],
        "step_id": "ask",
        "execution": execution["id"],
        "token": str(calls.token.pk),
    }


def _path(route: Address, rows: dict[str, str]) -> str:
    kind = route.name.partition(":")[2].partition("-")[0]
    return route.path(rows | {"pk": rows.get(kind, rows["execution"])})


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_without_a_token_nothing_is_shown(route: Address, rows: dict[str, str]) -> None:
    if route.name in PUBLIC:
        return
    for method in route.methods:
        answer = Client().generic(
            method,
            _path(route, rows),
            b"{}",
            content_type="application/json",
            headers={"X-Purpose": "practice"},
        )
        assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM), route
        assert answer["WWW-Authenticate"]


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_an_address_works_with_and_without_its_last_slash(
    route: Address, rows: dict[str, str], acme: Tenant
) -> None:
    calls = caller_in(acme, "admin")
    path = _path(route, rows).removeprefix("/api/").removesuffix("/")
    for method in route.methods:
        with_slash = calls.call(method, path + "/", b"{", headers={"X-Purpose": "practice"})
        without = calls.call(method, path, b"{", headers={"X-Purpose": "practice"})
        assert with_slash.status_code == without.status_code
        assert with_slash.status_code not in (301, 302, 307, 308, 404, 405, 500)
