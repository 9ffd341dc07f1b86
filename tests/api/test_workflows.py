"""`/api/workflows/`: find, make, change."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.models import Receipt
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.api.calling import (
    EXAMPLES,
    Caller,
    caller_in,
    codes_of,
    is_problem,
    store_secret,
)
from tests.factories import actor_of
from tests.runtime.driving import document, freeze

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STEP = "- {id: a, task: core.set@1, with: {values: {}}}"
FACTS = {
    "slug": "close-books",
    "title": "Close the books",
    "category": "FinOps",
    "owner_team": "Finance",
    "tags": ["month-end"],
}


def test_a_workflow_is_found_by_words_and_facts_with_counts_of_each(author_calls: Caller) -> None:
    for example in EXAMPLES:
        author_calls.freeze(example.read_bytes(), example.stem)
    everything = author_calls.get("workflows/").json()
    assert everything["count"] == len(EXAMPLES)
    assert {one["slug"] for one in everything["results"]} == {one.stem for one in EXAMPLES}
    found = author_calls.get("workflows/?q=leaver").json()
    assert [one["slug"] for one in found["results"]] == ["offboard-employee"]
    both = author_calls.get("workflows/?category=HR&category=Security").json()
    assert {one["category"] for one in both["results"]} == {"HR", "Security"}
    facet = {value["value"]: value["count"] for value in both["facets"]["category"]}
    assert facet == {"HR": 2, "FinOps": 2, "Security": 1, "Compliance": 1}
    tagged = author_calls.get("workflows/?tag=audit").json()
    assert [one["slug"] for one in tagged["results"]] == ["collect-access-evidence"]


def test_the_catalog_comes_in_pages(author_calls: Caller, acme: Tenant) -> None:
    actor = actor_of(acme, "author")
    for number in range(21):
        freeze(actor, STEP, name=f"w{number:02}")
    first = author_calls.get("workflows/?sort=title").json()
    second = author_calls.get("workflows/?sort=title&page=2").json()
    assert (first["count"], first["pages"], len(first["results"])) == (21, 2, 20)
    assert [one["slug"] for one in second["results"]] == ["w20"]


def test_facts_make_a_draft(author_calls: Caller) -> None:
    made = author_calls.post("workflows/", FACTS)
    assert made.status_code == 201
    body = made.json()
    assert (body["status"], body["latest_version"], body["risk"]) == ("draft", "", "medium")
    assert body["address"] == "acme/close-books"
    assert body["tags"] == ["month-end"]
    assert made["Location"] == "/api/workflows/close-books/"
    assert author_calls.client.get(made["Location"], headers=author_calls.headers).json() == body


def test_what_is_wrong_with_facts_is_said_all_at_once(author_calls: Caller) -> None:
    refused = author_calls.post(
        "workflows/",
        {"slug": "Not A Slug", "category": "Fun", "risk": 3, "tags": "x", "colour": "red"},
    )
    is_problem(refused, 400, "invalid_input")
    assert codes_of(refused) == {
        ("/slug", "invalid_slug"),
        ("/title", "required"),
        ("/owner_team", "required"),
        ("/category", "unknown_choice"),
        ("/risk", "unknown_choice"),
        ("/tags", "wrong_type"),
        ("/colour", "not_editable"),
    }


def test_a_slug_is_used_once(author_calls: Caller) -> None:
    assert author_calls.post("workflows/", FACTS).status_code == 201
    is_problem(author_calls.post("workflows/", FACTS), 409, "conflict")


@pytest.mark.parametrize("media_type", ["application/yaml", "application/x-yaml", "text/yaml"])
def test_a_yaml_document_makes_a_workflow_with_its_first_version(
    author_calls: Caller, media_type: str
) -> None:
    made = author_calls.post(
        "workflows/", document(STEP), media_type=f"{media_type}; charset=utf-8"
    )
    assert made.status_code == 201
    assert (made.json()["status"], made.json()["latest_version"]) == ("active", "1.0.0")
    again = author_calls.post("workflows/", document(STEP), media_type=media_type)
    assert again.status_code == 200


def test_a_json_document_is_told_from_facts_by_its_keys(author_calls: Caller) -> None:
    whole = {
        "apiVersion": "maestro/v1",
        "kind": "Workflow",
        "metadata": {
            "name": "tried",
            "title": "Tried",
            "version": "0.1.0",
            "category": "HR",
            "owner_team": "Tests",
        },
        "steps": [{"id": "a", "task": "core.set@1", "with": {"values": {}}}],
    }
    made = author_calls.post("workflows/", whole)
    assert made.status_code == 201, made.content
    assert made.json()["latest_version"] == "0.1.0"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_workflow_says_parameters_that_run_as_they_are(
    author_calls: Caller, acme: Tenant, example: Path
) -> None:
    author_calls.freeze(example.read_bytes(), example.stem)
    shown = author_calls.get(f"workflows/{example.stem}/").json()
    for name in shown["secrets"]:
        store_secret(acme, name)
    started = author_calls.start(
        example.stem, parameters=shown["example_parameters"], reason="For a test."
    )
    assert started.status_code == 201, started.content
    assert started.json()["status"] == "queued"
    assert shown["digest"] == started.json()["digest"]


def test_a_workflow_is_shown_by_slug_and_by_publisher_and_slug(
    author_calls: Caller, acme: Tenant
) -> None:
    author_calls.freeze(document(STEP))
    by_slug = author_calls.get("workflows/tried/")
    assert by_slug.status_code == 200
    assert author_calls.get("workflows/acme/tried/").json() == by_slug.json()
    assert by_slug.json()["parameters"]["type"] == "object"
    is_problem(author_calls.get("workflows/other/"), 404, "not_found")
    is_problem(author_calls.get("workflows/globex/tried/"), 404, "not_found")


def test_a_global_workflow_is_seen_and_run_by_another_tenant_and_changed_by_none(
    author_calls: Caller, stranger_calls: Caller
) -> None:
    author_calls.freeze(document(STEP))
    is_problem(stranger_calls.get("workflows/acme/tried/"), 404, "not_found")
    assert author_calls.patch("workflows/tried/", {"scope": "global"}).status_code == 200
    assert stranger_calls.get("workflows/acme/tried/").json()["digest"]
    assert stranger_calls.get("workflows/acme/tried/versions/1.0.0/").json()["frozen"]
    assert stranger_calls.start("acme/tried").status_code == 201
    is_problem(stranger_calls.start("tried"), 404, "not_found")
    is_problem(stranger_calls.patch("workflows/acme/tried/", {"title": "Ours"}), 404, "not_found")
    mine = stranger_calls.post(
        "workflows/acme/tried/versions/",
        document(STEP, version="2.0.0"),
        media_type="application/yaml",
    )
    is_problem(mine, 404, "not_found")


def test_a_change_of_facts_leaves_a_receipt_and_no_change_leaves_none(
    author_calls: Caller, acme: Tenant
) -> None:
    author_calls.post("workflows/", FACTS)
    changed = author_calls.patch("workflows/close-books/", {"risk": "high", "tags": ["close"]})
    assert changed.status_code == 200
    assert (changed.json()["risk"], changed.json()["tags"]) == ("high", ["close"])
    assert author_calls.patch("workflows/close-books/", {"risk": "high"}).status_code == 200
    with tenant_scope(acme.pk):
        receipts = list(Receipt.objects.filter(kind="workflow.edit_metadata"))
    assert len(receipts) == 1
    assert receipts[0].statement["predicate"]["what"]["after"] == {
        "risk": "high",
        "tags": ["close"],
    }
    assert receipts[0].purpose == "practice"


def test_what_can_not_be_changed_is_refused_by_name(author_calls: Caller) -> None:
    author_calls.post("workflows/", FACTS)
    refused = author_calls.patch(
        "workflows/close-books/", {"slug": "x", "titel": "y", "title": " ", "status": "gone"}
    )
    is_problem(refused, 400, "invalid_input")
    assert codes_of(refused) == {
        ("/slug", "not_editable"),
        ("/titel", "not_editable"),
        ("/title", "required"),
        ("/status", "unknown_choice"),
    }
    is_problem(author_calls.patch("workflows/close-books/", [1]), 400, "malformed_json")
    draft = author_calls.patch("workflows/close-books/", {"status": "active"})
    is_problem(draft, 409, "illegal_transition")


def test_an_operator_makes_no_workflow(acme: Tenant) -> None:
    calls = caller_in(acme, "operator")
    denied = is_problem(calls.post("workflows/", FACTS), 403, "denied")
    assert [reason["code"] for reason in denied["reasons"]] == ["role_missing"]
