"""A secret goes through every path there is, and is found in no place but its own."""

from __future__ import annotations

import base64
import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote as quoted
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import reverse

from connectors.models import Connection
from connectors.outbound import AddressPolicy, configure
from governance.models import (
    AuditLink,
    Decision,
    EvidenceBundle,
    PolicyInput,
    Receipt,
    Secret,
)
from governance.services.link_audit import link_audit
from governance.services.set_secret import set_secret
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, ExecutionEvent, StepRun
from maestro.runtime.services.make_evidence import make_evidence
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in
from tests.canary.conftest import Echo, Gossip
from tests.canary.places import database, forms_of, found_in, unpacked
from tests.factories import actor_of, make_member, make_user, reads_for
from tests.runtime.driving import ALIASES, drive, events_of, freeze, look, start, steps_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

KEY = 'canary/7f3a"9c+41 é'  # an HTTP header may hold it, and every encoding changes it
PASSWORD = "canary-of-the-mail+0/1=2"
SECRETS = (KEY, PASSWORD)
MARK = "this is no secret"

STEPS = """
- id: fine
  task: http.request@1
  with: {method: POST, url: "${{ endpoints.echo + '/fine' }}", auth: {api_key: {header: X-Api-Key, value: "${{ secrets.key }}"}}, json: {said: "this is no secret"}}
- id: fail
  task: http.request@1
  on_error: continue
  retry: {attempts: 1}
  with: {method: GET, url: "${{ endpoints.echo + '/fail' }}", auth: {api_key: {header: X-Api-Key, value: "${{ secrets.key }}"}}}
- id: slow
  task: http.request@1
  on_error: continue
  timeout: 500ms
  retry: {attempts: 1}
  with: {method: GET, url: "${{ endpoints.echo + '/slow' }}", auth: {bearer: "${{ secrets.password }}"}}
- id: flaky
  task: http.request@1
  retry: {attempts: 3, initial: 10ms, max: 20ms}
  with: {method: GET, url: "${{ endpoints.echo + '/flaky' }}", auth: {api_key: {header: X-Api-Key, value: "${{ secrets.key }}"}}}
- id: mail
  task: email.send@1
  with: {to: ana@acme.test, subject: Hello, text: Hello}
- id: unwanted
  task: email.send@1
  on_error: continue
  retry: {attempts: 1}
  with: {to: nobody@acme.test, subject: Hello, text: Hello}
- id: uses
  task: core.set@1
  needs: [fine]
  with: {values: {all: "${{ steps.fine.output }}"}}
"""


@pytest.fixture
def reachable(echo: Echo, gossip: tuple[Gossip, int]) -> Iterator[None]:
    """The servers of the test, which are on this machine."""
    configure(AddressPolicy.of(practice=[echo.address, f"127.0.0.1:{gossip[1]}"]))
    yield
    configure(AddressPolicy())


def connect(tenant: Tenant, port: int, user: str) -> None:
    """The tenant's own mail server, with the secret as its password."""
    config = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "m@acme.test"}
    with tenant_scope(tenant.pk):
        Connection.objects.update_or_create(
            tenant_id=tenant.pk,
            kind="smtp",
            name="default",
            defaults={"config": config | {"username": user, "password": {"secret": "password"}}},
        )


def run_to_its_end(tenant: Tenant, echo: Echo, name: str) -> Execution:
    """Freeze, start, and drive it until it has ended, retries and all."""
    author = actor_of(tenant, "author")
    needs = "key: {description: Of the echo}, password: {description: Of the mail}"
    rest = f"secrets: {{{needs}}}\nendpoints: {{echo: {{description: Echo, default: 'http://{echo.address}'}}}}"
    freeze(author, STEPS, name=name, rest=rest)
    execution = start(author, name)
    until = time.monotonic() + 60
    while look(execution).finished_at is None:
        drive(execution.pk)
        assert time.monotonic() < until
    return look(execution)


@pytest.fixture
def ended(
    acme: Tenant,
    echo: Echo,
    gossip: tuple[Gossip, int],
    reachable: None,
    messages: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
) -> list[Execution]:
    """Two executions that did everything with the secrets that can be done."""
    caplog.set_level(logging.DEBUG)
    for name in ("key", "password"):
        set_secret(
            actor=actor_of(acme, "admin"), tenant_id=acme.pk, name=name, value="another value"
        )
        value = KEY if name == "key" else PASSWORD
        set_secret(actor=actor_of(acme, "admin"), tenant_id=acme.pk, name=name, value=value)
    executions = []
    for user in ("ana", "eve"):  # a password that is right, and one that is wrong
        connect(acme, gossip[1], user)
        echo.asked.clear()
        executions.append(run_to_its_end(acme, echo, f"with-{user}"))
    make_evidence()
    link_audit()
    return executions


def test_the_secrets_did_go_through(
    ended: list[Execution], echo: Echo, gossip: tuple[Gossip, int]
) -> None:
    """Else the others would find nothing because there was nothing."""
    right, wrong = (steps_of(execution) for execution in ended)
    assert [right[name].status for name in ("fine", "flaky", "mail", "uses")] == ["succeeded"] * 4
    assert right["flaky"].attempt == 2
    assert [right[name].status for name in ("fail", "slow", "unwanted")] == ["failed"] * 3
    assert right["slow"].error["code"] == "timed_out"
    assert wrong["mail"].error["code"] == "auth_failed"
    assert KEY in echo.told
    assert any(PASSWORD in told for told in echo.told)
    assert {password for _, password in gossip[0].logins} == {PASSWORD.encode()}
    assert ("retrying", "flaky") in events_of(ended[0])


