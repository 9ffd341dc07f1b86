"""Starting: who may, with what, once for a key; and nothing half-written when it is refused."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connections

from catalog.services.edit_metadata import edit_metadata
from governance.models import Decision
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, InvalidInput, NotFound, PurposeRequired, TooManyRequests
from maestro.kernel.statements import fetch
from maestro.kernel.tenant import tenant_scope
from maestro.router.admission import Admission, use_policy
from maestro.runtime.models import Execution, ExecutionEvent, StepRun
from maestro.runtime.services.find_version import NoVersion, WorkflowArchived
from maestro.runtime.services.run_inputs import InputsInvalid
from maestro.runtime.services.start_execution import IdempotencyKeyReused, start_execution
from maestro.tenancy.models import Tenant
from tests.factories import actor_of
from tests.runtime.driving import ALIASES, drive, freeze, start

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

ONE = "- {id: a, task: core.set@1, with: {values: {}}}"
ASKING = {
    "parameters": "parameters: {type: object, required: [n], properties: {n: {type: integer},"
    " mail: {type: string, format: email}, kind: {enum: [a, b], default: a}}}"
}
WITH_SECRET = {
    "rest": "secrets: {token: {description: For the call}}\n"
    "endpoints: {there: {description: There, default: 'https://there.example'}}"
}
CALLS = """
- id: a
  task: http.request@1
  with: {method: GET, url: "${{ endpoints.there }}", auth: {bearer: "${{ secrets.token }}"}}
