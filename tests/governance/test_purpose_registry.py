"""The registry of purposes: the platform's and a tenant's own, changed by who may, followed by all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.models import Decision, PolicyChange, PurposeEntry, Receipt
from governance.policy import engine as engines
from governance.policy.facts import policy_input
from governance.policy.follow import Database
from governance.policy.rules import SHIPPED, Followed, Purpose, TenantRules
from governance.purposes import find_purpose, purposes
from governance.resource import Resource
from governance.services.authorize import authorize
from governance.services.read_purposes import may_write_purposes, read_purpose, read_purposes
from governance.services.set_purpose import retire_purpose, set_purpose
from maestro.kernel.actor import Actor, system_actor
from maestro.kernel.errors import Conflict, Denied, InvalidInput, NotFound
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
COMMITTED = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
MAESTRO = system_actor("tests")


@pytest.fixture
def admin(acme: Tenant) -> Actor:
    return actor_of(acme, "admin")


def add(actor: Actor, name: str = "legal.hold", **fields: object) -> PurposeEntry:
    assert actor.tenant_id is not None
    told: dict[str, object] = {"title": "Legal hold", "description": "Keep what a court asks for."}
    return set_purpose(actor=actor, tenant_id=actor.tenant_id, name=name, **{**told, **fields})  # type: ignore[arg-type]


def names(actor: Actor) -> list[str]:
    return [each.purpose.name for each in read_purposes(actor=actor)]


def test_the_platform_begins_with_those_that_came_with_the_code(admin: Actor) -> None:
    assert names(admin) == list(SHIPPED)


def test_a_tenant_s_own_adds_to_the_platform_s_and_is_nobody_else_s(
    admin: Actor, globex: Tenant
) -> None:
    add(admin)
    assert names(admin) == [*SHIPPED, "legal.hold"]
    assert names(actor_of(globex, "viewer")) == list(SHIPPED)
    assert read_purpose(actor=admin, name="legal.hold").purpose.own
    with pytest.raises(NotFound):
        read_purpose(actor=actor_of(globex, "viewer"), name="legal.hold")


def test_the_name_of_one_of_the_platform_s_is_refused(admin: Actor) -> None:
    with pytest.raises(Conflict, match="platform has"):
        add(admin, "hr.offboarding")


def test_a_change_leaves_a_receipt_of_before_and_after(admin: Actor, acme: Tenant) -> None:
    add(admin)
    add(admin, title="Hold", allowed_actions=["execution.*", "execution.*"], replaces=True)
    retire_purpose(actor=admin, tenant_id=acme.pk, name="legal.hold")
    retire_purpose(actor=admin, tenant_id=acme.pk, name="legal.hold")
    with tenant_scope(acme.pk):
        receipts = list(Receipt.objects.filter(kind="purpose.write").order_by("id"))
    said = [each.statement["predicate"]["what"] for each in receipts]
    assert [(each["before"] or {}).get("title") for each in said] == [None, "Legal hold", "Hold"]
    assert said[1]["after"]["allowed_actions"] == ["execution.*"]
    assert [each["after"]["retired"] for each in said] == [False, False, True]
    assert PolicyChange.objects.get().rules == 3


def test_one_that_is_there_is_not_added_again_unless_it_is_retired(
    admin: Actor, acme: Tenant
) -> None:
    add(admin, replaces=False)
    with pytest.raises(Conflict):
        add(admin, replaces=False)
    retire_purpose(actor=admin, tenant_id=acme.pk, name="legal.hold")
    assert add(admin, replaces=False).retired_at is None
    with pytest.raises(NotFound):
        add(admin, "legal.other", replaces=True)
    with pytest.raises(NotFound):
        retire_purpose(actor=admin, tenant_id=acme.pk, name="legal.other")


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"name": "Legal"}, "/name"),
        ({"name": "legal..hold"}, "/name"),
        ({"name": "l" * 65}, "/name"),
        ({"title": " "}, "/title"),
        ({"description": "two\nlines"}, "/description"),
        ({"allowed_actions": ["execution.*", "execution.fly"]}, "/allowed_actions/1"),
        ({"allowed_actions": ["*"]}, "/allowed_actions/0"),
    ],
)
def test_what_is_wrong_with_one_is_said(
    admin: Actor, fields: dict[str, object], place: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add(admin, **fields)  # type: ignore[arg-type]
    assert [problem.path for problem in refusal.value.problems] == [place]


def test_admins_write_and_everybody_with_a_place_reads(acme: Tenant, admin: Actor) -> None:
    viewer = actor_of(acme, "viewer")
    with pytest.raises(Denied):
        add(viewer)
    assert names(viewer) == list(SHIPPED)
    assert (may_write_purposes(actor=viewer), may_write_purposes(actor=admin)) == (False, True)


def test_a_tenant_s_admin_changes_nothing_of_the_platform_s(admin: Actor) -> None:
    with pytest.raises(Denied):
        set_purpose(
            actor=admin, tenant_id=PLATFORM_TENANT, name="fun", title="Fun", description="Fun."
        )


@pytest.fixture
def followed() -> Iterator[Followed]:
    """As the processes of the product do it, but that a change is seen at once."""
    source = Database()
    book = Followed(source.rules)
    before = engines.use_book(book)
    yield book
    engines.use_book(before)
    source.close()


@COMMITTED
def test_what_is_written_counts_where_it_was_written(
    acme: Tenant, globex: Tenant, followed: Followed
) -> None:
    admin = actor_of(acme, "admin", purpose="audit.evidence")
    assert find_purpose("legal.hold", acme.pk) is None
    add(admin, allowed_actions=["execution.*"], in_production=False)
    followed.forget()
    found = find_purpose("legal.hold", acme.pk)
    assert found == Purpose(
        "legal.hold",
        "Legal hold",
        "Keep what a court asks for.",
        in_production=False,
        allowed_actions=("execution.*",),
        own=True,
    )
    assert [each.name for each in purposes(acme.pk)] == [*SHIPPED, "legal.hold"]
    assert find_purpose("legal.hold", globex.pk) is None
    with tenant_scope(acme.pk):
        assert find_purpose("legal.hold") == found
    retire_purpose(actor=admin, tenant_id=acme.pk, name="legal.hold")
    followed.forget()
    assert find_purpose("legal.hold", acme.pk) is None


@COMMITTED
def test_the_platform_s_own_people_retire_one_for_everybody(
    acme: Tenant, followed: Followed
) -> None:
    retire_purpose(actor=MAESTRO, tenant_id=PLATFORM_TENANT, name="finops.review")
    followed.forget()
    assert find_purpose("finops.review", acme.pk) is None
    assert find_purpose("practice", acme.pk)
    assert "finops.review" not in names(actor_of(acme, "viewer"))


@COMMITTED
def test_deciding_asks_for_the_rules_once_a_tenant(acme: Tenant, followed: Followed) -> None:
    author = actor_of(acme, "author")
    thing = Resource(type="workflow", id="w1", tenant_id=acme.pk)
    with CaptureQueriesContext(connection) as captured:
        for _ in range(3):
            authorize(actor=author, action="workflow.freeze", resource=thing)
    assert not [one for one in captured if "purposeentry" in one["sql"]]
    assert list(followed._known) == [acme.pk]
    with tenant_scope(acme.pk):
        assert Decision.objects.count() == 3


def test_policy_is_told_whether_the_purpose_allows_the_action(admin: Actor, acme: Tenant) -> None:
    limited = Purpose("runs", "Runs", "Runs only.", allowed_actions=("execution.*", "secret.read"))
    rules = TenantRules({"runs": limited})

    def told(action: str, purpose: str = "runs") -> bool:
        facts = policy_input(
            actor=admin.for_purpose(purpose),
            action=action,
            resource=Resource(type="workflow", id="w1", tenant_id=acme.pk),
            context={"purpose_allows": "yes"},
            rules=rules,
        )
        return bool(facts["context"]["purpose_allows"])

    assert told("execution.start")
    assert told("secret.read")
    assert not told("secret.write")
    assert not told("executions.start")
    assert told("secret.write", "unknown")  # which is refused as unknown


@COMMITTED
def test_what_a_purpose_does_not_allow_is_refused(acme: Tenant, followed: Followed) -> None:
    admin = actor_of(acme, "admin")
    add(admin, allowed_actions=["execution.*"])
    followed.forget()
    thing = Resource(type="workflow", id="w1", tenant_id=acme.pk)
    with pytest.raises(Denied) as refusal:
        authorize(actor=admin.for_purpose("legal.hold"), action="workflow.freeze", resource=thing)
    assert [reason.code for reason in refusal.value.reasons] == ["purpose_not_allowed"]
    assert authorize(actor=admin, action="workflow.freeze", resource=thing).allow
