"""What a step called: told by its task, kept in its log, shown as a table, and never a secret."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from connectors.contract import MadeCall
from connectors.outbound import configure
from connectors.outbound.policy import AddressPolicy
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.redaction import MASK
from maestro.runtime.calls import MOST, calls_in, line_of
from maestro.runtime.models import Execution
from maestro.tenancy.models import Tenant
from tests.connectors.servers import Reply, WebServer, web_server
from tests.factories import actor_of, make_member
from tests.runtime.driving import ALIASES, freeze, run, steps_of

CANARY = "c4n4ry/with=odd characters"
AT = "09:38:40.123 "


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server(lambda _: Reply(503, b"busy", {"X-Request-Id": "req-77"})) as running:
        configure(AddressPolicy.of(practice=[f"127.0.0.1:{running.port}"]))
        yield running
    configure(AddressPolicy())


def called(author: Actor, server: WebServer) -> Execution:
    set_secret(
        actor=actor_of(author_tenant(author), "admin"),
        tenant_id=author_tenant(author).pk,
        name="key",
        value=CANARY,
    )
    freeze(
        author,
        """
        - id: send
          task: http.request@1
          retry: {attempts: 1}
          with:
            url: "${{ endpoints.there + '/people/7?q=hush' }}"
            query: {also: "hushed"}
            auth: {bearer: "${{ secrets.key }}"}
        """,
        rest=f"""
        secrets: {{key: {{description: Canary}}}}
        endpoints: {{there: {{description: There, default: "http://127.0.0.1:{server.port}"}}}}
        """,
    )
    return run(author)


def author_tenant(author: Actor) -> Tenant:
    return Tenant.objects.get(pk=author.tenant_id)


@pytest.mark.django_db(transaction=True, databases=ALIASES)
def test_the_panel_of_a_step_says_what_it_called(
    acme: Tenant, author: Actor, client: Client, server: WebServer
) -> None:
    execution = called(author, server)
    client.force_login(make_member(acme, "operator"))
    url = reverse("runtime:step", args=[execution.pk, "send"])
    text = unescape(client.get(url, headers={"HX-Request": "true"}).content.decode())
    table = text.partition("Calls that send made")[2].partition("</table>")[0]
    assert f"<code>GET 127.0.0.1:{server.port}/people/7</code>" in table
    for said in ("503", "4\xa0bytes", "req-77"):
        assert said in table
    assert "hush" not in table
    log = str(steps_of(execution)["send"].log)
    assert "hush" not in log
    assert CANARY not in log + text
    assert "\u2192" not in text


@pytest.mark.django_db(transaction=True, databases=ALIASES)
def test_a_step_that_calls_nothing_has_no_table(
    acme: Tenant, author: Actor, client: Client
) -> None:
    freeze(author, "- {id: one, task: core.set@1, with: {values: {n: 1}}}")
    execution = run(author)
    client.force_login(make_member(acme, "operator"))
    url = reverse("runtime:step", args=[execution.pk, "one"])
    assert "Calls that" not in client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert steps_of(execution)["one"].log == []


def as_it_is(text: str) -> str:
    return text


def test_a_call_is_read_back_as_it_was_told() -> None:
    made = MadeCall("http", "POST", "api.test:8443", "/a/b", "201", 17, 0.25, "r-1")
    log = [f"{AT}before", AT + line_of(made, as_it_is), f"{AT}after"]
    assert calls_in(log) == ([made], [f"{AT}before", f"{AT}after"])
    bare = MadeCall("smtp", "DATA", "mail.test:25", status="timed_out")
    assert calls_in([AT + line_of(bare, as_it_is)]) == ([bare], [])


def test_whatever_a_task_tells_stays_on_one_line_and_is_redacted() -> None:
    odd = MadeCall("http", "GET", "h\n\u2192 x", f"/{CANARY}?q=hush", "2 0 0", -5, -1.0, "x" * 999)
    line = line_of(odd, lambda text: text.replace(CANARY, MASK))
    (read,), rest = calls_in([AT + line])
    assert rest == []
    assert "\n" not in line
    assert CANARY not in line
    assert (read.path, read.status, read.size, read.seconds) == (f"/{MASK}", "2_0_0", 0, 0.0)
    assert len(read.request_id) < 400


def test_the_last_calls_are_shown() -> None:
    log = [
        AT + line_of(MadeCall("http", "GET", "a.test", f"/{number}"), as_it_is)
        for number in range(MOST + 3)
    ]
    made, rest = calls_in(log)
    assert [each.path for each in made] == [f"/{number}" for number in range(3, MOST + 3)]
    assert rest == []
