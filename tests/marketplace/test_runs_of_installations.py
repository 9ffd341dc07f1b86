"""Running what is installed: within what was granted, verified at each run, and not once stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from governance.models import Decision
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, InvalidInput, NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, Grant, WithdrawalMode
from maestro.runtime.services.find_grant import (
    InstallationStopped,
    ReleaseWithdrawn,
    SignatureNotVerified,
)
from maestro.runtime.services.rerun_execution import rerun_execution
from maestro.runtime.services.start_execution import start_execution
from maestro.runtime.services.stop_runs import stop_runs
from maestro.runtime.services.within_grant import QuotaUsedUp
from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in
from tests.at_once import at_once
from tests.factories import actor_of
from tests.marketplace.worlds import (
    ASKING,
    CALLING,
    ONE,
    REACHING,
    forged,
    granted,
    released,
    withdraw,
)
from tests.runtime.driving import ALIASES, freeze, look, start, steps_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

THERE = "https://there.example/v1"
NOTHING = "parameters: {type: object, properties: {}}"


@pytest.fixture
def partner(globex: Tenant) -> Actor:
    """Somebody who runs what globex installed from acme."""
    return actor_of(globex, "operator", teams=["Partners"])


def run(actor: Actor, installation: str = "mine", **kwargs: Any) -> Execution:
    """Start an installation and take it as far as it goes."""
    execution = start_execution(actor=actor, installation=installation, **kwargs).execution
    drive(execution.pk)
    return look(execution)


def change(grant: Grant, **fields: Any) -> None:
    """Change what stands of a grant."""
    with tenant_scope(grant.tenant_id):
        Grant.objects.filter(pk=grant.pk).update(**fields)


def count(tenant: Tenant) -> int:
    """How many executions there are."""
    with tenant_scope(tenant.pk):
        return Execution.objects.count()


def test_an_installation_runs_the_version_that_it_was_granted(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    grant = granted(globex, released(author), parameters={"n": 3, "kind": "b"}, region="eu")
    execution = run(partner, parameters={"n": 4})
    assert (execution.status, execution.tenant_id) == ("succeeded", globex.pk)
    assert execution.parameters == {"n": 4, "kind": "b"}
    assert (execution.grant_id, execution.installation_id) == (grant.pk, grant.installation_id)
    assert (execution.environment, execution.region) == ("development", "eu")
    by_id = start_execution(actor=partner, installation=grant.installation_id).execution
    assert by_id.grant_id == grant.pk


def test_a_workflow_and_an_installation_exclude_each_other(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    granted(globex, released(author))
    for workflow, installation in (("tried", "mine"), ("", "")):
        with pytest.raises(InvalidInput, match="one of the two"):
            start_execution(actor=partner, workflow=workflow, installation=installation)
    with pytest.raises(NotFound):
        start_execution(actor=partner, installation="theirs")
    assert count(globex) == 0


def test_nobody_else_runs_it_and_it_is_no_workflow_of_the_tenant(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    granted(globex, released(author))
    with pytest.raises(NotFound):
        start_execution(actor=author, installation="mine")
    for address in ("tried", "acme/tried"):
        with pytest.raises(NotFound):
            start_execution(actor=partner, workflow=address)


def test_a_stopped_installation_starts_nothing_and_the_refusal_is_on_record(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    grant = granted(globex, released(author))
    change(grant, stopped_at=now(), stop_reason="It looped.")
    with pytest.raises(InstallationStopped, match=r"mine is stopped\. It looped\."):
        run(partner)
    assert count(globex) == 0
    with tenant_scope(globex.pk):
        refused = Decision.objects.get(allow=False)
    assert [one["code"] for one in refused.reasons] == ["installation_stopped"]


def test_a_withdrawn_version_does_not_start(author: Actor, globex: Tenant, partner: Actor) -> None:
    release = released(author)
    granted(globex, release)
    withdraw(release)
    with pytest.raises(ReleaseWithdrawn, match="It deletes too much"):
        run(partner)
    assert count(globex) == 0


def test_one_withdrawn_with_a_warning_goes_on(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    release = released(author)
    granted(globex, release)
    withdraw(release, WithdrawalMode.WARN)
    assert run(partner).status == "succeeded"


def test_a_forged_signature_does_not_start(author: Actor, globex: Tenant, partner: Actor) -> None:
    granted(globex, forged(author))
    with pytest.raises(SignatureNotVerified):
        run(partner)
    assert count(globex) == 0


def test_a_statement_about_other_bytes_or_a_changed_one_does_not_start(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    release = released(author, about=f"sha256:{'0' * 64}")
    grant = granted(globex, release)
    with pytest.raises(SignatureNotVerified, match="another version"):
        run(partner)
    changed = release.statement | {"predicate": {"publisher": "globex"}}
    change(grant, statement=changed)
    with pytest.raises(SignatureNotVerified):
        run(partner)
    change(grant, statement=release.statement, signatures=[])
    with pytest.raises(SignatureNotVerified):
        run(partner)


def stored(tenant: Tenant) -> None:
    """Store what the call needs."""
    admin = actor_of(tenant, "admin")
    set_secret(actor=admin, tenant_id=tenant.pk, name="vendor", value="canary-value-1")


def test_a_host_outside_of_the_grant_is_refused_before_it_starts(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    stored(globex)
    release = released(author, CALLING, parameters=NOTHING, rest=REACHING)
    granted(globex, release, parameters={}, secrets={"token": "vendor"}, endpoints={"there": THERE})
    with pytest.raises(Denied) as refused:
        run(partner)
    assert [reason.code for reason in refused.value.reasons] == ["host_not_granted"]


def test_a_host_outside_of_the_grant_is_refused_at_the_call(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    stored(globex)
    release = released(author, CALLING, parameters=NOTHING, rest=REACHING)
    grant = granted(
        globex,
        release,
        parameters={},
        secrets={"token": "vendor"},
        endpoints={"there": THERE},
        hosts=["there.example"],
    )
    execution = start_execution(actor=partner, installation="mine").execution
    change(grant, hosts=["elsewhere.example"])
    drive(execution.pk)
    error = steps_of(execution)["a"].error
    assert error is not None
    assert error["code"] == "address_refused"


def test_secrets_and_endpoints_are_the_installations(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    stored(globex)
    release = released(author, CALLING, parameters=NOTHING, rest=REACHING)
    granted(
        globex,
        release,
        parameters={},
        secrets={"token": "vendor"},
        endpoints={"there": THERE},
        hosts=["there.example"],
    )
    with pytest.raises(InvalidInput) as refused:
        start_execution(
            actor=partner,
            installation="mine",
            secrets={"token": "other"},
            endpoints={"there": "https://evil.example"},
        )
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("/secrets/token", "fixed_by_installation"),
        ("/endpoints/there", "fixed_by_installation"),
    ]
    execution = start_execution(actor=partner, installation="mine").execution
    assert (execution.secrets, execution.endpoints) == ({"token": "vendor"}, {"there": THERE})


def test_no_more_run_at_once_than_the_quota(author: Actor, globex: Tenant, partner: Actor) -> None:
    granted(globex, released(author), quotas={"concurrent": 1})
    first = start_execution(actor=partner, installation="mine").execution
    with pytest.raises(QuotaUsedUp) as refused:
        run(partner)
    assert refused.value.details["quota"] == "concurrent"
    drive(first.pk)
    assert run(partner).status == "succeeded"


def test_no_more_run_in_a_day_than_the_quota_and_it_says_when_one_may(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    granted(globex, released(author), quotas={"per_day": 2})
    run(partner)
    run(partner)
    with pytest.raises(QuotaUsedUp) as refused:
        run(partner)
    assert 86_000 < refused.value.retry_after <= 86_400
    assert count(globex) == 2


@pytest.mark.parametrize("quotas", [{"concurrent": 1}, {"per_day": 1}], ids=str)
def test_the_last_place_of_a_quota_is_taken_once_by_many_at_the_same_moment(
    author: Actor, globex: Tenant, partner: Actor, quotas: dict[str, int]
) -> None:
    granted(globex, released(author), quotas=quotas)

    def take() -> str:
        try:
            start_execution(actor=partner, installation="mine")
        except QuotaUsedUp as refused:
            return refused.code
        return "started"

    assert sorted(at_once(*[take] * 8)) == ["quota_used_up"] * 7 + ["started"]
    assert count(globex) == 1


def test_only_the_purposes_and_teams_of_the_grant_run_it(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    policies = {"purposes": ["finops.review"], "teams": ["Partners"]}
    granted(globex, released(author), policies=policies)
    with pytest.raises(Denied) as purpose:
        run(partner)
    assert [reason.code for reason in purpose.value.reasons] == ["purpose_not_granted"]
    stranger = actor_of(globex, "operator", purpose="finops.review")
    with pytest.raises(Denied) as team:
        run(stranger)
    assert [reason.code for reason in team.value.reasons] == ["team_not_granted"]
    assert run(partner.for_purpose("finops.review")).status == "succeeded"


def test_a_grant_may_ask_for_approvals_besides(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    granted(globex, released(author), policies={"approvals": 1, "approval_teams": ["Platform"]})
    execution = run(partner)
    assert execution.status == "running"
    assert execution.obligations == [
        {"type": "require_approval", "count": 1, "teams": ["Platform"]}
    ]
    assert steps_of(execution)["policy-approval"].status == "waiting"


def test_a_rerun_is_held_to_the_grant_again(author: Actor, globex: Tenant, partner: Actor) -> None:
    grant = granted(globex, released(author), quotas={"per_day": 2})
    former = run(partner)

    def again() -> Execution:
        return rerun_execution(
            actor=partner, tenant_id=globex.pk, execution_id=former.pk, everything=True
        )

    made = again()
    assert (made.grant_id, made.installation_id) == (grant.pk, grant.installation_id)
    with pytest.raises(QuotaUsedUp):
        again()
    change(grant, quotas={}, stopped_at=now())
    with pytest.raises(InstallationStopped):
        again()
    change(grant, stopped_at=None, superseded_at=now())
    with pytest.raises(InstallationStopped, match="uninstalled"):
        again()


def test_what_runs_ends_when_its_installation_is_stopped(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    steps = "- {id: a, task: core.wait@1, with: {duration: 72h}}"
    grant = granted(globex, released(author, steps, parameters=NOTHING), parameters={})
    waiting = run(partner)
    assert waiting.status == "running"
    assert stop_runs(installations=[grant.installation_id], by="Ana") == 1
    drive(waiting.pk)
    assert look(waiting).status == "cancelled"
    assert stop_runs(installations=[grant.installation_id], by="Ana") == 0


@pytest.mark.parametrize("way", ["stopped", "withdrawn"])
def test_a_start_that_was_faster_than_the_stop_ends_by_itself(
    author: Actor, globex: Tenant, partner: Actor, way: str
) -> None:
    release = released(author)
    grant = granted(globex, release)
    started = start_execution(actor=partner, installation="mine").execution
    if way == "stopped":
        change(grant, stopped_at=now())
    else:
        withdraw(release)
    drive(started.pk)
    assert look(started).status == "cancelled"


CALLS = "- {id: a, task: workflow.call@1, with: {workflow: helper, parameters: {n: 1}}}"


def test_what_is_installed_calls_only_what_is_installed_too(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    called = released(author, name="helper")
    granted(globex, released(author, CALLS, parameters=NOTHING), parameters={})
    own = actor_of(globex, "author")
    freeze(own, ONE, name="helper", parameters=ASKING)  # the tenant's own, of the same name
    failed = run(partner)
    error = steps_of(failed)["a"].error
    assert error is not None
    assert "acme/helper is not installed here" in error["message"]
    helper = granted(globex, called, name="helper")
    execution = run(partner)
    child_id = steps_of(execution)["a"].related_id
    assert child_id is not None
    with tenant_scope(globex.pk):
        child = Execution.objects.filter(pk=child_id).get()
    assert child.grant_id == helper.pk


def test_the_api_starts_an_installation_and_lists_its_runs(author: Actor, globex: Tenant) -> None:
    grant = granted(globex, released(author), quotas={"per_day": 1})
    calls = caller_in(globex, "operator")
    started = calls.post("executions/", {"installation": "mine"})
    assert started.status_code == 201, started.json()
    assert started.json()["installation_id"] == str(grant.installation_id)
    listed = calls.get(f"executions/?installation={grant.installation_id}").json()["results"]
    assert [one["id"] for one in listed] == [started.json()["id"]]
    refused = calls.post("executions/", {"installation": "mine"})
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_used_up")
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400


def test_starts_at_the_same_moment_do_not_wait_for_each_other(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    granted(globex, released(author))
    done: list[Execution] = []

    def one() -> None:
        try:
            done.append(start_execution(actor=partner, installation="mine").execution)
        finally:
            connections.close_all()

    _together(one, one, one)
    assert len(done) == count(globex) == 3


def _together(*calls: Callable[[], None]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_an_execution_of_one_s_own_keeps_no_grant(author: Actor) -> None:
    freeze(author, ONE, parameters=ASKING)
    own = start(author, parameters={"n": 1})
    assert (own.grant_id, own.installation_id, own.environment) == (None, None, "")
