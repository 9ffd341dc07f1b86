"""Evidence of executions: what it says, that it verifies, and that it is made whatever happens."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from governance.models import EvidenceBundle, EvidenceDue
from governance.services.set_secret import set_secret
from governance.signing import signing_ring
from governance.trust.evidence import Verified, verify_bundle
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.decide_step import decide_step
from maestro.runtime.services.make_evidence import make_evidence
from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in
from tests.factories import actor_of
from tests.runtime.driving import ALIASES, freeze, run, steps_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

SIMPLE = """
- id: one
  task: core.set@1
  with: {values: {a: "${{ params.word }}"}}
- id: two
  task: core.transform@1
  needs: [one]
  with: {value: "${{ steps.one.output.a }}"}
"""
WORD = "parameters: {type: object, properties: {word: {type: string, default: hello}}}"
ASKING = """
- id: asked
  task: core.approval@1
  with: {count: 1, message: "May it?"}
"""
FAILING = """
- id: fails
  task: core.fail@1
  with: {message: "It was told to."}
"""


def bundle_of(execution: Execution) -> bytes:
    """The bundle that is kept."""
    with tenant_scope(execution.tenant_id):
        return bytes(EvidenceBundle.objects.get(subject_id=execution.pk).content)


def proved(execution: Execution) -> Any:
    """What the bundle proves."""
    found: Verified = verify_bundle(bundle_of(execution), signing_ring().trusted)
    return found.record


def test_the_evidence_names_what_ran_and_holds_no_value(acme: Tenant, author: Actor) -> None:
    version = freeze(author, SIMPLE, parameters=WORD)
    execution = run(author, parameters={"word": "a peculiar word"})
    assert make_evidence() == 1
    said = proved(execution)
    assert said["workflow"] == {
        "address": "acme/tried",
        "version": "1.0.0",
        "digest": version.digest,
        "risk": "low",
    }
    assert said["execution"]["id"] == str(execution.pk)
    assert said["execution"]["status"] == "succeeded"
    assert said["execution"]["started_by"] == {"id": str(author.id), "name": author.name}
    assert said["inputs"]["parameters"] == digest({"word": "a peculiar word"})
    one, two = said["steps"]
    rows = steps_of(execution)
    assert (one["id"], one["attempts"], one["status"]) == ("one", 1, "succeeded")
    assert one["input"] == digest(rows["one"].input)
    assert two["output"] == rows["two"].output_digest == digest("a peculiar word")
    assert one["manifest"].startswith("1.")
    assert [each["action"] for each in said["decisions"]] == ["execution.start"]
    assert said["decisions"][0]["revision"].startswith("r-")
    assert [each["kind"] for each in said["receipts"]] == ["workflow.freeze"]
    assert b"a peculiar word" not in bundle_of(execution)


def test_who_approved_and_why_is_in_it(acme: Tenant, author: Actor) -> None:
    freeze(author, ASKING)
    execution = run(author)
    assert make_evidence() == 0
    approver = actor_of(acme, "admin")
    decide_step(
        actor=approver,
        tenant_id=acme.pk,
        execution_id=execution.pk,
        step_id="asked",
        approve=True,
        rationale="The manager agrees.",
    )
    drive(execution.pk)
    assert make_evidence() == 1
    said = proved(execution)
    (approval,) = said["approvals"]
    assert approval["status"] == "approved"
    assert approval["votes"][0]["by"] == {"id": str(approver.id), "name": approver.name}
    assert approval["votes"][0]["rationale"] == "The manager agrees."
    assert said["steps"][0]["asked"] == approval["id"]
    assert {"execution.start", "approval.decide"} == {one["action"] for one in said["decisions"]}
    assert [each["kind"] for each in said["receipts"]] == ["workflow.freeze", "approval.decide"]


def test_what_failed_leaves_evidence_too(author: Actor) -> None:
    freeze(author, FAILING)
    execution = run(author)
    make_evidence()
    said = proved(execution)
    assert said["execution"]["status"] == "failed"
    assert said["steps"][0]["error"] == "failed"


def test_the_names_of_secrets_are_in_it_and_no_value(acme: Tenant, author: Actor) -> None:
    admin = actor_of(acme, "admin")
    set_secret(actor=admin, tenant_id=acme.pk, name="key", value="canary-0123456789")
    freeze(
        author,
        """
        - id: call
          task: http.request@1
          with: {method: GET, url: "${{ endpoints.api }}", auth: {bearer: "${{ secrets.key }}"}}
        """,
        rest="""
        secrets: {key: {description: A key.}}
        endpoints: {api: {description: An address., default: "http://127.0.0.1:9/"}}
        """,
    )
    execution = run(author)
    make_evidence()
    assert proved(execution)["inputs"]["secrets"] == ["key"]
    assert b"canary-0123456789" not in bundle_of(execution)


def test_an_execution_has_one_bundle_however_many_make_it(author: Actor) -> None:
    freeze(author, SIMPLE, parameters=WORD)
    executions = [run(author) for _ in range(6)]

    def make(_: int) -> int:
        try:
            return make_evidence()
        finally:
            connections["jobs"].close()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(make, range(3))) == 6
    with tenant_scope(executions[0].tenant_id):
        assert EvidenceBundle.objects.count() == 6
        assert not EvidenceDue.objects.exists()


def test_what_could_not_be_signed_is_tried_again(
    author: Actor, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    freeze(author, SIMPLE, parameters=WORD)
    execution = run(author)
    file, settings.MAESTRO_SIGNING_KEY_FILE = settings.MAESTRO_SIGNING_KEY_FILE, ""
    assert make_evidence() == 0
    assert "No evidence of execution" in caplog.text
    with tenant_scope(execution.tenant_id):
        due = EvidenceDue.objects.get()
        assert due.attempts == 1
        assert due.next_attempt_at > due.since
    settings.MAESTRO_SIGNING_KEY_FILE = file
    assert make_evidence() == 0  # not yet
    EvidenceDue.objects.using("jobs").update(next_attempt_at=due.since)
    assert make_evidence() == 1
    assert proved(execution)["execution"]["id"] == str(execution.pk)


def test_another_tenant_sees_no_evidence(author: Actor, globex: Tenant) -> None:
    freeze(author, SIMPLE, parameters=WORD)
    run(author)
    make_evidence()
    with tenant_scope(globex.pk):
        assert not EvidenceBundle.objects.exists()


def test_more_steps_cost_no_more_statements(author: Actor) -> None:
    counts = []
    for number in (2, 12):
        steps = "".join(
            f"- {{id: s{n}, task: core.set@1, with: {{values: {{}}}}}}\n" for n in range(number)
        )
        freeze(author, steps, name=f"with-{number}")
        run(author, f"with-{number}")
        with CaptureQueriesContext(connections["jobs"]) as asked:
            make_evidence()
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_value_that_changes_changes_its_digest(author: Actor) -> None:
    freeze(author, SIMPLE, parameters=WORD)
    found = []
    for word in ("a", "b"):
        execution = run(author, parameters={"word": word})
        make_evidence()
        found.append(proved(execution))
    first, second = found
    assert first["inputs"]["parameters"] != second["inputs"]["parameters"]
    assert first["steps"][0]["input"] != second["steps"][0]["input"]
    assert UUID(first["execution"]["id"]) != UUID(second["execution"]["id"])
    assert json.dumps(first["workflow"]) == json.dumps(second["workflow"])


def test_the_api_gives_the_bundle_or_says_why_not(
    acme: Tenant, author: Actor, globex: Tenant
) -> None:
    freeze(author, ASKING)
    execution = run(author)
    address = f"executions/{execution.pk}/evidence/"
    calls, stranger = caller_in(acme, "operator"), caller_in(globex, "admin")
    answer = calls.get(address)
    assert answer.status_code == 409
    assert answer.json()["code"] == "no_evidence_yet"
    assert answer.json()["detail"] == "It has not ended yet."
    cancel_execution(actor=author, tenant_id=execution.tenant_id, execution_id=execution.pk)
    drive(execution.pk)
    assert calls.get(address).json()["detail"] == "Its evidence is being made."
    make_evidence()
    answer = calls.get(address, headers={"Accept": "application/gzip"})
    assert answer["Content-Type"] == "application/gzip"
    assert answer.content == bundle_of(execution)
    assert answer["ETag"].strip('"') == verify_bundle(answer.content, signing_ring().trusted).digest
    for accept in ("application/json", "application/gzip"):
        refused = stranger.get(address, headers={"Accept": accept})
        assert refused.status_code == 404
        assert refused.json()["code"] == "not_found"
