"""What policy is told of a start: the hosts that it reaches."""

from __future__ import annotations

import pytest

from catalog.document import parse_document
from catalog.models import WorkflowDefinition
from catalog.policies import approvals_asked, start_resource
from connectors.registry import registry
from maestro.kernel.tenant import PLATFORM_TENANT

DOCUMENT = b"""
apiVersion: maestro/v1
kind: Workflow
metadata: {name: ask, title: Ask, version: 1.0.0, category: HR, risk: low, owner_team: Ops,
  description: Asks., changelog: First.}
endpoints:
  directory: {default: "https://directory.example/v1"}
  mirror: {default: "https://directory.example:8443"}
  other: {}
steps:
  - id: ask
    task: http.request@1
    with: {method: GET, url: "${{ endpoints.directory + endpoints.mirror + endpoints.other }}"}
"""


def hosts(**endpoints: str) -> object:
    document = parse_document(DOCUMENT, manifests=registry().manifests())
    definition = WorkflowDefinition(tenant_id=PLATFORM_TENANT)
    return start_resource(definition, document, endpoints).attributes["hosts"]


def test_the_hosts_of_the_document_are_told() -> None:
    assert hosts() == ["directory.example", "directory.example:8443"]


def test_an_address_that_the_start_brings_takes_the_place_of_its_own() -> None:
    assert hosts(mirror="http://Mirror.example:80", other="https://other.example") == [
        "directory.example",
        "mirror.example",
        "other.example",
    ]


def test_one_that_the_document_does_not_have_is_not_reached() -> None:
    assert hosts(unknown="https://unknown.example") == hosts()


def test_what_is_no_address_stands_as_it_is() -> None:
    assert "https://a@b" in str(hosts(other="https://a@b"))


ASKS = """
apiVersion: maestro/v1
kind: Workflow
metadata: {name: ask, title: Ask, version: 1.0.0, category: HR, risk: high, owner_team: Ops,
  description: Asks., changelog: First.}
steps:
"""
LOOK = "- {id: look, task: core.set@1, with: {values: {n: 1}}}\n"
ASK = "- {id: ask, task: core.approval@1, needs: [look], with: {count: 2}%s}\n"
ACT = "- {id: act, task: core.set@1, needs: [ask], with: {values: {n: 1}}%s}\n"


@pytest.mark.parametrize(
    ("steps", "asked"),
    [
        (LOOK + ASK % "" + ACT % "", 2),
        (LOOK + ASK % ", when: '${{ steps.look.output.n > 1 }}'" + ACT % "", 0),
        (LOOK + ASK % ", on_error: continue" + ACT % "", 0),
        (LOOK + ASK % "" + ACT % ", when: \"${{ steps.ask.status != 'skipped' }}\"", 0),
        (LOOK + ASK % "" + ACT % "" + LOOK.replace("look", "beside"), 0),
        (LOOK + (ASK % "").replace("2", "'${{ steps.look.output.n }}'") + ACT % "", 0),
        (LOOK, 0),
    ],
)
def test_an_approval_that_something_goes_past_counts_for_none(steps: str, asked: int) -> None:
    document = parse_document((ASKS + steps).encode(), manifests=registry().manifests())
    assert approvals_asked(document) == asked
