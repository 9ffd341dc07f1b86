"""Running again from a step with other parameters: what is kept stands, and is said to."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.services.decide_step import decide_step
from maestro.runtime.services.rerun_execution import (
    ApprovalKept,
    changed_parameters,
    rerun_execution,
)
from maestro.runtime.services.run_inputs import InputsInvalid
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in
from tests.factories import actor_of, make_member
from tests.runtime.driving import (
    ALIASES,
    document,
    drive,
    events_of,
    freeze,
    look,
    run,
    statuses,
    steps_of,
)
from tests.runtime.run_forms import form_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

STEPS = """
- {id: first, task: core.set@1, with: {values: {who: "${{ params.who }}"}}}
- {id: plain, task: core.set@1, with: {values: {n: 1}}, needs: [first]}
- {id: last, task: core.set@1, with: {values: {days: "${{ params.days }}"}}, needs: [plain]}
"""
PARAMETERS = """
parameters:
  type: object
  required: [who]
  additionalProperties: false
  properties:
    who: {type: string, format: email, title: Leaver}
    days: {type: integer, minimum: 1, default: 7, title: Days}
"""
GIVEN = {"who": "ana@acme.test", "days": 2}


@pytest.fixture
def former(author: Actor) -> Execution:
    freeze(author, STEPS, parameters=PARAMETERS)
    return run(author, parameters=GIVEN)


def again(actor: Actor, former: Execution, **kwargs: Any) -> Execution:
    kwargs = {"from_step": "last"} | kwargs
    made = rerun_execution(
        actor=actor, tenant_id=former.tenant_id, execution_id=former.pk, **kwargs
    )
    drive(made.pk)
    return look(made)


def test_the_step_is_done_with_the_new_value_and_what_is_before_is_kept(
    author: Actor, former: Execution
) -> None:
    made = again(author, former, parameters=GIVEN | {"days": 5})
    steps = steps_of(made)
    assert made.parameters == {"who": "ana@acme.test", "days": 5}
    assert made.rerun_of_id == former.pk
    assert steps["last"].output == {"days": 5}
    assert steps["first"].finished_at == steps_of(former)["first"].finished_at


def test_parameters_are_checked_as_a_start_checks_them(author: Actor, former: Execution) -> None:
    with pytest.raises(InputsInvalid) as refused:
        again(author, former, parameters={"who": "nobody", "days": 0})
    assert sorted(each.path for each in refused.value.problems) == [
        "/parameters/days",
        "/parameters/who",
    ]


def test_a_kept_step_that_read_a_changed_parameter_must_be_confirmed(
    author: Actor, former: Execution
) -> None:
    changed = GIVEN | {"who": "bo@acme.test"}
    with pytest.raises(InputsInvalid) as refused:
        again(author, former, parameters=changed)
    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == ("/confirmed", "kept_steps_read_changes")
    assert problem.message.startswith("first read")
    made = again(author, former, parameters=changed, confirmed=True)
    assert steps_of(made)["first"].output == {"who": "ana@acme.test"}
    assert made.parameters["who"] == "bo@acme.test"


def test_an_approval_of_other_values_is_never_kept(author: Actor, acme: Tenant) -> None:
    freeze(author, STEPS, parameters=PARAMETERS, risk="high")
    former = run(author, parameters=GIVEN, reason="For a test.")
    for _ in range(2):
        decide_step(
            actor=actor_of(acme, "operator"),
            tenant_id=acme.pk,
            execution_id=former.pk,
            step_id="policy-approval",
            approve=True,
            rationale="Checked.",
        )
    drive(former.pk)
    former = look(former)
    changed = GIVEN | {"days": 5}
    with pytest.raises(ApprovalKept):
        again(author, former, parameters=changed, confirmed=True)
    asked = again(author, former, from_step="policy-approval", parameters=changed)
    assert statuses(asked) == {"policy-approval": "waiting"}


FAILING = """
- {id: pay, task: core.set@1, with: {values: {}}}
- {id: tell, task: core.fail@1, with: {message: Nobody answers.}, needs: [pay]}
"""


def approved_by(execution: Execution, *people: Actor) -> Execution:
    """Approved by these, and run to its end."""
    for person in people:
        decide_step(
            actor=person,
            tenant_id=execution.tenant_id,
            execution_id=execution.pk,
            step_id="policy-approval",
            approve=True,
            rationale="Checked.",
        )
    drive(execution.pk)
    return look(execution)


def test_an_approval_is_kept_to_finish_what_was_approved_and_to_repeat_nothing(
    author: Actor, acme: Tenant
) -> None:
    freeze(author, FAILING, risk="high")
    people = actor_of(acme, "operator"), actor_of(acme, "operator")
    former = approved_by(run(author, reason="For a test."), *people)
    assert statuses(former) == {
        "policy-approval": "succeeded",
        "pay": "succeeded",
        "tell": "failed",
    }
    with pytest.raises(ApprovalKept, match="pay was done under it"):
        again(author, former, from_step="pay")
    rest = again(author, former, from_step="")
    assert ("succeeded", "pay") not in events_of(rest)
    assert statuses(again(author, former, from_step="policy-approval")) == {
        "policy-approval": "waiting"
    }


def test_nobody_runs_again_under_their_own_approval(author: Actor, acme: Tenant) -> None:
    freeze(author, FAILING, risk="high")
    people = actor_of(acme, "operator"), actor_of(acme, "operator")
    former = approved_by(run(author, reason="For a test."), *people)
    with pytest.raises(ApprovalKept, match="You approved this yourself"):
        again(people[0], former, from_step="")
    anew = again(people[0], former, from_step="", everything=True)
    assert statuses(anew) == {"policy-approval": "waiting"}


def test_the_same_key_runs_it_again_once(author: Actor, former: Execution) -> None:
    body = {"parameters": GIVEN | {"days": 5}, "idempotency_key": "k"}
    assert again(author, former, **body).pk == again(author, former, **body).pk
    with tenant_scope(former.tenant_id):
        assert Execution.objects.count() == 2


@pytest.mark.parametrize(
    ("former", "given", "changed"),
    [
        ({"a": 1}, {"a": 1.0}, set()),
        ({"a": 1}, {"a": True}, {"a"}),
        ({"a": [1, 2]}, {"a": [2, 1]}, {"a"}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, set()),
        ({"a": None}, {}, {"a"}),
    ],
)
def test_what_is_changed_is_told_by_value(former: Any, given: Any, changed: set[str]) -> None:
    assert changed_parameters(former, given) == changed


def test_the_api_runs_it_again_with_parameters(acme: Tenant) -> None:
    calls = caller_in(acme, "author")
    calls.freeze(document(STEPS, parameters=PARAMETERS))
    made = calls.start(parameters=GIVEN).json()["id"]
    drive(made)
    path = f"executions/{made}/rerun/"
    changed = {"from_step": "last", "parameters": GIVEN | {"who": "bo@acme.test"}}
    refused: Any = calls.post(path, changed).json()
    assert [each["path"] for each in refused["problems"]] == ["/confirmed"]
    key: dict[str, str | None] = {"Idempotency-Key": "k"}
    answers = [
        calls.call("POST", path, changed | {"confirmed": True}, headers=key) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[0].json()["parameters"]["who"] == "bo@acme.test"


class TestThePage:
    @pytest.fixture
    def browser(self, acme: Tenant, client: Client) -> Client:
        client.force_login(make_member(acme, "operator"))
        return client

    def page(self, former: Execution, step: str = "last") -> str:
        return f"{reverse('runtime:rerun', args=[former.pk])}?step={step}"

    def test_is_linked_from_the_step_and_holds_the_former_parameters(
        self, browser: Client, former: Execution
    ) -> None:
        text = browser.get(
            reverse("runtime:step", args=[former.pk, "last"]), headers={"HX-Request": "true"}
        ).content.decode()
        assert f'href="{self.page(former)}"' in text
        text = browser.get(self.page(former)).content.decode()
        assert form_of(text)["p/who"] == ["ana@acme.test"]
        assert "<code>plain</code>" in text[text.index('id="kept"') :]
        assert "<code>last</code>" in text[text.index('id="repeated"') : text.index('id="kept"')]

    def test_starts_once_and_leads_to_the_new_execution(
        self, browser: Client, former: Execution
    ) -> None:
        posted: dict[str, Any] = {**form_of(browser.get(self.page(former)).content.decode())}
        posted |= {"p/days": "5"}
        first, second = (browser.post(self.page(former), posted) for _ in range(2))
        assert (first.status_code, first["Location"]) == (302, second["Location"])
        with tenant_scope(former.tenant_id):
            made = Execution.objects.exclude(pk=former.pk).get()
        assert made.parameters["days"] == 5

    def test_asks_to_confirm_and_then_does_it(self, browser: Client, former: Execution) -> None:
        posted: dict[str, Any] = {**form_of(browser.get(self.page(former)).content.decode())}
        posted |= {"p/who": "bo@acme.test"}
        refused = browser.post(self.page(former), posted)
        text = refused.content.decode()
        assert refused.status_code == 400
        assert 'href="#confirmed"' in text
        assert "Keep what first did with the former values" in text
        posted = {**form_of(text), "confirmed": "1"}
        assert browser.post(self.page(former), posted).status_code == 302

    def test_says_what_is_wrong_and_starts_nothing(
        self, browser: Client, former: Execution
    ) -> None:
        posted: dict[str, Any] = {**form_of(browser.get(self.page(former)).content.decode())}
        refused = browser.post(self.page(former), posted | {"p/days": "0", "p/who": "x"})
        assert refused.status_code == 400
        assert "Fix 2 answers" in refused.content.decode()
        with tenant_scope(former.tenant_id):
            assert Execution.objects.count() == 1

    def test_is_there_for_no_other_step_and_nobody_else(
        self, browser: Client, former: Execution, globex: Tenant, acme: Tenant
    ) -> None:
        assert browser.get(self.page(former, "none")).status_code == 404
        browser.force_login(make_member(globex, "admin"))
        assert browser.get(self.page(former)).status_code == 404
        browser.force_login(make_member(acme, "viewer"))
        assert browser.get(self.page(former)).status_code == 403
