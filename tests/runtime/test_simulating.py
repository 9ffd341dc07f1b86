"""A simulation says what a run would do; nothing is written and nothing leaves the process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from django.apps import apps

from catalog.services.freeze_version import freeze_version
from catalog.services.read_document import document_of
from connectors.contract import Call, Manifest, PlannedCall
from connectors.models import Connection
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, InvalidInput
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.engine_state import State
from maestro.runtime.plan import plan_of
from maestro.runtime.rehearsal import Rehearsed, rehearse
from maestro.runtime.services.simulate import Simulation, simulate
from maestro.runtime.states import ExecutionStatus
from maestro.tenancy.models import Tenant
from tests.api.calling import EXAMPLES
from tests.factories import actor_of
from tests.runtime.driving import document, freeze

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
_noted: list[str] | None = None


def _note(event: str, _: object) -> None:
    if _noted is not None and event in NETWORK:
        _noted.append(event)


sys.addaudithook(_note)


@contextmanager
def nothing_leaves() -> Iterator[None]:
    """Fails when any code of this process asks for a name or opens a connection meanwhile.

    The interpreter itself tells (PEP 578); the database's driver has its own sockets.
    """
    global _noted
    _noted = []
    try:
        yield
        assert _noted == []
    finally:
        _noted = None


OURS = {"catalog", "connectors", "governance", "kernel", "runtime", "tenancy"}


def rows() -> dict[str, int]:
    """How many rows each table of ours has, as the tenant sees them."""
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in OURS
    }


def step(simulation: Simulation, name: str) -> Rehearsed:
    return next(one for one in simulation.steps if one.step_id == name)


@pytest.fixture
def mail(settings: Any) -> None:
    """The platform's mail server, which is never asked."""
    settings.PLATFORM_CONNECTIONS = {
        "smtp": {"host": "mail.example", "port": 587, "sender": "maestro@acme.test"}
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_simulates_to_its_end_and_names_every_call(
    author: Actor, acme: Tenant, mail: None, example: Any
) -> None:
    source = example.read_bytes()
    freeze_version(actor=author, source=source, media_type="application/yaml")
    written = yaml.safe_load(source)
    elsewhere = dict.fromkeys(written["endpoints"], "https://svc.example")
    given = written["examples"][0]["parameters"]
    with tenant_scope(acme.pk):
        before = rows()
    with nothing_leaves():
        simulation = simulate(
            actor=author,
            workflow=written["metadata"]["name"],
            parameters=given,
            endpoints=elsewhere,
        )
    with tenant_scope(acme.pk):
        assert rows() == before
    assert simulation.status == "succeeded", simulation.as_dict()
    assert [one.step_id for one in simulation.steps] == [one["id"] for one in written["steps"]]
    assert simulation.secrets == sorted(written.get("secrets", {}))
    assert simulation.missing_secrets == simulation.secrets
    assert "svc.example" in simulation.hosts
    for one, spec in zip(simulation.steps, written["steps"], strict=True):
        if spec["task"].startswith(("http.", "email.")):
            assert one.would == "run"
            assert one.calls, one
            assert all(call.summary for call in one.calls)
        if spec["task"].startswith("core.approval"):
            assert one.would == "wait"


def test_what_depends_on_an_answer_is_shown_as_the_expression_that_gives_it(
    author: Actor, mail: None
) -> None:
    source = next(path for path in EXAMPLES if path.stem == "offboard-employee").read_text()
    simulation = simulate(
        actor=author,
        document=source,
        parameters={"employee_email": "ana@acme.test", "last_day": "2026-12-18"},
        endpoints={"directory": "https://people.example"},
    )
    first = step(simulation, "find_person").calls[0]
    assert (first.method, first.host) == ("GET", "people.example")
    assert first.detail["url"] == "https://people.example/people/ana@acme.test"
    suspend = step(simulation, "suspend")
    assert suspend.depends_on == ("choose_accounts",)
    assert "item.id" in suspend.inputs["url"]
    assert suspend.inputs["auth"] == {"bearer": "••••••"}
    approve = step(simulation, "approve")
    assert (
        approve.calls[0].summary
        == "wait for 2 people of People Ops or Platform Security to approve"
    )
    assert simulation.outputs is None


def test_what_is_known_is_worked_out(author: Actor) -> None:
    freeze(
        author,
        """
        - {id: a, task: core.set@1, with: {values: {n: "${{ params.n + 1 }}"}}}
        - {id: b, task: core.transform@1, needs: [a], with: {value: "${{ steps.a.output.n * 2 }}"}}
        - {id: c, task: core.set@1, needs: [b], when: "${{ steps.b.output > 100 }}", with: {values: {}}}
        """,
        parameters="parameters: {type: object, required: [n], properties: {n: {type: integer}}}",
        rest="outputs: {twice: '${{ steps.b.output }}'}",
    )
    simulation = simulate(actor=author, workflow="tried", parameters={"n": 2})
    assert (simulation.status, simulation.outputs) == ("succeeded", {"twice": 6})
    assert step(simulation, "c").would == "be skipped"
    assert simulation.hosts == []


def test_a_step_that_would_fail_is_told_with_what_follows_from_it(author: Actor) -> None:
    simulation = simulate(
        actor=author,
        document=document(
            """
            - {id: a, task: http.request@1, with: {url: "https://other.example/"}}
            - {id: b, task: core.set@1, needs: [a], with: {values: {}}}
            - {id: c, task: core.fail@1, with: {message: On purpose.}}
            """,
            rest='endpoints: {there: {default: "https://svc.example"}}',
        ).decode(),
    )
    assert simulation.status == "failed"
    assert simulation.error is not None
    assert simulation.error["steps"] == ["a", "c"]
    refused = step(simulation, "a")
    assert refused.error is not None
    assert (refused.would, refused.error["code"]) == ("fail", "address_refused")
    assert step(simulation, "b").would == "be skipped"
    failing = step(simulation, "c").error
    assert failing is not None
    assert failing["message"] == "On purpose."


def test_a_loop_over_what_is_known_is_counted_and_told_by_its_first_item(author: Actor) -> None:
    each = """
    - id: each
      task: http.request@1
      for_each: "${{ params.who }}"
      with: {url: "${{ endpoints.there + '/people/' + item }}"}
    """
    parameters = """
    parameters:
      type: object
      properties: {who: {type: array, items: {type: string}, default: [ana, bo]}}
    """
    source = document(
        each, parameters=parameters, rest='endpoints: {there: {default: "https://svc.example"}}'
    ).decode()
    simulation = simulate(actor=author, document=source)
    told = step(simulation, "each")
    assert told.for_each == 2
    assert [call.detail["url"] for call in told.calls] == ["https://svc.example/people/ana"]
    nobody = simulate(actor=author, document=source, parameters={"who": []})
    assert step(nobody, "each").would == "be skipped"


def test_what_policy_would_say_of_a_start_is_told(author: Actor, acme: Tenant) -> None:
    freeze(author, "- {id: a, task: core.set@1, with: {values: {}}}", risk="high")
    simulation = simulate(actor=author, workflow="tried")
    assert simulation.policy["allow"] is True
    assert simulation.policy["obligations"] == [
        {"type": "require_approval", "count": 2, "teams": []}
    ]
    assert simulation.steps[0].would == "wait"
    aimless = simulate(actor=author.for_purpose(""), workflow="tried")
    assert aimless.policy["allow"] is False
    assert [reason["code"] for reason in aimless.policy["deny"]] == ["purpose_required"]


def test_who_may_not_run_it_may_not_simulate_it(acme: Tenant, author: Actor) -> None:
    freeze(author, "- {id: a, task: core.set@1, with: {values: {}}}")
    with pytest.raises(Denied):
        simulate(actor=actor_of(acme, "viewer"), workflow="tried")


def test_a_secret_of_a_connection_is_not_read_either(author: Actor, acme: Tenant) -> None:
    admin = actor_of(acme, "admin")
    set_secret(actor=admin, tenant_id=acme.pk, name="mail-password", value="CANARY-1f2e3d")
    with tenant_scope(acme.pk):
        Connection.objects.create(
            tenant_id=acme.pk,
            kind="smtp",
            config={
                "host": "mail.acme.example",
                "port": 587,
                "sender": "ops@acme.test",
                "username": "ops",
                "password": {"secret": "mail-password"},
            },
        )
    send = "- {id: send, task: email.send@1, with: {to: ana@acme.test, subject: Hi, text: Hello}}"
    simulation = simulate(actor=author, document=document(send).decode())
    assert simulation.status == "succeeded", simulation.as_dict()
    assert simulation.hosts == ["mail.acme.example:587"]
    assert "CANARY" not in str(simulation.as_dict())


def test_one_of_a_workflow_and_a_document_is_simulated(author: Actor) -> None:
    with pytest.raises(InvalidInput):
        simulate(actor=author)
    with pytest.raises(InvalidInput):
        simulate(actor=author, workflow="tried", document="a: 1")
    with pytest.raises(InvalidInput) as refused:
        simulate(
            actor=author,
            document=document("- {id: a, task: core.set@1, with: {values: {}}}").decode(),
            secrets={"key": "x"},
        )
    assert [problem.path for problem in refused.value.problems] == ["/secrets/key"]


class Careless:
    """A task of somebody else's that breaks when it is asked what it would do."""

    manifest = Manifest(
        task="core.set",
        version="1.0.0",
        major=1,
        title="Careless",
        description="Breaks.",
        input_schema={},
        output_schema={},
        capabilities=frozenset({"network"}),
    )

    def plan(self, call: Call) -> list[PlannedCall]:
        raise KeyError("unmentionable")

    def execute(self, call: Call) -> Any:
        raise AssertionError("a simulation executes nothing that reaches out")


def test_a_task_that_breaks_is_told_and_not_raised(author: Actor) -> None:
    frozen = freeze(author, "- {id: a, task: core.set@1, with: {values: {}}}")
    with tenant_scope(frozen.tenant_id):
        parsed = document_of(frozen)
    state = State(new_id(), frozen.tenant_id, ExecutionStatus.QUEUED, {}, {}, {})
    told = rehearse(plan_of(parsed), state, find_task=lambda _: Careless(), now=now())
    assert told[0].error is not None
    assert told[0].error["message"] == "core.set@1 broke: KeyError."
    assert "unmentionable" not in str(told)
