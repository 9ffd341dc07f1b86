"""What `authorize` leaves behind, and what survives a roll-back."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from governance.models import Decision
from governance.policy.bundle import Bundle
from governance.policy.embedded import EmbeddedRego
from governance.policy.engine import use_engine
from governance.purposes import UnknownPurpose
from governance.resource import Resource
from governance.services.authorize import authorize, authorize_all, preview
from maestro.kernel.actor import Actor, system_actor
from maestro.kernel.errors import Denied, PurposeRequired
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of

# The database is emptied by its owner afterwards; what is committed is seen by every role.
COMMITTED = pytest.mark.django_db(transaction=True, databases=["default", "jobs", "owner"])


def workflow(tenant: Tenant, **attributes: object) -> Resource:
    facts = {"scope": "tenant", "risk": "low", "approvals": 0, "state": "active", **attributes}
    return Resource("workflow", "w1", tenant.pk, facts)


def decisions(tenant: Tenant) -> list[Decision]:
    with tenant_scope(tenant.pk):
        return list(Decision.objects.for_tenant(tenant.pk).order_by("id"))


def test_an_allowed_action_is_recorded_with_what_it_was_decided_on(
    acme: Tenant, operator: Actor
) -> None:
    with tenant_scope(acme.pk):
        decision = authorize(
            actor=replace(operator, request_id="req-12345678"),
            action="execution.start",
            resource=workflow(acme, risk="high"),
        )
    (row,) = decisions(acme)
    assert row == decision
    assert (row.action, row.resource_type, row.resource_id) == ("execution.start", "workflow", "w1")
    assert (row.actor_kind, row.actor_id, row.actor_name) == ("user", operator.id, operator.name)
    assert (row.allow, row.reasons) == (True, [])
    assert row.obligations == [{"type": "require_approval", "count": 2, "teams": []}]
    assert (row.purpose, row.channel, row.request_id) == ("practice", "api", "req-12345678")
    assert row.revision.startswith("r-")
    assert row.input_digest.startswith("sha256:")
    assert 0 < row.latency_us < 10_000_000


def test_an_allowed_read_of_a_workflow_is_not_recorded(acme: Tenant, operator: Actor) -> None:
    with tenant_scope(acme.pk):
        assert authorize(actor=operator, action="workflow.read", resource=workflow(acme)).allow
    assert decisions(acme) == []


def test_an_allowed_read_of_secrets_is_recorded(acme: Tenant, operator: Actor) -> None:
    with tenant_scope(acme.pk):
        authorize(actor=operator, action="secret.read", resource=Resource("secret", "", acme.pk))
    assert [row.action for row in decisions(acme)] == ["secret.read"]


def test_a_refused_read_is_recorded(acme: Tenant, globex: Tenant, operator: Actor) -> None:
    with pytest.raises(Denied), tenant_scope(acme.pk):
        authorize(actor=operator, action="workflow.read", resource=workflow(globex))
    assert [row.allow for row in decisions(acme)] == [False]
    assert decisions(globex) == []


def test_a_refusal_says_every_reason_and_what_to_do(acme: Tenant, globex: Tenant) -> None:
    viewer = actor_of(acme, "viewer")
    with pytest.raises(Denied) as refusal, tenant_scope(acme.pk):
        authorize(actor=viewer, action="workflow.update", resource=workflow(globex))
    assert [reason.code for reason in refusal.value.reasons] == ["role_missing", "wrong_tenant"]
    assert "author" in str(refusal.value)
    assert all(reason.control.startswith("SOC2:") for reason in refusal.value.reasons)
    (row,) = decisions(acme)
    assert refusal.value.details["decision"] == str(row.pk)


@COMMITTED
def test_a_refusal_is_recorded_although_the_transaction_is_rolled_back(acme: Tenant) -> None:
    viewer = actor_of(acme, "viewer")
    with pytest.raises(Denied), tenant_scope(acme.pk), tenant_scope(acme.pk):
        authorize(actor=viewer, action="execution.start", resource=workflow(acme))
    assert [row.allow for row in decisions(acme)] == [False]


@COMMITTED
def test_an_allowance_goes_with_the_transaction_that_is_rolled_back(
    acme: Tenant, operator: Actor
) -> None:
    with suppress(ZeroDivisionError), tenant_scope(acme.pk):
        authorize(actor=operator, action="execution.start", resource=workflow(acme))
        raise ZeroDivisionError
    assert decisions(acme) == []


def test_a_missing_purpose_alone_is_a_question_to_ask_again(acme: Tenant) -> None:
    operator = actor_of(acme, "operator", purpose="")
    with pytest.raises(PurposeRequired) as refusal, tenant_scope(acme.pk):
        authorize(actor=operator, action="execution.start", resource=workflow(acme))
    assert (refusal.value.code, refusal.value.status) == ("purpose_required", 400)
    assert "practice" in refusal.value.details["purposes"]
    assert [row.allow for row in decisions(acme)] == [False]


def test_an_unknown_purpose_alone_is_one_too_and_kept_as_far_as_it_can_be(acme: Tenant) -> None:
    operator = actor_of(acme, "operator", purpose="fun\x00" + "!" * 500)
    with pytest.raises(UnknownPurpose), tenant_scope(acme.pk):
        authorize(actor=operator, action="execution.start", resource=workflow(acme))
    assert [row.purpose for row in decisions(acme)] == ["fun" + "!" * 60]


def test_a_missing_purpose_among_other_reasons_is_a_refusal(acme: Tenant) -> None:
    viewer = actor_of(acme, "viewer", purpose="")
    with pytest.raises(Denied) as refusal, tenant_scope(acme.pk):
        authorize(actor=viewer, action="execution.start", resource=workflow(acme))
    assert {reason.code for reason in refusal.value.reasons} == {"purpose_required", "role_missing"}


def test_the_context_may_name_another_purpose_and_an_environment(
    acme: Tenant, operator: Actor
) -> None:
    with pytest.raises(Denied) as refusal, tenant_scope(acme.pk):
        authorize(
            actor=operator,
            action="execution.start",
            resource=workflow(acme),
            context={"environment": "production", "purpose_in_production": True},
        )
    assert [reason.code for reason in refusal.value.reasons] == ["purpose_not_for_production"]
    with tenant_scope(acme.pk):
        decision = authorize(
            actor=operator,
            action="execution.start",
            resource=workflow(acme),
            context={"environment": "production", "purpose": "hr.offboarding"},
        )
    assert decision.purpose == "hr.offboarding"


def test_maestros_own_work_is_for_operations(acme: Tenant) -> None:
    with tenant_scope(acme.pk):
        decision = authorize(
            actor=system_actor("load_examples"), action="workflow.create", resource=workflow(acme)
        )
    assert (decision.purpose, decision.actor_kind) == ("platform.operations", "system")


def test_without_a_scope_the_decision_is_kept_with_the_one_who_acts(
    acme: Tenant, operator: Actor
) -> None:
    authorize(actor=operator, action="execution.start", resource=workflow(acme))
    assert len(decisions(acme)) == 1


def test_a_stranger_s_refusal_is_kept_by_the_platform(acme: Tenant) -> None:
    with pytest.raises(Denied):
        authorize(
            actor=system_actor("nobody"), action="approval.decide", resource=Resource("approval")
        )
    with tenant_scope(PLATFORM_TENANT):
        assert Decision.objects.for_tenant(PLATFORM_TENANT).count() == 1


def test_many_are_written_by_one_statement(acme: Tenant, operator: Actor) -> None:
    resources = [Resource("workflow", f"w{number}", acme.pk) for number in range(50)]
    with tenant_scope(acme.pk), CaptureQueriesContext(connection) as queries:
        made = authorize_all(actor=operator, action="execution.start", resources=resources)
    inserts = [one for one in queries.captured_queries if "INSERT" in one["sql"]]
    assert len(inserts) == 1
    assert [row.pk for row in decisions(acme)] == [decision.pk for decision in made]


def test_of_many_one_refusal_refuses_all(acme: Tenant, globex: Tenant, operator: Actor) -> None:
    resources = [workflow(acme), workflow(globex), workflow(acme)]
    with pytest.raises(Denied), tenant_scope(acme.pk):
        authorize_all(actor=operator, action="execution.start", resources=resources)
    assert [row.allow for row in decisions(acme)] == [False]


def test_one_costs_one_statement(acme: Tenant, operator: Actor, settings: Settings) -> None:
    settings.MAESTRO_TEST_CLOCK = False
    with tenant_scope(acme.pk), CaptureQueriesContext(connection) as queries:
        authorize(actor=operator, action="execution.start", resource=workflow(acme))
    assert len(queries) == 1


def test_a_preview_answers_and_leaves_nothing(acme: Tenant, operator: Actor) -> None:
    with tenant_scope(acme.pk):
        answer = preview(actor=operator, action="workflow.update", resource=workflow(acme))
    assert [reason.code for reason in answer.deny] == ["role_missing"]
    assert decisions(acme) == []


def test_policies_that_are_broken_refuse_everybody(acme: Tenant, operator: Actor) -> None:
    before = use_engine(
        EmbeddedRego(Bundle({"a.rego": "package maestro.authz\nallow :="}, {}, "0"))
    )
    try:
        with pytest.raises(Denied) as refusal, tenant_scope(acme.pk):
            authorize(actor=operator, action="workflow.read", resource=workflow(acme))
    finally:
        use_engine(before)
    assert [reason.code for reason in refusal.value.reasons] == ["policy_unavailable"]
    assert [row.allow for row in decisions(acme)] == [False]


@COMMITTED
def test_the_engines_role_records_in_its_own_transaction(acme: Tenant, operator: Actor) -> None:
    def start() -> None:
        authorize(actor=operator, action="execution.start", resource=workflow(acme), using="jobs")

    with transaction.atomic(using="jobs"):
        start()
    with suppress(ZeroDivisionError), transaction.atomic(using="jobs"):
        start()
        raise ZeroDivisionError
    assert [row.allow for row in decisions(acme)] == [True]


@COMMITTED
def test_a_refusal_in_the_engines_transaction_outlives_it(acme: Tenant) -> None:
    viewer = actor_of(acme, "viewer")
    with pytest.raises(Denied), transaction.atomic(using="jobs"):
        authorize(actor=viewer, action="execution.start", resource=workflow(acme), using="jobs")
    assert [row.allow for row in decisions(acme)] == [False]


@COMMITTED
@pytest.mark.parametrize("alias", ["default", "jobs", "owner"])
@pytest.mark.parametrize(
    "change", ["UPDATE governance_decision SET allow = true", "DELETE FROM governance_decision"]
)
def test_a_decision_never_changes_whoever_asks(
    acme: Tenant, operator: Actor, alias: str, change: str
) -> None:
    authorize(actor=operator, action="execution.start", resource=workflow(acme))
    with pytest.raises(DatabaseError):
        run(alias, acme, change)
    assert [row.allow for row in decisions(acme)] == [True]


def run(alias: str, tenant: Tenant, statement: str) -> None:
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT set_config('maestro.tenant', %s, true)", [str(tenant.pk)])
        cursor.execute(statement)


def test_a_grant_on_one_thing_counts_where_its_caller_hands_it_in(
    acme: Tenant, operator: Actor
) -> None:
    template = Resource("template", "t1", acme.pk)
    action = "template.update"
    with tenant_scope(acme.pk):
        assert not preview(actor=operator, action=action, resource=template).allow
        assert preview(actor=operator, action=action, resource=template, grants=[action]).allow
        decision = authorize(actor=operator, action=action, resource=template, grants=[action])
        with pytest.raises(Denied):
            authorize(actor=operator, action=action, resource=Resource("template", "t2", acme.pk))
    assert json.loads(decision.asked)["subject"]["grants"] == [action]
