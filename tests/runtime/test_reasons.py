"""A start of high risk says why; who decides reads it, and what follows from the start carries it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.rerun_execution import rerun_execution
from maestro.runtime.services.run_inputs import InputsInvalid
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in
from tests.factories import make_member
from tests.runtime.driving import ALIASES, document, drive, freeze, run, start
from tests.runtime.run_forms import form_of, url

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

ONE = "- {id: act, task: core.set@1, with: {values: {}}}"
WHY = "JML-2201: he leaves on <Friday>."
SHOWN = "JML-2201: he leaves on &lt;Friday&gt;."


def problems(refusal: InputsInvalid) -> list[tuple[str, str]]:
    return [(each.path, each.code) for each in refusal.problems]


@pytest.mark.parametrize("given", ["", "  ", "ok ", "\n\n\n"])
def test_a_start_of_high_risk_is_refused_without_a_reason(author: Actor, given: str) -> None:
    freeze(author, ONE, risk="high")
    with pytest.raises(InputsInvalid) as refused:
        start(author, reason=given)
    assert problems(refused.value) == [("/reason", "reason_required")]


def test_a_reason_has_an_end(author: Actor) -> None:
    freeze(author, ONE, risk="high")
    with pytest.raises(InputsInvalid) as refused:
        start(author, reason="x" * 501)
    assert problems(refused.value) == [("/reason", "reason_too_long")]
    assert start(author, reason=f" {'x' * 500} ").reason == "x" * 500


def test_a_lower_risk_asks_for_none_and_keeps_one_that_is_given(author: Actor) -> None:
    freeze(author, ONE, risk="medium")
    assert start(author).reason == ""
    assert start(author, reason=WHY).reason == WHY


def test_a_re_run_carries_it(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE, risk="high")
    former = start(author, reason=WHY)
    cancel_execution(actor=author, tenant_id=acme.pk, execution_id=former.pk)
    drive(former.pk)
    again = rerun_execution(
        actor=author, tenant_id=acme.pk, execution_id=former.pk, everything=True
    )
    assert again.reason == WHY


@pytest.mark.parametrize("given", ["", WHY])
def test_a_workflow_that_is_called_carries_its_caller_s(
    author: Actor, acme: Tenant, given: str
) -> None:
    freeze(author, ONE, name="inner", risk="high")
    freeze(author, "- {id: call, task: workflow.call@1, with: {workflow: inner}}", name="outer")
    outer = run(author, "outer", reason=given)
    with tenant_scope(acme.pk):
        (inner,) = Execution.objects.exclude(pk=outer.pk)
    assert (inner.workflow, inner.reason) == ("acme/inner", given)


def test_the_api_says_it_needs_one_and_shows_it(acme: Tenant) -> None:
    calls = caller_in(acme, "author")
    calls.freeze(document(ONE, risk="high"))
    refused = calls.start()
    assert refused.status_code == 400
    problem: Any = refused.json()
    assert [(each["path"], each["code"]) for each in problem["problems"]] == [
        ("/reason", "reason_required")
    ]
    started = calls.start(reason=WHY)
    assert started.status_code == 201
    assert started.json()["reason"] == WHY


def test_the_same_key_with_another_reason_is_another_request(acme: Tenant) -> None:
    calls = caller_in(acme, "author")
    calls.freeze(document(ONE, risk="high"))
    key: dict[str, str | None] = {"Idempotency-Key": "k"}
    body = {"workflow": "tried", "reason": WHY}
    first = calls.call("POST", "executions/", body, headers=key)
    again = calls.call("POST", "executions/", body, headers=key)
    assert first.json()["id"] == again.json()["id"]
    other = calls.call("POST", "executions/", body | {"reason": "Other."}, headers=key)
    assert other.json()["code"] == "idempotency_key_reused"


def signed_in(tenant: Tenant) -> Client:
    client = Client()
    client.force_login(make_member(tenant, "operator"))
    return client


def test_the_form_asks_for_it_and_who_decides_reads_it(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE, risk="high")
    browser = signed_in(acme)
    posted: dict[str, Any] = {**form_of(browser.get(url()).content.decode())}
    posted |= {"mode": "run", "purpose": "practice"}
    refused = browser.post(url(), posted)
    assert refused.status_code == 400
    assert 'href="#reason"' in refused.content.decode()
    assert browser.post(url(), posted | {"mode": "simulate"}).status_code == 200
    page = browser.post(url(), posted | {"reason": WHY})["Location"]
    assert SHOWN in browser.get(page).content.decode()
    with tenant_scope(acme.pk):
        execution = Execution.objects.get()
    drive(execution.pk)
    other = signed_in(acme)
    card = other.get(page).content.decode()
    assert f"says why: “{SHOWN}”" in card
    assert f"“{SHOWN}”" in other.get(reverse("runtime:approvals")).content.decode()


def test_another_reason_in_the_same_form_is_another_start(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE, risk="high")
    browser = signed_in(acme)
    posted: dict[str, Any] = {**form_of(browser.get(url()).content.decode())}
    posted |= {"mode": "run", "purpose": "practice", "reason": WHY}
    first = browser.post(url(), posted)["Location"]
    assert browser.post(url(), posted)["Location"] == first
    assert browser.post(url(), posted | {"reason": "Another."})["Location"] != first


def test_what_is_to_copy_says_it_too(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE, risk="high")
    browser = signed_in(acme)
    preview = reverse("runtime:preview", args=["acme", "tried"])
    text = browser.post(preview, {"reason": "It's due."}).content.decode()
    assert "--reason &#x27;It&#x27;&quot;&#x27;&quot;&#x27;s due.&#x27;" in text
    assert "&quot;reason&quot;: &quot;It" in text


def test_a_low_risk_form_does_not_ask(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE)
    assert 'name="reason"' not in signed_in(acme).get(url()).content.decode()
