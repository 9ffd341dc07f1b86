"""A tenant's policy data: written by its admins, counted, and told to policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from governance.models import PolicyData, Receipt
from governance.policy import engine as engines
from governance.policy.facts import policy_input
from governance.policy.follow import Database
from governance.policy.rules import Followed, TenantData, TenantRules, WorkingHours, tenant_data
from governance.resource import Resource
from governance.services.read_purposes import may_write_policy_data, read_policy_data
from governance.services.set_policy_data import set_policy_data
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, Denied, InvalidInput
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
OFFICE = WorkingHours("Europe/Berlin", (1, 2, 3, 4, 5), "08:00", "18:00")
DATA = TenantData(
    allowed_hosts=("api.example.test", "db.example.test:5432", "[::1]:80"),
    environments=("production",),
    regions=(),
    hours=OFFICE,
    quota_limits={"executions_per_day": 100},
)


@pytest.fixture
def admin(acme: Tenant) -> Actor:
    return actor_of(acme, "admin")


def put(actor: Actor, data: TenantData = DATA, revision: int | None = None) -> PolicyData:
    assert actor.tenant_id is not None
    return set_policy_data(actor=actor, tenant_id=actor.tenant_id, data=data, revision=revision)


def test_what_is_written_is_read_and_its_revision_counted(acme: Tenant, admin: Actor) -> None:
    viewer = actor_of(acme, "viewer")
    assert read_policy_data(actor=viewer) == TenantData()
    put(admin)
    assert read_policy_data(actor=viewer) == replace(DATA, revision=1)
    put(admin, TenantData())
    assert read_policy_data(actor=viewer) == TenantData(revision=2)
    with tenant_scope(acme.pk):
        said = Receipt.objects.filter(kind="policy_data.write").order_by("id")
        what = [each.statement["predicate"]["what"] for each in said]
    assert [each["revision"] for each in what] == [1, 2]
    assert what[1]["before"] == what[0]["after"] == DATA.as_dict()


def test_another_tenant_s_is_another(admin: Actor, globex: Tenant) -> None:
    put(admin)
    assert read_policy_data(actor=actor_of(globex, "viewer")) == TenantData()


def test_two_who_read_the_same_do_not_both_write(admin: Actor) -> None:
    put(admin, revision=0)
    with pytest.raises(Conflict, match="revision 1"):
        put(admin, revision=0)
    assert put(admin, revision=1).revision == 2


def test_it_is_for_admins(acme: Tenant, admin: Actor) -> None:
    author = actor_of(acme, "author")
    with pytest.raises(Denied):
        put(author)
    assert may_write_policy_data(actor=admin)
    assert not may_write_policy_data(actor=author)


@pytest.mark.parametrize(
    "host",
    ["*.example.test", "Example.test", "a b", "", "example.test:0", "example.test:65536", ".test",
     "https://example.test", "example.test/", "user@example.test", "a" * 64, "exämple.test"],
)  # fmt: skip
def test_a_host_is_one_exact_host(admin: Actor, host: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        put(admin, TenantData(allowed_hosts=("good.test", host)))
    assert [problem.path for problem in refusal.value.problems] == ["/allowed_hosts/1"]


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (TenantData(environments=("a b",)), "/environments/0"),
        (TenantData(regions=("EU",)), "/regions/0"),
        (TenantData(regions=("eu",) * 201), "/regions"),
        (TenantData(quota_limits={"runs": -1}), "/quota_limits/runs"),
        (TenantData(hours=replace(OFFICE, timezone="Mars/Base")), "/hours/timezone"),
        (TenantData(hours=replace(OFFICE, days=())), "/hours/days"),
        (TenantData(hours=replace(OFFICE, days=(0,))), "/hours/days"),
        (TenantData(hours=replace(OFFICE, begins="7:00")), "/hours/begins"),
        (TenantData(hours=replace(OFFICE, begins="18:00")), "/hours/ends"),
        (TenantData(hours=replace(OFFICE, ends="29:00")), "/hours/ends"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(admin: Actor, data: TenantData, path: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        put(admin, data)
    assert path in {problem.path for problem in refusal.value.problems}


def test_hours_are_those_of_their_zone() -> None:
    def at(*when: int) -> bool:
        return OFFICE.cover(datetime(*when, tzinfo=UTC))  # type: ignore[arg-type]

    assert at(2026, 11, 20, 7, 0)  # a Friday, 08:00 in Berlin
    assert not at(2026, 11, 20, 6, 59)
    assert not at(2026, 11, 20, 17, 0)
    assert not at(2026, 11, 21, 12, 0)
    assert at(2026, 7, 20, 6, 0)  # 08:00 in summer
    assert replace(OFFICE, ends="24:00").cover(datetime(2026, 11, 20, 22, 59, tzinfo=UTC))


def test_policy_is_told_all_of_it_whatever_a_caller_says(admin: Actor, acme: Tenant) -> None:
    def told(rules: TenantRules | None) -> dict[str, Any]:
        context = policy_input(
            actor=admin,
            action="workflow.read",
            resource=Resource(type="workflow", id="w1", tenant_id=acme.pk),
            context={"allowed_hosts": ["evil.test"], "in_hours": 5},
            rules=rules,
        )["context"]
        names = TenantData().facts()
        return {name: context[name] for name in names}

    assert told(None) == {
        "data_revision": 0,
        "allowed_hosts": None,
        "environments": None,
        "regions": None,
        "in_hours": True,
        "quota_limits": None,
    }
    nowhere = replace(OFFICE, begins="00:00", ends="00:00")
    assert told(TenantRules(data=replace(DATA, revision=3, hours=nowhere))) == {
        "data_revision": 3,
        "allowed_hosts": ["api.example.test", "db.example.test:5432", "[::1]:80"],
        "environments": ["production"],
        "regions": [],
        "in_hours": False,
        "quota_limits": {"executions_per_day": 100},
    }


def test_it_is_kept_as_it_is_read() -> None:
    assert tenant_data(DATA.as_dict(), 4) == replace(DATA, revision=4)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_it_is_followed_for_its_tenant_alone(acme: Tenant, globex: Tenant) -> None:
    source = Database()
    book = Followed(source.rules)
    before = engines.use_book(book)
    try:
        assert engines.rules_of(acme.pk).data == TenantData()
        put(actor_of(acme, "admin"))
        book.forget()
        assert engines.rules_of(acme.pk).data == replace(DATA, revision=1)
        assert engines.rules_of(globex.pk).data == TenantData()
    finally:
        engines.use_book(before)
        source.close()
