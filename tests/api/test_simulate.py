"""`/api/simulate/`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from governance.models import Decision
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, StepRun
from maestro.tenancy.models import Tenant
from tests.api.calling import EXAMPLES, Caller, codes_of, is_problem
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STEP = "- {id: a, task: http.request@1, with: {url: '${{ endpoints.there }}'}}"
THERE = 'endpoints: {there: {default: "https://svc.example/x"}}'


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_simulated_as_it_is_written(author_calls: Caller, example: Path) -> None:
    written = yaml.safe_load(example.read_text())
    answer = author_calls.post(
        "simulate/",
        {
            "document": example.read_text(),
            "parameters": written["examples"][0]["parameters"],
            "endpoints": dict.fromkeys(written["endpoints"], "https://svc.example"),
        },
    )
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert [one["step_id"] for one in told["steps"]] == [one["id"] for one in written["steps"]]
    assert told["policy"]["allow"] is True
    assert told["budget"] == {"admitted": True}
    assert "svc.example" in told["hosts"]


def test_a_workflow_is_simulated_by_its_address_and_nothing_is_kept(
    author_calls: Caller, acme: Tenant
) -> None:
    author_calls.freeze(document(STEP, rest=THERE))
    with tenant_scope(acme.pk):
        decisions = Decision.objects.count()
    told = author_calls.post("simulate/", {"workflow": "tried"}).json()
    assert told["status"] == "succeeded"
    assert told["steps"][0]["calls"][0]["summary"] == "GET https://svc.example/x"
    with tenant_scope(acme.pk):
        assert (Execution.objects.count(), StepRun.objects.count()) == (0, 0)
        assert Decision.objects.count() == decisions


def test_what_is_wrong_with_a_simulation_is_said(author_calls: Caller) -> None:
    author_calls.freeze(document(STEP, rest=THERE))
    is_problem(author_calls.post("simulate/", {}), 400, "invalid_input")
    is_problem(author_calls.post("simulate/", {"workflow": "none"}), 404, "not_found")
    is_problem(author_calls.post("simulate/", {"document": "a: ["}), 400, "document_invalid")
    odd = author_calls.post("simulate/", {"workflow": "tried", "parameters": {"x": 1}})
    is_problem(odd, 400, "inputs_invalid")
    assert {path for path, _ in codes_of(odd)} == {"/parameters/x"}
    where = author_calls.post(
        "simulate/", {"workflow": "tried", "endpoints": {"here": "https://a"}}
    )
    assert codes_of(where) == {("/endpoints/here", "not_an_endpoint")}


def test_who_only_looks_simulates_nothing(author_calls: Caller, viewer_calls: Caller) -> None:
    author_calls.freeze(document(STEP, rest=THERE))
    is_problem(viewer_calls.post("simulate/", {"workflow": "tried"}), 403, "denied")
