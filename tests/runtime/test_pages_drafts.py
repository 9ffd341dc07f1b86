"""A document is simulated before it is saved, and the editor comes back with it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import WorkflowVersion
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.services.simulate import simulate
from maestro.tenancy.models import Tenant
from tests.catalog.test_pages_edit import text_in
from tests.factories import make_member
from tests.runtime.driving import document, freeze
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

GREET = '- {id: greet, task: core.set@1, with: {values: {text: "Hello ${{ params.who }}"}}}'
WHO = "parameters: {type: object, required: [who], properties: {who: {type: string}}}"
ANA = "examples: [{title: Ana comes, parameters: {who: Ana}}]"
# What a check asks, the tenant's budgets; connections for those that use any.
MOST_STATEMENTS = 6


@pytest.fixture
def author_client(acme: Tenant, client: Client) -> Client:
    client.force_login(make_member(acme, "author"))
    return client


def simulated(client: Client, source: bytes, **more: str) -> tuple[int, str]:
    posted = {"source": source.decode(), "mode": "simulate", "purpose": "workflow.authoring"}
    answer = client.post(reverse("runtime:simulate"), posted | more)
    return answer.status_code, answer.content.decode()


def test_a_draft_is_simulated_with_its_first_example(author_client: Client, acme: Tenant) -> None:
    source = document(GREET, parameters=WHO, rest=ANA)
    status, text = simulated(author_client, source)
    assert status == 200
    assert "Would succeed" in text
    assert "the parameters of its first example, “Ana comes”" in text
    assert text_in(text) == source.decode()
    assert f'action="{reverse("catalog:new")}"' in text
    with tenant_scope(acme.pk):
        assert not WorkflowVersion.objects.exists()
        assert not Execution.objects.exists()


def test_the_editor_of_a_workflow_comes_back_as_that(author: Actor, author_client: Client) -> None:
    freeze(author, GREET, parameters=WHO)
    source = document(GREET, parameters=WHO, rest=ANA, version="1.1.0")
    _, text = simulated(author_client, source, slug="tried")
    assert f'action="{reverse("catalog:edit", args=["acme", "tried"])}"' in text
    assert "It can be frozen as 1.1.0" in text


def test_what_an_example_leaves_out_is_told(author_client: Client) -> None:
    status, text = simulated(author_client, document(GREET, parameters=WHO))
    assert status == 400
    assert "Would succeed" not in text
    assert "who" in text[text.index('id="errors"') :]


def test_a_draft_that_can_t_be_read_is_not_simulated(author_client: Client) -> None:
    source = document("- {id: a, task: core.sett@1}")
    status, text = simulated(author_client, source)
    assert status == 400
    assert "in the document" in text
    assert text_in(text) == source.decode()


def test_what_a_draft_calls_must_be_there(author: Actor, author_client: Client) -> None:
    call = document("- {id: a, task: workflow.call@1, with: {workflow: nobody}}", name="caller")
    assert "There is no workflow" in simulated(author_client, call)[1]
    freeze(author, GREET, name="nobody", parameters=WHO)
    assert simulate(actor=author, document=call.decode()).status == "succeeded"


def test_who_may_not_run_may_not_simulate(acme: Tenant, client: Client) -> None:
    client.force_login(make_member(acme, "viewer"))
    status, text = simulated(client, document(GREET, parameters=WHO, rest=ANA))
    assert status == 403
    assert "Would succeed" not in text
    assert "id: greet" in text  # what was written stays there to be copied


def test_simulating_has_a_budget(author_client: Client) -> None:
    source = document(GREET, parameters=WHO, rest=ANA)
    simulated(author_client, source)
    with statements_at_most(MOST_STATEMENTS):
        simulated(author_client, source)
