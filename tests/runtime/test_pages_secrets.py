"""The page of secrets: a value goes in and is never seen again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from connectors.models import Connection
from governance.models import Secret
from governance.services.link_secret import link_secret
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant, User
from tests.factories import actor_of
from tests.pages.browser import faults, parse
from tests.runtime.driving import freeze, start
from tests.tenancy.settings_forms import reads_at_most, receipts, refusals, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

VALUE = "hunter2-and-more"
STEPS = "- {id: look, task: core.set@1, with: {values: {n: 1}}}"
ASKS = "secrets: {key: {description: Opens it}}"


def url(name: str = "", page: str = "one") -> str:
    return reverse(f"secrets:{page}", args=[name]) if name else reverse("secrets:list")


def form(**change: Any) -> dict[str, Any]:
    asked = {"name": "tracker", "value": VALUE, "description": "Opens it", "purpose": "practice"}
    return asked | change


def store(tenant: Tenant, name: str = "tracker", value: str = VALUE) -> None:
    set_secret(actor=actor_of(tenant, "admin"), tenant_id=tenant.pk, name=name, value=value)


def stored(tenant: Tenant) -> list[tuple[str, int]]:
    with tenant_scope(tenant.pk):
        rows = Secret.objects.for_tenant(tenant.pk).order_by("name")
        return list(rows.values_list("name", "version"))


@pytest.fixture
def admin(acme: Tenant) -> tuple[Client, User]:
    return signed_in_as(acme, "admin")


class TestStoring:
    def test_keeps_the_value_out_of_every_page_and_record(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        answer = admin[0].post(url(), form(), follow=True)
        assert "The secret tracker is stored." in answer.content.decode()
        assert stored(acme) == [("tracker", 1)]
        (receipt,) = receipts(acme, "secret.write")
        assert receipt.purpose == "practice"
        shown = [answer, *(admin[0].get(url(*at)) for at in ((), ("tracker",)))]
        shown.append(admin[0].get(url("tracker", "delete")))
        for page in shown:
            assert VALUE not in page.content.decode()
            assert faults(parse(page.content.decode())) == []
        assert VALUE not in str(receipt.statement) + str(dict(admin[0].session))

    @pytest.mark.parametrize(
        ("change", "places"),
        [
            ({"name": "Not A Name", "value": "abc"}, {"name", "value"}),
            ({"description": "d" * 201}, {"description"}),
            ({"purpose": ""}, {"purpose"}),
            ({"name": "taken"}, {"name"}),
        ],
    )
    def test_says_what_is_wrong_and_does_not_show_the_value_again(
        self,
        acme: Tenant,
        admin: tuple[Client, User],
        change: dict[str, str],
        places: set[str],
    ) -> None:
        store(acme, "taken")
        answer = admin[0].post(url(), form(**change))
        text = answer.content.decode()
        assert answer.status_code == 400
        assert set(re.findall(r'id="s-(\w+)-e"', text)) == places
        assert VALUE not in text
        assert stored(acme) == [("taken", 1)]

    def test_is_for_admins_and_an_operator_sees_the_names(self, acme: Tenant) -> None:
        store(acme)
        operator, _ = signed_in_as(acme, "operator")
        text = operator.get(url()).content.decode()
        assert "tracker" in text
        assert "Store secret" not in text
        assert "Replace value" not in operator.get(url("tracker")).content.decode()
        for address in (url(), url("tracker"), url("tracker", "delete")):
            answer = operator.post(address, form())
            assert answer.status_code == 403
            assert "role_missing" in answer.content.decode()
            assert VALUE not in answer.content.decode()
        assert stored(acme) == [("tracker", 1)]
        assert len(refusals(acme, "secret.write")) == 2
        viewer, _ = signed_in_as(acme, "viewer")
        assert viewer.get(url()).status_code == 403


class TestOne:
    def test_says_what_uses_it(
        self, acme: Tenant, admin: tuple[Client, User], author: Actor
    ) -> None:
        store(acme)
        store(acme, "other")
        with tenant_scope(acme.pk):
            config = {"host": "mail.acme.test", "password": {"secret": "tracker"}}
            Connection.objects.create(tenant_id=acme.pk, kind="smtp", config=config)
        freeze(author, STEPS, rest=ASKS)
        execution = start(author, secrets={"key": "tracker"})
        text = admin[0].get(url("tracker")).content.decode()
        assert "smtp default" in text
        assert f"/executions/{execution.pk}/" in text
        other = admin[0].get(url("other")).content.decode()
        assert "smtp default" not in other
        assert f"/executions/{execution.pk}/" not in other
        assert admin[0].get(url()).content.decode().count("smtp default") == 1

    def test_gets_a_new_value_and_keeps_its_name(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        store(acme)
        posted = form(name="other", value="a-new-value", description="New")
        assert admin[0].post(url("tracker"), posted).status_code == 302
        assert stored(acme) == [("tracker", 2)]
        assert "New" in admin[0].get(url()).content.decode()
        short = admin[0].post(url("tracker"), form(value="abc"))
        assert short.status_code == 400
        assert stored(acme) == [("tracker", 2)]

    def test_is_deleted_for_a_purpose(self, acme: Tenant, admin: tuple[Client, User]) -> None:
        store(acme)
        assert admin[0].post(url("tracker", "delete")).status_code == 400
        assert stored(acme) == [("tracker", 1)]
        admin[0].post(url("tracker", "delete"), {"purpose": "security.rotation"})
        assert stored(acme) == []
        assert receipts(acme, "secret.delete")[0].purpose == "security.rotation"

    def test_that_is_not_there_does_not_come_back(
        self, acme: Tenant, globex: Tenant, admin: tuple[Client, User]
    ) -> None:
        store(globex, "theirs")
        for name in ("nothing", "theirs"):
            for address in (url(name), url(name, "delete")):
                assert admin[0].get(address).status_code == 404
                assert admin[0].post(address, form()).status_code == 404
        assert "theirs" not in admin[0].get(url()).content.decode()
        assert (stored(acme), stored(globex)) == ([], [("theirs", 1)])


def test_the_list_costs_the_same_however_many_there_are(
    acme: Tenant, admin: tuple[Client, User]
) -> None:
    for number in range(6):
        store(acme, f"secret-{number}")
    with reads_at_most(1, 'FROM "governance_secret"'), reads_at_most(1, "connectors_connection"):
        admin[0].get(url())


def test_what_is_kept_elsewhere_says_where(
    acme: Tenant, admin: tuple[Client, User], settings: Settings
) -> None:
    settings.SECRET_SOURCES = ["vault"]
    link_secret(
        actor=actor_of(acme, "admin"),
        tenant_id=acme.pk,
        name="tracker",
        source="vault",
        reference="db/tracker#token",
    )
    for address in (url(), url("tracker")):
        text = admin[0].get(address).content.decode()
        assert "vault: db/tracker#token" in text
        assert faults(parse(text)) == []


class TestLinking:
    @pytest.fixture(autouse=True)
    def opened(self, acme: Tenant, settings: Settings) -> None:
        settings.SECRET_SOURCES = ["vault"]
        store(acme)

    def test_says_where_it_is_kept_and_forgets_the_value(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        assert url("tracker", "link") in admin[0].get(url()).content.decode()
        asked = {"source": "vault", "reference": "db/tracker#token", "purpose": "practice"}
        answer = admin[0].post(url("tracker", "link"), asked, follow=True)
        text = answer.content.decode()
        assert "tracker is read from vault from the next call on." in text
        assert "vault: db/tracker#token" in text
        with tenant_scope(acme.pk):
            row = Secret.objects.for_tenant(acme.pk).get()
        assert (bytes(row.ciphertext), row.version) == (b"", 2)
        again = admin[0].get(url("tracker", "link")).content.decode()
        assert 'value="db/tracker#token"' in again
        assert faults(parse(again)) == []

    @pytest.mark.parametrize(
        ("change", "place"),
        [({"source": "file"}, "source"), ({"reference": "../up"}, "reference"), ({"purpose": ""}, "purpose")],
    )  # fmt: skip
    def test_says_what_is_wrong_beside_the_question(
        self, acme: Tenant, admin: tuple[Client, User], change: dict[str, str], place: str
    ) -> None:
        asked = {"source": "vault", "reference": "db/t", "purpose": "practice"} | change
        answer = admin[0].post(url("tracker", "link"), asked)
        assert answer.status_code == 400
        assert f'id="s-{place}-e"' in answer.content.decode()
        assert stored(acme) == [("tracker", 1)]

    def test_is_for_admins(self, acme: Tenant) -> None:
        operator, _ = signed_in_as(acme, "operator")
        page = operator.get(url("tracker", "link")).content.decode()
        assert "An admin of the tenant links it." in page
        asked = {"source": "vault", "reference": "db/t", "purpose": "practice"}
        assert operator.post(url("tracker", "link"), asked).status_code == 403
        assert stored(acme) == [("tracker", 1)]

    def test_says_who_opens_a_source_where_none_is(
        self, admin: tuple[Client, User], settings: Settings
    ) -> None:
        settings.SECRET_SOURCES = []
        page = admin[0].get(url("tracker", "link")).content.decode()
        assert "MAESTRO_SECRET_SOURCES" in page
        assert 'name="reference"' not in page

    def test_is_found_only_where_there_is_one(self, admin: tuple[Client, User]) -> None:
        assert admin[0].get(url("nothing", "link")).status_code == 404
