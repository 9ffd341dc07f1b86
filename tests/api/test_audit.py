"""`/api/audit/`: filtered, paged, exported; for who may read it, of their tenant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from governance.services.link_audit import link_audit
from governance.services.verify_audit import verify_export
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in
from tests.governance.chains import prove

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "owner", "platform"]
)


def test_entries_say_who_did_what_for_which_purpose(acme: Tenant, globex: Tenant) -> None:
    calls = caller_in(acme, "admin")
    prove(acme)
    prove(globex)
    link_audit()
    found = calls.get("audit/?verb=workflow.freeze").json()
    assert found["next"] is None
    done, allowed = found["results"]
    assert (done["outcome"], allowed["outcome"]) == ("done", "allowed")
    assert done["purpose"] == "practice"
    assert done["decision_id"] == allowed["id"]
    assert done["revision"] == allowed["revision"] != ""
    assert done["seq"] is not None
    assert done["hash"].startswith("sha256:")
    assert calls.get("audit/?subject=workflow%20w1&outcome=done").json()["results"] == [done]


def test_pages_follow_one_another(acme: Tenant) -> None:
    calls = caller_in(acme, "admin")
    for _ in range(3):
        prove(acme)
    path, seen = "audit/?verb=workflow.freeze&page_size=4", list[Any]()
    while path:
        page = calls.get(path).json()
        seen += [entry["id"] for entry in page["results"]]
        path = (page["next"] or "").partition("/api/")[2]
    assert len(seen) == len(set(seen)) == 6
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("query", ["outcome=x", "since=x", "before=x", "page_size=0", "person=%00"])
def test_a_filter_that_is_no_value_is_refused(acme: Tenant, query: str) -> None:
    assert caller_in(acme, "admin").get(f"audit/?{query}").status_code == 400


def test_the_export_is_the_whole_trail_and_verifies(acme: Tenant, tmp_path: Path) -> None:
    calls = caller_in(acme, "admin")
    prove(acme)
    link_audit()
    answer = calls.get("audit/export/")
    assert answer["Content-Type"] == "application/jsonl"
    lines = answer.getvalue().decode().splitlines()
    checked = verify_export(lines)
    assert (checked.entries, checked.fault) == (len(lines), None)
    assert {json.loads(line)["link"]["tenant"] for line in lines} == {str(acme.pk)}
    assert calls.get("audit/export/?since=2999-01-01T00:00:00Z").getvalue() == b""
    assert calls.get("audit/export/?since=x").status_code == 400


@pytest.mark.parametrize("path", ["audit/", "audit/export/"])
def test_it_is_for_who_may_read_it(acme: Tenant, path: str) -> None:
    answer = caller_in(acme, "author").get(path)
    assert answer.status_code == 403
    assert answer.json()["reasons"][0]["code"] == "role_missing"
    assert caller_in(acme, "admin", scopes=["execution.*"]).get(path).status_code == 403
