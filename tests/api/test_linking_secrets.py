"""`/api/secrets/{name}/link/`: where a secret is kept."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from governance.models import Secret
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in, codes_of, is_problem, store_secret

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ASKED = {"source": "vault", "reference": "db/tracker#token", "description": "Opens it"}


@pytest.fixture(autouse=True)
def opened(settings: Settings) -> None:
    settings.SECRET_SOURCES = ["vault"]


def kept(tenant: Tenant) -> list[tuple[str, str, int]]:
    with tenant_scope(tenant.pk):
        rows = Secret.objects.for_tenant(tenant.pk)
        return list(rows.values_list("name", "source", "version"))


@pytest.mark.parametrize("there", [True, False])
def test_it_is_linked_whether_it_was_there_or_not(acme: Tenant, there: bool) -> None:
    if there:
        store_secret(acme, "tracker")
    answer = caller_in(acme, "admin").call("PUT", "secrets/tracker/link/", ASKED)
    assert answer.status_code == 200
    told = answer.json()
    assert told.pop("updated_at")
    assert told == {**ASKED, "name": "tracker", "version": 1 + there}
    assert kept(acme) == [("tracker", "vault", 1 + there)]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"source": "file"}, ("/source", "unknown_source")),
        ({"reference": "../up"}, ("/reference", "invalid_reference")),
        ({"value": "in clear"}, ("/value", "unknown_key")),
    ],
)
def test_what_is_wrong_is_listed_and_nothing_is_linked(
    acme: Tenant, change: dict[str, str], wrong: tuple[str, str]
) -> None:
    answer = caller_in(acme, "admin").call("PUT", "secrets/tracker/link/", {**ASKED, **change})
    is_problem(answer, 400, "invalid_input")
    assert wrong in codes_of(answer)
    assert "in clear" not in answer.content.decode()
    assert kept(acme) == []


def test_it_is_for_admins_of_the_tenant(acme: Tenant, globex: Tenant) -> None:
    refused = caller_in(acme, "author").call("PUT", "secrets/tracker/link/", ASKED)
    is_problem(refused, 403, "denied")
    caller_in(globex, "admin").call("PUT", "secrets/tracker/link/", ASKED)
    assert kept(acme) == []
