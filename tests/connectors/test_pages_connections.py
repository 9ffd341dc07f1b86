"""The pages of connections: changed by admins, tried for real, with no secret in any answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import Connection
from connectors.services.set_mail_connection import set_mail_connection
from connectors.services.try_mail_connection import try_mail_connection
from connectors.views import MailAnswers
from governance.services.delete_secret import delete_secret
from governance.services.set_secret import set_secret
from maestro.kernel.errors import Denied, PurposeRequired
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant, User
from tests.connectors.mail import PASSWORD, Box, authenticator, mail_server
from tests.connectors.servers import client_for
from tests.factories import actor_of
from tests.pages.browser import faults, parse
from tests.tenancy.settings_forms import reads_at_most, receipts, refusals, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

MAIL = "connectors:mail"
FORM = {
    "host": "mail.acme.test",
    "port": "587",
    "tls": "starttls",
    "sender": "hello@acme.test",
    "sender_name": "Acme",
    "username": "robot",
    "password": "mail-password",
    "purpose": "platform.operations",
}


def post(client: Client, name: str = MAIL, **change: Any) -> Any:
    return client.post(reverse(name), FORM | change)


def config(tenant: Tenant) -> Any:
    with tenant_scope(tenant.pk):
        row = Connection.objects.for_tenant(tenant.pk).first()
        return row and row.config


def keep(tenant: Tenant, **values: Any) -> None:
    with tenant_scope(tenant.pk):
        Connection.objects.create(tenant_id=tenant.pk, kind="smtp", config=values)


@pytest.fixture
def admin(acme: Tenant) -> tuple[Client, User]:
    actor = actor_of(acme, "admin")
    set_secret(actor=actor, tenant_id=acme.pk, name="mail-password", value=PASSWORD)
    return signed_in_as(acme, "admin")


def test_a_mail_connection_is_stored_with_its_secret_by_name(
    acme: Tenant, admin: tuple[Client, User]
) -> None:
    assert post(admin[0]).status_code == 302
    assert config(acme) == {
        "host": "mail.acme.test",
        "port": 587,
        "tls": "starttls",
        "sender": "hello@acme.test",
        "sender_name": "Acme",
        "username": "robot",
        "password": {"secret": "mail-password"},
    }
    (receipt,) = receipts(acme, "connection.write")
    assert receipt.purpose == "platform.operations"
    for name in ("connectors:list", MAIL):
        text = admin[0].get(reverse(name)).content.decode()
        assert faults(parse(text)) == []
        assert "mail.acme.test" in text
        assert PASSWORD not in text
    assert re.search(r'value="mail-password"\s+selected', text)
    post(admin[0])
    assert len(receipts(acme, "connection.write")) == 1


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"host": "https://mail.acme.test"}, {"host"}),
        ({"host": "0x7f.1"}, {"host"}),
        ({"host": "", "port": "many", "sender": "me"}, {"host", "port", "sender"}),
        ({"port": "70000"}, {"port"}),
        ({"tls": "maybe"}, {"tls"}),
        ({"tls": "none"}, {"tls"}),
        ({"password": ""}, {"password"}),
        ({"username": ""}, {"username"}),
        ({"password": "not-stored"}, {"password"}),
        ({"sender_name": "A\r\nBcc: x@y.test"}, {"sender_name"}),
        ({"purpose": ""}, {"purpose"}),
    ],
)
def test_what_can_t_be_is_said_at_its_question(
    acme: Tenant, admin: tuple[Client, User], change: dict[str, str], places: set[str]
) -> None:
    answer = post(admin[0], **change)
    assert answer.status_code == 400
    assert set(re.findall(r'id="s-(\w+)-e"', answer.content.decode())) == places
    assert config(acme) is None


def test_connections_are_for_admins_of_the_tenant(
    acme: Tenant, globex: Tenant, admin: tuple[Client, User]
) -> None:
    post(admin[0])
    author, _ = signed_in_as(acme, "author")
    for name in ("connectors:list", MAIL):
        answer = author.get(reverse(name))
        assert answer.status_code == 403
        assert "role_missing" in answer.content.decode()
    for name in (MAIL, "connectors:try_mail", "connectors:delete_mail"):
        assert post(author, name).status_code == 403
    assert refusals(acme, "connection.write")
    stranger, _ = signed_in_as(globex, "admin")
    assert "mail.acme.test" not in stranger.get(reverse(MAIL)).content.decode()
    for name in ("connectors:try_mail", "connectors:delete_mail"):
        assert post(stranger, name).status_code == 404
    assert config(acme)


def test_it_is_deleted_for_a_purpose(acme: Tenant, admin: tuple[Client, User]) -> None:
    post(admin[0])
    missing = post(admin[0], "connectors:delete_mail", purpose="")
    assert missing.status_code == 400
    assert 'id="s-delete-purpose-e"' in missing.content.decode()
    assert config(acme)
    assert post(admin[0], "connectors:delete_mail").status_code == 302
    assert config(acme) is None
    assert len(receipts(acme, "connection.delete")) == 1


def test_trying_says_what_happened_on_the_page(acme: Tenant, admin: tuple[Client, User]) -> None:
    keep(acme, host="127.0.0.1", port=25, tls="none", sender="a@acme.test")
    missing = post(admin[0], "connectors:try_mail", purpose="")
    assert 'id="s-try-purpose-e"' in missing.content.decode()
    answer = admin[0].post(
        reverse("connectors:try_mail"), {"purpose": "platform.operations"}, follow=True
    )
    assert "which no workflow may reach" in answer.content.decode()


def test_a_server_that_takes_the_password_is_said_to_and_is_sent_nothing(acme: Tenant) -> None:
    actor, box = actor_of(acme, "admin"), Box()
    set_secret(actor=actor, tenant_id=acme.pk, name="pw", value=PASSWORD)
    secure = {"authenticator": authenticator(box), "auth_require_tls": False}
    with mail_server(box, **secure) as port:
        keep(
            acme,
            host="127.0.0.1",
            port=port,
            tls="none",
            sender="a@acme.test",
            username="robot",
            password={"secret": "pw"},
        )
        client = client_for(f"127.0.0.1:{port}")
        trial = try_mail_connection(actor=actor, client=client)
        assert trial.works
        assert "accepted the user robot" in trial.message
        assert box.logins == [(b"robot", PASSWORD.encode())]
        assert box.envelopes == []
        set_secret(actor=actor, tenant_id=acme.pk, name="pw", value="not-the-password")
        trial = try_mail_connection(actor=actor, client=client)
        assert not trial.works
        assert "does not accept the user name and password" in trial.message
        assert "not-the-password" not in f"{trial.message}{trial.hint}"
    trial = try_mail_connection(actor=actor, client=client)
    assert not trial.works
    assert "broke while connecting" in trial.message
    delete_secret(actor=actor, tenant_id=acme.pk, name="pw")
    trial = try_mail_connection(actor=actor, client=client)
    assert not trial.works
    assert "There is no secret called pw" in trial.message


def test_trying_is_for_who_may_change_it_and_says_what_for(acme: Tenant) -> None:
    keep(acme, host="127.0.0.1", port=25, tls="none", sender="a@acme.test")
    with pytest.raises(Denied):
        try_mail_connection(actor=actor_of(acme, "author"))
    with pytest.raises(PurposeRequired):
        try_mail_connection(actor=actor_of(acme, "admin", purpose=""))
    with pytest.raises(Denied):
        set_mail_connection(actor=actor_of(acme, "author"), config=MailAnswers().config())


def test_the_pages_ask_little(acme: Tenant, admin: tuple[Client, User]) -> None:
    post(admin[0])
    for name in ("connectors:list", MAIL):
        with reads_at_most(3, "connectors_connection", "governance_"):
            admin[0].get(reverse(name))
