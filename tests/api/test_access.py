"""`/api/access/`: filtered, paged, exported; and quick however much there is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connections

from governance.services.set_secret import set_secret
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in
from tests.factories import actor_of, make_member, make_user

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def store(tenant: Tenant, name: str, person: str, purpose: str) -> None:
    user = make_member(tenant, "admin", user=make_user(name=person))
    actor = actor_of(tenant, "admin", user=user, purpose=purpose)
    set_secret(actor=actor, tenant_id=tenant.pk, name=name, value="a-long-value")


@pytest.fixture
def filled(acme: Tenant, globex: Tenant) -> Tenant:
    store(acme, "annas", "Anna Berg", "security.rotation")
    store(acme, "bens", "Ben Ohm", "audit.evidence")
    store(globex, "theirs", "Anna Berg", "security.rotation")
    return acme


def test_it_says_who_what_and_for_which_purpose(filled: Tenant) -> None:
    calls = caller_in(filled, "admin", purpose="audit.evidence")
    found = calls.get("access/?resource_type=secret&purpose=security.rotation").json()
    assert found["next"] is None
    [one] = found["results"]
    assert (one["person"], one["action"], one["resource_id"]) == (
        "Anna Berg",
        "secret.write",
        "annas",
    )
    assert (one["allowed"], one["reasons"], one["channel"]) == (True, [], "api")
    assert one["revision"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("resource_type=secret", ["bens", "annas"]),
        ("person=berg", ["annas"]),
        ("action=secret.write&person=OHM", ["bens"]),
        ("purpose=practice", []),
        ("resource_type=secret&since=2999-01-01T00:00:00Z", []),
        ("resource_type=secret&until=2000-01-01T00:00:00Z", []),
        ("resource_type=secret&since=2000-01-01T00:00:00Z", ["bens", "annas"]),
    ],
)
def test_each_filter_narrows_it(filled: Tenant, query: str, names: list[str]) -> None:
    calls = caller_in(filled, "admin", purpose="audit.evidence")
    results = calls.get(f"access/?{query}").json()["results"]
    assert [each["resource_id"] for each in results] == names


def test_pages_follow_one_another_and_the_export_has_all(filled: Tenant) -> None:
    calls = caller_in(filled, "admin", purpose="audit.evidence")
    path, seen = "access/?resource_type=secret&page_size=1", list[Any]()
    while path:
        page = calls.get(path).json()
        seen += page["results"]
        path = (page["next"] or "").partition("/api/")[2]
    exported = calls.get("access/export/?resource_type=secret")
    assert exported["Content-Type"] == "application/jsonl"
    lines = exported.getvalue().decode().splitlines()
    assert [json.loads(line) for line in lines] == seen
    assert [each["resource_id"] for each in seen] == ["bens", "annas"]


@pytest.mark.parametrize("query", ["since=x", "before=x", "page_size=0", "person=%00"])
def test_a_filter_that_is_no_value_is_refused(acme: Tenant, query: str) -> None:
    assert caller_in(acme, "admin").get(f"access/?{query}").status_code == 400


@pytest.mark.parametrize("path", ["access/", "access/export/"])
def test_it_is_for_who_may_read_it_and_reading_it_is_an_access(acme: Tenant, path: str) -> None:
    assert caller_in(acme, "author").get(path).status_code == 403
    calls = caller_in(acme, "admin", purpose="audit.evidence")
    assert calls.get(path).status_code == 200
    last = calls.get("access/?action=decision.read&purpose=audit.evidence").json()["results"]
    assert last


MANY = """
INSERT INTO governance_decision (id, tenant_id, actor_kind, actor_name, action, resource_type,
    resource_id, allow, reasons, obligations, purpose, channel, revision, input_digest, latency_us,
    request_id, decided_at)
SELECT gen_random_uuid(), %s, 'user', 'Ada', 'execution.start', 'workflow', n::text, true, '[]',
    '[]', CASE WHEN n %% 5000 = 0 THEN 'audit.evidence' ELSE 'hr.offboarding' END, 'page', 'r', '',
    0, '', now() FROM generate_series(1, 20000) n
"""
PLANNED = """
EXPLAIN SELECT * FROM governance_decision WHERE tenant_id = %s AND purpose = 'audit.evidence'
ORDER BY id DESC LIMIT 51
"""


def test_a_rare_purpose_is_found_by_an_index(acme: Tenant) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE governance_decision DISABLE TRIGGER audited")
        cursor.execute(MANY, [acme.pk])
        cursor.execute("ALTER TABLE governance_decision ENABLE TRIGGER audited")
        cursor.execute("ANALYZE governance_decision")
    with tenant_scope(acme.pk), connections["default"].cursor() as cursor:
        cursor.execute(PLANNED, [acme.pk])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "decisions_for_a_purpose" in plan
    assert "Sort" not in plan
