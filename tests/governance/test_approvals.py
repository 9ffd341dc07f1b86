"""Approvals: who decides, once each, and the last one counted once."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connections, transaction

from governance.models import ApprovalDecision, ApprovalRequest, Decision, Receipt
from governance.services.close_approval import cancel_approval, expire_approval
from governance.services.decide_approval import decide_approval
from governance.services.request_approval import request_approval
from governance.services.settle_approval import settle_approval
from maestro.kernel.actor import Actor, system_actor
from maestro.kernel.clock import now
from maestro.kernel.errors import (
    Conflict,
    Denied,
    IllegalTransition,
    InvalidInput,
    NotFound,
    PurposeRequired,
    TenantRequired,
)
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of

COMMITTED = pytest.mark.django_db(transaction=True, databases=["default", "jobs", "owner"])


def ask(
    tenant: Tenant,
    *,
    count: int = 1,
    teams: Iterable[str] = (),
    started_by: UUID | None = None,
    requested_by: UUID | None = None,
    minutes: int = 60,
    using: str = "default",
) -> ApprovalRequest:
    return request_approval(
        tenant_id=tenant.pk,
        subject_type="execution",
        subject_id="e1",
        requested_by=requested_by,
        started_by=started_by,
        count=count,
        teams=teams,
        message="12 accounts will be closed",
        expires_at=now() + timedelta(minutes=minutes),
        using=using,
    )


def decide(
    request: ApprovalRequest, actor: Actor, approve: bool = True, rationale: str = "Looks right"
) -> ApprovalRequest:
    return decide_approval(request_id=request.pk, actor=actor, approve=approve, rationale=rationale)


def stored(request: ApprovalRequest) -> ApprovalRequest:
    with tenant_scope(request.tenant_id):
        return ApprovalRequest.objects.get(pk=request.pk)


def test_the_last_approval_that_was_asked_for_approves(acme: Tenant) -> None:
    request = ask(acme, count=2)
    assert decide(request, actor_of(acme, "operator")).status == "pending"
    assert decide(request, actor_of(acme, "operator")).status == "approved"
    assert stored(request).status == "approved"
    assert stored(request).decided_at is not None


def test_one_rejection_rejects(acme: Tenant) -> None:
    request = ask(acme, count=2)
    decide(request, actor_of(acme, "operator"))
    assert decide(request, actor_of(acme, "admin"), approve=False).status == "rejected"
    with pytest.raises(Conflict, match="rejected already"):
        decide(request, actor_of(acme, "operator"))


def test_what_was_decided_is_kept_with_why_and_under_which_policy(acme: Tenant) -> None:
    operator = actor_of(acme, "operator")
    request = ask(acme)
    decide(request, operator, rationale="  Asked HR.  ")
    with tenant_scope(acme.pk):
        row = ApprovalDecision.objects.get(request=request)
        assert (row.decided_by, row.decided_by_name) == (operator.id, operator.name)
        assert (row.vote, row.rationale) == ("approve", "Asked HR.")
        assert row.decision_id is not None
        assert Decision.objects.get(pk=row.decision_id).action == "approval.decide"


def test_each_vote_leaves_a_receipt_of_what_was_asked_and_answered(acme: Tenant) -> None:
    request, people = ask(acme, count=2), [actor_of(acme, "operator") for _ in range(2)]
    decide(request, people[0])
    decide(request, people[0])
    decide(request, people[1])
    with tenant_scope(acme.pk):
        found = Receipt.objects.filter(kind="approval.decide", subject_id=str(request.pk))
        said = [one.statement["predicate"]["what"] for one in found]
    assert [(one["vote"], one["count"]) for one in said] == [("approve", 2), ("approve", 2)]


def test_what_people_decide_no_review_answers(acme: Tenant) -> None:
    request = ask(acme)
    with pytest.raises(Conflict, match="People decide this themselves"):
        settle_approval(
            tenant_id=acme.pk,
            request_id=request.pk,
            actor=actor_of(acme, "operator"),
            approve=True,
            rationale="Fine.",
            decision=Decision(),
        )
    assert stored(request).status == "pending"


def test_a_rejection_says_why(acme: Tenant, operator: Actor) -> None:
    with pytest.raises(InvalidInput) as refusal:
        decide(ask(acme), operator, approve=False, rationale="  ")
    assert [problem.path for problem in refusal.value.problems] == ["/rationale"]
    with pytest.raises(InvalidInput):
        decide(ask(acme), operator, rationale="x" * 4001)


def test_the_same_decision_again_changes_nothing(acme: Tenant, operator: Actor) -> None:
    request = ask(acme, count=2)
    decide(request, operator)
    assert decide(request, operator).status == "pending"
    with tenant_scope(acme.pk):
        assert ApprovalDecision.objects.count() == 1
    other = ask(acme)
    decide(other, operator)
    assert decide(other, operator).status == "approved"


def test_a_decision_stands(acme: Tenant, operator: Actor) -> None:
    request = ask(acme, count=2)
    decide(request, operator)
    with pytest.raises(Conflict, match="You decided to approve"):
        decide(request, operator, approve=False)
    assert stored(request).status == "pending"


@pytest.mark.parametrize("who", ["started_by", "requested_by"])
def test_nobody_approves_what_they_started(acme: Tenant, who: str) -> None:
    admin = actor_of(acme, "admin")
    request = ask(acme, **{who: admin.id})  # type: ignore[arg-type]
    with pytest.raises(Denied) as refusal:
        decide(request, admin)
    assert [reason.code for reason in refusal.value.reasons] == ["own_execution"]
    assert stored(request).status == "pending"


def test_only_members_of_the_teams_decide(acme: Tenant) -> None:
    request = ask(acme, teams=["Legal", "People Ops"])
    with pytest.raises(Denied) as refusal:
        decide(request, actor_of(acme, "admin", teams=["Platform Security"]))
    assert [reason.code for reason in refusal.value.reasons] == ["not_in_team"]
    assert decide(request, actor_of(acme, "operator", teams=["Legal"])).status == "approved"


def test_viewers_maestro_and_strangers_decide_nothing(acme: Tenant, globex: Tenant) -> None:
    request = ask(acme)
    with pytest.raises(Denied):
        decide(request, actor_of(acme, "viewer"))
    with pytest.raises(Denied):
        decide(request, system_actor("engine", tenant_id=acme.pk))
    with pytest.raises(NotFound):
        decide(request, actor_of(globex, "admin"))
    with pytest.raises(TenantRequired):
        decide(request, system_actor("engine"))
    with pytest.raises(PurposeRequired):
        decide(request, actor_of(acme, "operator", purpose=""))
    assert stored(request).status == "pending"


def test_when_the_time_is_over_nobody_decides(acme: Tenant, operator: Actor) -> None:
    request = ask(acme, minutes=-1)
    with pytest.raises(Conflict, match="time for this approval is over"):
        decide(request, operator)
    with tenant_scope(acme.pk):
        assert list(ApprovalRequest.objects.due(now())) == [request]
        assert expire_approval(tenant_id=acme.pk, request_id=request.pk).status == "expired"
        assert expire_approval(tenant_id=acme.pk, request_id=request.pk).status == "expired"
        assert not ApprovalRequest.objects.due(now()).exists()


def test_before_its_time_nothing_expires(acme: Tenant) -> None:
    request = ask(acme)
    with pytest.raises(Conflict, match="not over yet"):
        expire_approval(tenant_id=acme.pk, request_id=request.pk)
    with tenant_scope(acme.pk):
        assert not ApprovalRequest.objects.due(now()).exists()


def test_a_cancelled_request_is_not_decided(acme: Tenant, operator: Actor) -> None:
    request = ask(acme)
    assert cancel_approval(tenant_id=acme.pk, request_id=request.pk).status == "cancelled"
    assert cancel_approval(tenant_id=acme.pk, request_id=request.pk).status == "cancelled"
    with pytest.raises(Conflict, match="cancelled already"):
        decide(request, operator)


def test_what_people_settled_is_not_cancelled(acme: Tenant, operator: Actor) -> None:
    request = ask(acme)
    decide(request, operator)
    with pytest.raises(IllegalTransition):
        cancel_approval(tenant_id=acme.pk, request_id=request.pk)
    with pytest.raises(NotFound):
        cancel_approval(tenant_id=acme.pk, request_id=uuid4())


@pytest.mark.parametrize("count", [0, -1, 21])
def test_a_request_asks_a_few_people(acme: Tenant, count: int) -> None:
    with pytest.raises(InvalidInput):
        ask(acme, count=count)


def test_pending_ones_are_found_the_longest_waiting_first(acme: Tenant, globex: Tenant) -> None:
    first, second, third = ask(acme), ask(acme), ask(acme)
    ask(globex)
    cancel_approval(tenant_id=acme.pk, request_id=second.pk)
    with tenant_scope(acme.pk):
        assert list(ApprovalRequest.objects.for_tenant(acme.pk).pending()) == [first, third]
        assert ApprovalRequest.objects.of("execution", "e1").count() == 3


@COMMITTED
def test_the_engines_role_asks_cancels_and_expires_in_its_own_transaction(acme: Tenant) -> None:
    with transaction.atomic(using="jobs"):
        first = ask(acme, using="jobs")
        cancel_approval(tenant_id=acme.pk, request_id=first.pk, using="jobs")
        second = ask(acme, minutes=-1, using="jobs")
        expire_approval(tenant_id=acme.pk, request_id=second.pk, using="jobs")
    assert [stored(first).status, stored(second).status] == ["cancelled", "expired"]


def at_once(request: ApprovalRequest, votes: list[tuple[Actor, bool]]) -> list[str]:
    """What each of them was answered, all deciding at the same moment."""
    start = Barrier(len(votes))

    def vote(who: Actor, approve: bool) -> str:
        try:
            start.wait()
            return decide(request, who, approve).status
        except Conflict as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(votes)) as threads:
        return sorted(threads.map(lambda one: vote(*one), votes))


@COMMITTED
@pytest.mark.parametrize("turn", range(5))
def test_of_the_last_two_at_once_one_approves_and_one_is_too_late(acme: Tenant, turn: int) -> None:
    request = ask(acme)
    both = [actor_of(acme, "operator"), actor_of(acme, "operator")]
    assert at_once(request, [(who, True) for who in both]) == ["approved", "conflict"]
    with tenant_scope(acme.pk):
        assert ApprovalDecision.objects.filter(request=request).count() == 1


@COMMITTED
@pytest.mark.parametrize("turn", range(5))
def test_two_who_complete_it_at_once_are_both_counted(acme: Tenant, turn: int) -> None:
    request = ask(acme, count=2)
    both = [actor_of(acme, "operator"), actor_of(acme, "operator")]
    assert at_once(request, [(who, True) for who in both]) == ["approved", "pending"]
    assert stored(request).status == "approved"


@COMMITTED
def test_one_person_twice_at_once_is_one_approval(acme: Tenant) -> None:
    request = ask(acme, count=2)
    operator = actor_of(acme, "operator")
    assert at_once(request, [(operator, True)] * 4) == ["pending"] * 4
    with tenant_scope(acme.pk):
        assert ApprovalDecision.objects.filter(request=request).count() == 1


@COMMITTED
@pytest.mark.parametrize("alias", ["default", "jobs", "owner"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE governance_approvaldecision SET vote = 'reject'",
        "DELETE FROM governance_approvaldecision",
    ],
)
def test_what_somebody_decided_never_changes(acme: Tenant, alias: str, change: str) -> None:
    decide(ask(acme), actor_of(acme, "operator"))
    with pytest.raises(DatabaseError):
        run(alias, acme, change)
    with tenant_scope(acme.pk):
        assert ApprovalDecision.objects.get().vote == "approve"


@COMMITTED
def test_a_decision_on_another_tenants_request_can_t_even_be_stored(
    acme: Tenant, globex: Tenant
) -> None:
    request = ask(acme)
    stray = ApprovalDecision(
        tenant_id=globex.pk, request=request, decided_by=uuid4(), vote="approve"
    )
    with pytest.raises(DatabaseError), tenant_scope(globex.pk):
        stray.save(force_insert=True)


def run(alias: str, tenant: Tenant, statement: str) -> None:
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT set_config('maestro.tenant', %s, true)", [str(tenant.pk)])
        cursor.execute(statement)
