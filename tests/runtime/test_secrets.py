"""A canary secret goes through a run, and is found nowhere that is kept, shown or logged."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote

import pytest
from django.core import serializers
from django.db import connections
from pytest_django import Settings

from connectors.models import Connection
from connectors.outbound import AddressPolicy, configure
from governance.services.link_secret import link_secret
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.services.simulate import simulate
from maestro.tenancy.models import Tenant
from tests.factories import actor_of
from tests.runtime.driving import ALIASES, freeze, look, run, steps_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

CANARY = 'canary/7f3a"9c+41 é'


class Echo(BaseHTTPRequestHandler):
    """Answers with everything it was sent, in several encodings: the worst of other sides."""

    seen: list[str] = []

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        secret = self.headers["X-Api-Key"]  # Latin-1, as the header travels
        self.seen.append(secret)
        body = json.dumps(
            {
                "you_said": raw.decode(),
                "plain": secret,
                "quoted": quote(secret),
                "encoded": base64.b64encode(secret.encode()).decode(),
                "inside": f"<b>{secret}</b>",
                secret: "as a key",
            }
        ).encode()
        self.send_response(500 if "fail" in self.path else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def echo() -> Iterator[str]:
    """A server that repeats what it is told."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    Echo.seen = []
    Thread(target=server.serve_forever, daemon=True).start()
    place = f"127.0.0.1:{server.server_port}"
    configure(AddressPolicy.of(practice=[place]))
    yield f"http://{place}"
    configure(AddressPolicy())
    server.shutdown()
    server.server_close()


def steps(address: str, path: str) -> tuple[str, str]:
    """A workflow that sends the secret, and one step that uses what came back."""
    return (
        f"""
        - id: send
          task: http.request@1
          retry: {{attempts: 1}}
          with:
            method: POST
            url: "${{{{ endpoints.echo + '{path}' }}}}"
            auth: {{api_key: {{header: X-Api-Key, value: "${{{{ secrets.key }}}}"}}}}
            json: {{hello: world}}
        - id: use
          task: core.set@1
          needs: [send]
          with: {{values: {{all: "${{{{ steps.send.output }}}}"}}}}
        """,
        f"secrets: {{key: {{description: Canary}}}}\n"
        f"endpoints: {{echo: {{description: Echo, default: '{address}'}}}}",
    )


def everything_in_the_database() -> str:
    """Every row of every table of the test's database, as text."""
    parts = []
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - names from the catalog
            parts += [row[0] for row in cursor.fetchall()]
    return "\n".join(parts)


def forms_of(secret: str) -> list[str]:
    """How it could be written."""
    raw = secret.encode()
    return [
        secret,
        json.dumps(secret)[1:-1],
        quote(secret),
        quote(secret, safe=""),
        base64.b64encode(raw).decode(),
        raw.hex(),
    ]


@pytest.mark.parametrize("path", ["/fine", "/fail"])
def test_a_secret_reaches_the_other_side_and_nothing_else(
    author: Actor, acme: Tenant, echo: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    admin = actor_of(acme, "admin")
    set_secret(actor=admin, tenant_id=acme.pk, name="key", value=CANARY)
    task, rest = steps(echo, path)
    freeze(author, task, rest=rest)
    execution = run(author)
    assert Echo.seen == [CANARY]
    assert look(execution).status == ("succeeded" if path == "/fine" else "failed")
    step = steps_of(execution)["send"]
    assert step.input["auth"]["api_key"]["value"] == "••••••"
    if path == "/fine":
        assert step.output["body"]["plain"] == "••••••"
        assert step.output["body"]["inside"] == "<b>••••••</b>"
    kept = everything_in_the_database()
    assert "hello" in kept  # the sweep does see what is stored
    for form in forms_of(CANARY):
        assert form not in kept
        assert form not in caplog.text
        assert form not in serializers.serialize("json", [execution])


def test_a_simulation_never_reads_a_secret(author: Actor, acme: Tenant, echo: str) -> None:
    admin = actor_of(acme, "admin")
    set_secret(actor=admin, tenant_id=acme.pk, name="key", value=CANARY)
    task, rest = steps(echo, "/fine")
    freeze(author, task, rest=rest)
    told = json.dumps(simulate(actor=author, workflow="tried").as_dict(), ensure_ascii=False)
    assert Echo.seen == []
    assert echo.removeprefix("http://") in told
    assert not [form for form in forms_of(CANARY) if form in told]


def test_a_source_that_is_away_is_asked_again_and_one_that_refuses_is_not(
    author: Actor, acme: Tenant, echo: str, settings: Settings
) -> None:
    settings.SECRET_SOURCES, settings.VAULT_ADDRESS = ["file", "vault"], "http://127.0.0.1:9"
    admin = actor_of(acme, "admin")
    task, rest = steps(echo, "/fine")
    freeze(author, task.replace("attempts: 1", "attempts: 2, initial: 10s"), rest=rest)
    for source, status, code in (
        ("vault", "waiting", "unavailable"),
        ("file", "failed", "invalid_input"),
    ):
        link_secret(actor=admin, tenant_id=acme.pk, name="key", source=source, reference="key")
        step = steps_of(run(author))["send"]
        assert (step.status, step.error["code"]) == (status, code)
    assert Echo.seen == []


def test_a_mail_whose_password_was_deleted_fails_with_what_to_do(
    author: Actor, acme: Tenant
) -> None:
    with tenant_scope(acme.pk):
        config = {"host": "mail.example.test", "port": 587, "sender": "m@acme.test"}
        Connection.objects.create(
            tenant_id=acme.pk,
            kind="smtp",
            name="default",
            config=config | {"username": "ana", "password": {"secret": "gone"}},
        )
    freeze(author, "- {id: a, task: email.send@1, with: {to: a@acme.test, subject: Hi, text: Hi}}")
    step = steps_of(run(author))["a"]
    assert (step.status, step.error["code"]) == ("failed", "invalid_input")
    assert "There is no secret called gone" in step.error["message"]
    assert step.error["hint"]
