"""What the run form asks beside plain values: secrets, endpoints, rows of groups, cases."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.tenancy.models import Tenant
from tests.factories import actor_of, reads_for
from tests.runtime.driving import freeze
from tests.runtime.run_forms import STEPS, executions, form_of, url

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_secrets_are_picked_by_name_and_endpoints_given_where_they_have_no_default(
    acme: Tenant, author: Actor, browser: Client
) -> None:
    freeze(
        author,
        """
        - id: look
          task: http.request@1
          with: {url: "${{ endpoints.there }}", auth: {bearer: "${{ secrets.door }}"}}
        """,
        rest="""
        secrets: {door: {description: Opens it}}
        endpoints:
          there: {description: Where it goes}
          known: {description: Has one, default: "https://known.example"}
        """,
    )
    admin = actor_of(acme, "admin")
    for name in ("door", "window"):
        set_secret(actor=admin, tenant_id=acme.pk, name=name, value="canary-4711")
    assert "/purpose/?next=" in browser.get(url())["Location"]  # reading their names is recorded
    text = reads_for(browser, "audit.evidence").get(url()).content.decode()
    assert "canary-4711" not in text
    posted = form_of(text)
    assert posted["purpose"] == ["audit.evidence"]
    assert posted["secret.door"] == ["door"]
    assert posted["endpoint.known"] == ["https://known.example"]
    posted |= {"mode": "run", "purpose": "practice"}  # type: ignore[dict-item]
    refused = browser.post(url(), posted)
    assert "Give the address of there." in refused.content.decode()
    sent = posted | {"secret.door": "window", "endpoint.there": "https://there.example"}
    assert browser.post(url(), sent).status_code == 302
    (started,) = executions(acme)
    assert started.secrets == {"door": "window"}
    assert started.endpoints == {
        "there": "https://there.example",
        "known": "https://known.example",
    }


def test_rows_of_groups_are_asked_for_one_by_one_and_start_as_they_stand(
    acme: Tenant, author: Actor, browser: Client
) -> None:
    freeze(
        author,
        STEPS,
        parameters="""
parameters:
  type: object
  required: [who, doors]
  properties:
    who: {type: string}
    doors:
      type: array
      title: Doors
      minItems: 1
      items:
        type: object
        title: Door
        required: [name]
        properties: {name: {type: string}, floor: {type: integer}}
""",
    )
    posted: dict[str, Any] = form_of(browser.get(url()).content.decode()) | {"p/who": ["ana"]}
    for place, name in enumerate(["front", "back"]):
        text = browser.post(url(), posted | {"add": "p/doors"}).content.decode()
        assert f'formaction="#p-doors-{place + 1}"' in text
        assert f'id="p-doors-{place}"' in text
        posted = {**form_of(text), f"p/doors/{place}/name": [name]}
    text = browser.post(url(), posted | {"up": "p/doors/1"}).content.decode()
    posted = form_of(text)
    assert (posted["p/who"], posted["p/doors"]) == (["ana"], ["0", "1"])
    refused = browser.post(
        url(), posted | {"mode": "run", "purpose": "practice", "p/doors/1/name": ""}
    ).content.decode()
    assert 'href="#p-doors-1-name"' in refused
    browser.post(url(), posted | {"mode": "run", "purpose": "practice"})
    (started,) = executions(acme)
    assert started.parameters == {"who": "ana", "doors": [{"name": "back"}, {"name": "front"}]}


def test_another_case_is_asked_for_after_a_button_and_starts_with_its_answers(
    acme: Tenant, author: Actor, browser: Client
) -> None:
    freeze(
        author,
        STEPS,
        parameters="""
parameters:
  type: object
  required: [who, notice]
  properties:
    who: {type: string}
    notice:
      title: Notice
      oneOf:
        - type: object
          title: By mail
          required: [kind, to]
          properties: {kind: {const: mail}, to: {type: string, format: email}}
        - type: object
          title: In a room
          required: [kind, room]
          properties: {kind: {const: chat}, room: {type: string}}
""",
    )
    page = browser.get(url()).content.decode()
    assert 'name="p/notice/to"' not in page
    posted: dict[str, Any] = form_of(page) | {"p/who": ["ana"], "p/notice/kind": ["chat"]}
    text = browser.post(url(), posted | {"change": "p/notice/kind"}).content.decode()
    posted = form_of(text)
    assert (posted["p/who"], posted["p/notice/kind"]) == (["ana"], ["chat"])
    assert "p/notice/to" not in posted
    browser.post(url(), posted | {"mode": "run", "purpose": "practice", "p/notice/room": ["ops"]})
    (started,) = executions(acme)
    assert started.parameters == {"who": "ana", "notice": {"kind": "chat", "room": "ops"}}