"""


def count(tenant: Tenant) -> int:
    """How many executions there are."""
    with tenant_scope(tenant.pk):
        return Execution.objects.count()


def test_an_execution_pins_the_version_and_says_who_and_what_for(author: Actor) -> None:
    version = freeze(author, ONE, **ASKING)
    execution = start(author, parameters={"n": 3})
    assert (execution.version_digest, execution.version_number) == (version.digest, "1.0.0")
    assert execution.parameters == {"n": 3, "kind": "a"}
    assert (execution.started_by, execution.purpose) == (author.id, "practice")
    with tenant_scope(execution.tenant_id):
        decision = Decision.objects.get(pk=execution.decision_id)
    assert (decision.action, decision.allow) == ("execution.start", True)


def test_every_wrong_parameter_is_named_at_once_and_nothing_is_written(
    author: Actor, acme: Tenant
) -> None:
    freeze(author, ONE, **ASKING)
    with pytest.raises(InputsInvalid) as refused:
        start(author, parameters={"mail": "nobody", "kind": "c", "more": 1})
    assert {problem.path for problem in refused.value.problems} == {
        "/parameters/n",
        "/parameters/mail",
        "/parameters/kind",
        "/parameters/more",
    }
    assert count(acme) == 0


def test_who_may_not_start_is_not_told_what_is_wrong_with_the_inputs(
    author: Actor, acme: Tenant
) -> None:
    freeze(author, ONE, **ASKING)
    with pytest.raises(Denied):
        start(actor_of(acme, "viewer"), parameters={"mail": "nobody"})


def test_a_viewer_may_not_start_and_the_refusal_is_on_record(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE)
    viewer = actor_of(acme, "viewer")
    with pytest.raises(Denied):
        start(viewer)
    with tenant_scope(acme.pk):
        assert Decision.objects.filter(actor_id=viewer.id, allow=False).count() == 1
    assert count(acme) == 0


def test_starting_needs_a_purpose(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE)
    with pytest.raises(PurposeRequired):
        start(author.for_purpose(""))
    assert count(acme) == 0


def test_a_workflow_of_another_tenant_is_not_there_unless_it_is_global(
    author: Actor, globex: Tenant
) -> None:
    version = freeze(author, ONE)
    stranger = actor_of(globex, "operator")
    for address in ("tried", "acme/tried"):
        with pytest.raises(NotFound):
            start(stranger, address)
    edit_metadata(
        actor=author.for_purpose("workflow.authoring"),
        tenant_id=version.tenant_id,
        definition_id=version.definition_id,
        changes={"scope": "global"},
    )
    execution = start(stranger, "acme/tried")
    assert execution.tenant_id == globex.pk
    with pytest.raises(NotFound):
        start(stranger, "tried")


def test_an_archived_workflow_and_one_without_a_version_do_not_start(author: Actor) -> None:
    version = freeze(author, ONE)
    with pytest.raises(NotFound, match="no version 9"):
        start(author, version="9.0.0")
    edit_metadata(
        actor=author,
        tenant_id=version.tenant_id,
        definition_id=version.definition_id,
        changes={"status": "archived"},
    )
    with pytest.raises(WorkflowArchived):
        start(author)
    assert issubclass(NoVersion, Exception)


def test_a_secret_that_is_not_stored_is_asked_for_before_anything_runs(
    author: Actor, acme: Tenant
) -> None:
    freeze(author, CALLS, **WITH_SECRET)
    with pytest.raises(InvalidInput) as refused:
        start(author)
    assert [problem.code for problem in refused.value.problems] == ["secret_missing"]
    with pytest.raises(InvalidInput) as unknown:
        start(author, secrets={"token": "nowhere", "other": "x"})
    codes = [problem.code for problem in unknown.value.problems]
    assert codes == ["unknown_secret", "not_a_secret"]
    admin = actor_of(acme, "admin")
    set_secret(actor=admin, tenant_id=acme.pk, name="vendor-token", value="canary-value-1")
    execution = start(author, secrets={"token": "vendor-token"})
    assert execution.secrets == {"token": "vendor-token"}


def test_wrong_parameters_secrets_and_endpoints_are_all_named_at_once(author: Actor) -> None:
    freeze(author, CALLS, **WITH_SECRET, **ASKING)
    with pytest.raises(InputsInvalid) as refused:
        start(author, parameters={"kind": "c"}, endpoints={"here": "https://a.example"})
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("/parameters/n", "missing"),
        ("/parameters/kind", "not_allowed"),
        ("/secrets/token", "secret_missing"),
        ("/endpoints/here", "not_an_endpoint"),
    ]


@pytest.mark.parametrize("model", [StepRun, ExecutionEvent])
def test_a_step_or_event_of_another_tenants_execution_is_refused_by_the_database(
    author: Actor, globex: Tenant, model: type[StepRun] | type[ExecutionEvent]
) -> None:
    freeze(author, ONE)
    theirs = start(author)
    planted = model(tenant_id=globex.pk, execution_id=theirs.pk, step_id="x")
    if isinstance(planted, ExecutionEvent):
        planted.kind, planted.at = "planted", now()
    with (
        pytest.raises(IntegrityError, match="names no row of this tenant"),
        tenant_scope(globex.pk),
    ):
        planted.save(force_insert=True)


def test_a_parent_step_of_another_tenant_is_refused_by_the_database(
    author: Actor, globex: Tenant
) -> None:
    freeze(author, ONE)
    drive(start(author).pk)
    [theirs] = fetch("jobs", "SELECT id FROM runtime_steprun", {})
    stranger = actor_of(globex, "author")
    freeze(stranger, ONE)
    with pytest.raises(IntegrityError, match="names no row of this tenant"):
        start(stranger, parent=(theirs["id"], 0))
    assert count(globex) == 0
    assert start(author, parent=(theirs["id"], 0)).depth == 1


def test_the_same_key_gives_the_same_execution_and_another_request_is_refused(
    author: Actor, acme: Tenant
) -> None:
    freeze(author, ONE, **ASKING)
    first = start_execution(
        actor=author, workflow="tried", parameters={"n": 1}, idempotency_key="k"
    )
    again = start_execution(
        actor=author, workflow="tried", parameters={"n": 1}, idempotency_key="k"
    )
    assert (first.created, again.created) == (True, False)
    assert again.execution.pk == first.execution.pk
    with pytest.raises(IdempotencyKeyReused):
        start_execution(actor=author, workflow="tried", parameters={"n": 2}, idempotency_key="k")
    assert count(acme) == 1


def test_a_key_belongs_to_its_tenant(author: Actor, globex: Tenant) -> None:
    freeze(author, ONE)
    other = actor_of(globex, "author")
    freeze(other, ONE)
    mine = start(author, idempotency_key="k")
    theirs = start(other, idempotency_key="k")
    assert mine.pk != theirs.pk


def test_fifty_equal_starts_at_once_make_one_execution(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE)
    barrier = threading.Barrier(50)
    found: list[str] = []

    def go() -> None:
        try:
            barrier.wait(30)
            found.append(str(start(author, idempotency_key="once").pk))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 50
    assert len(set(found)) == 1
    assert count(acme) == 1


def test_work_that_is_not_admitted_is_told_when_to_come_back(author: Actor, acme: Tenant) -> None:
    freeze(author, ONE)
    before = use_policy(lambda tenant_id, work_class: Admission(admitted=False, retry_after=7.2))
    try:
        with pytest.raises(TooManyRequests) as refused:
            start(author)
    finally:
        use_policy(before)
    assert refused.value.retry_after == 7
    assert count(acme) == 0