def test_a_form_of_a_secret_is_found_where_there_is_one() -> None:
    for form in forms_of(KEY):
        assert found_in(f"before {form} after", SECRETS), form
    assert found_in(base64.b64encode(b"robot:" + KEY.encode()).decode(), SECRETS)
    assert not found_in(MARK, SECRETS)


def test_the_database_holds_them_sealed_and_nowhere_else(ended: list[Execution]) -> None:
    kept = dict[str, str]()
    for place, text in database():
        kept[place] = kept.get(place, "") + text + "\n"
    assert MARK in kept["runtime_steprun.input"]
    assert "••••••" in kept["runtime_steprun.output"]
    assert "manifest.json" in kept["governance_evidencebundle.content"]
    assert {place: found for place in kept if (found := found_in(kept[place], SECRETS))} == {}


def test_no_log_and_no_message_holds_one(
    ended: list[Execution], messages: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    # All but what the mail server of the test says of itself.
    records = [*caplog.get_records("setup"), *caplog.records]
    ours = [record for record in records if record.name != "mail.log"]
    said = "\n".join(logging.Formatter().format(each) + repr(vars(each)) for each in ours)
    assert "urllib3" in said
    assert found_in(said, SECRETS) == []
    sent = messages()
    assert str(ended[0].pk) in sent
    assert found_in(sent, SECRETS) == []


def test_no_page_and_no_answer_shows_one(acme: Tenant, ended: list[Execution]) -> None:
    shown = 0
    for name, text in (*_pages(acme, ended), *_answers(acme, ended)):
        assert found_in(text, SECRETS) == [], name
        shown += MARK in text
    assert shown >= 4


def _pages(tenant: Tenant, executions: list[Execution]) -> Iterator[tuple[str, str]]:
    client = Client()
    client.force_login(make_member(tenant, "admin"))
    reads_for(client)
    paths = [
        reverse("runtime:list"), reverse("runtime:approvals"), reverse("secrets:list"),
        reverse("secrets:one", args=["key"]), reverse("secrets:one", args=["password"]),
        reverse("secrets:delete", args=["password"]), reverse("secrets:link", args=["password"]),
        reverse("connectors:list"), reverse("tenancy:accesses"), reverse("tenancy:audit"), f"{reverse('tenancy:audit')}?verify=1",
    ]  # fmt: skip
    for execution in executions:
        paths += [
            reverse(f"runtime:{name}", args=[execution.pk])
            for name in ("execution", "live", "evidence", "evidence_bundle")
        ]
        for step in steps_of(execution):
            paths.append(reverse("runtime:step", args=[execution.pk, step]))
        paths.append(reverse("runtime:rerun", args=[execution.pk]) + "?step=fail")
    for path in paths:
        yield path, _got(client, path)
        yield f"part of {path}", _got(client, path, headers={"HX-Request": "true"})


def _got(client: Client, path: str, **headers: Any) -> str:
    answer = client.get(path, follow=True, **headers)
    assert answer.status_code == 200, path
    raw = answer.getvalue() if answer.streaming else answer.content  # type: ignore[attr-defined]
    return unpacked(raw) if raw[:2] == b"\x1f\x8b" else raw.decode()


def _answers(tenant: Tenant, executions: list[Execution]) -> Iterator[tuple[str, str]]:
    calls = caller_in(tenant, "admin")
    paths = ["executions/", "audit/?page_size=200", "audit/export/"]
    for execution in executions:
        here = f"executions/{execution.pk}/"
        paths += [here, f"{here}steps/", f"{here}events/", f"{here}evidence/"]
    for path in paths:
        yield path, _got(calls.client, f"/api/{path}", headers=calls.headers)


def test_no_page_of_the_console_shows_one(acme: Tenant, ended: list[Execution]) -> None:
    client = Client()
    boss = make_user("boss@platform.test", platform_roles=["platform_admin"])
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    looked_at: set[type[models.Model]] = {
        AuditLink, Connection, Decision, EvidenceBundle, Execution, ExecutionEvent, PolicyInput, Receipt,
        Secret, StepRun,
    }  # fmt: skip
    for model in looked_at:
        assert model in admin.site._registry
        place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert found_in(_got(client, reverse(f"{place}_changelist")), SECRETS) == []
        for row in model._default_manager.using("platform").all():
            path = reverse(f"{place}_change", args=[quoted(row.pk)])
            assert found_in(_got(client, path), SECRETS) == [], path


def test_no_command_prints_one(ended: list[Execution]) -> None:
    for words in (
        ["audit", "export", "--tenant", "acme"],
        ["audit", "verify"],
        ["secrets", "status"],
    ):
        printed = io.StringIO()
        call_command(*words, stdout=printed)
        assert printed.getvalue()
        assert found_in(printed.getvalue(), SECRETS) == []


def test_a_value_that_is_refused_is_not_said_back(acme: Tenant) -> None:
    client = Client()
    client.force_login(make_member(acme, "admin"))
    reads_for(client)
    answer = client.post(reverse("secrets:list"), {"name": "NO NAME", "value": KEY, "purpose": ""})
    assert answer.status_code == 400
    assert found_in(answer.content.decode(), SECRETS) == []
    assert json.dumps(KEY)[1:-1] not in answer.content.decode()
