"""An installation run in memory: within what it was granted, and with all that would refuse it."""

from __future__ import annotations

import pytest

from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, Grant
from maestro.runtime.services.simulate import simulate
from maestro.runtime.services.start_execution import start_execution
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in, codes_of, is_problem
from tests.factories import actor_of
from tests.marketplace.test_runs_of_installations import NOTHING, THERE
from tests.marketplace.worlds import CALLING, REACHING, forged, granted, released, withdraw
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


@pytest.fixture
def partner(globex: Tenant) -> Actor:
    """Somebody who runs what globex installed from acme."""
    return actor_of(globex, "operator", teams=["Partners"])


def refused_for(actor: Actor) -> list[str]:
    """The codes of all that a start of `mine` would be refused for."""
    return [one["code"] for one in simulate(actor=actor, installation="mine").refusals]


def reaching(author: Actor, globex: Tenant, **fields: object) -> Grant:
    """An installation that calls a host with a secret."""
    release = released(author, CALLING, parameters=NOTHING, rest=REACHING)
    given: dict[str, object] = {
        "parameters": {},
        "secrets": {"token": "vendor"},
        "endpoints": {"there": THERE},
        "hosts": ["there.example"],
    }
    return granted(globex, release, **given | fields)


def test_its_parameters_secrets_and_endpoints_are_what_is_simulated(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    reaching(author, globex)
    told = simulate(actor=partner, installation="mine")
    assert (told.status, told.hosts, told.secrets) == ("succeeded", ["there.example"], ["vendor"])
    assert told.missing_secrets == ["vendor"]
    admin = actor_of(globex, "admin")
    set_secret(actor=admin, tenant_id=globex.pk, name="vendor", value="canary-value-1")
    told = simulate(actor=partner, installation="mine")
    assert (told.missing_secrets, told.refusals) == ([], [])
    assert "canary-value-1" not in str(told.as_dict())


def test_a_host_that_was_not_granted_fails_the_call_and_would_refuse_the_start(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    reaching(author, globex, hosts=["elsewhere.example"])
    told = simulate(actor=partner, installation="mine")
    assert [one["code"] for one in told.refusals] == ["host_not_granted"]
    error = told.steps[0].error
    assert error is not None
    assert (told.status, error["code"]) == ("failed", "address_refused")


def test_a_stopped_and_a_withdrawn_one_are_simulated_and_said_to_be_refused(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    release = released(author)
    grant = granted(globex, release)
    assert refused_for(partner) == []
    with tenant_scope(globex.pk):
        Grant.objects.filter(pk=grant.pk).update(stopped_at=now())
    assert refused_for(partner) == ["installation_stopped"]
    with tenant_scope(globex.pk):
        Grant.objects.filter(pk=grant.pk).update(superseded_at=now())
    withdraw(release)
    granted(globex, release)
    assert refused_for(partner) == ["release_withdrawn"]


def test_a_forged_one_is_said_to_be_refused(author: Actor, globex: Tenant, partner: Actor) -> None:
    granted(globex, forged(author))
    assert refused_for(partner) == ["signature_not_verified"]


def test_purposes_teams_and_quotas_of_the_grant_are_all_said_at_once(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    grant = granted(globex, released(author), quotas={"per_day": 1})
    start_execution(actor=partner, installation="mine")
    with tenant_scope(globex.pk):
        Grant.objects.filter(pk=grant.pk).update(
            policies={"purposes": ["finops.review"], "teams": ["Others"]}
        )
    assert refused_for(partner) == ["purpose_not_granted", "team_not_granted", "quota_used_up"]
    with tenant_scope(globex.pk):
        assert Execution.objects.count() == 1


def test_approvals_that_the_grant_asks_for_are_told(
    author: Actor, globex: Tenant, partner: Actor
) -> None:
    granted(globex, released(author), policies={"approvals": 2, "approval_teams": ["Platform"]})
    told = simulate(actor=partner, installation="mine")
    assert told.steps[0].would == "wait"
    assert told.policy["obligations"][0]["teams"] == ["Platform"]


def test_the_api_simulates_an_installation_by_name_or_id(author: Actor, globex: Tenant) -> None:
    grant = granted(globex, released(author), parameters={"n": 3, "kind": "b"})
    calls = caller_in(globex, "operator")
    told = calls.post("simulate/", {"installation": "mine", "parameters": {"n": 4}})
    assert told.status_code == 200, told.json()
    assert told.json()["steps"][0]["inputs"] == {"values": {"n": 4}}
    assert told.json()["refusals"] == []
    by_id = calls.post("simulate/", {"installation": str(grant.installation_id)})
    assert by_id.json()["steps"][0]["inputs"] == {"values": {"n": 3}}


def test_what_the_api_can_t_simulate_is_said(author: Actor, acme: Tenant, globex: Tenant) -> None:
    reaching(author, globex)
    calls = caller_in(globex, "operator")
    both = {"installation": "mine", "workflow": "acme/tried"}
    is_problem(calls.post("simulate/", both), 400, "invalid_input")
    other = calls.post("simulate/", {"installation": "mine", "secrets": {"token": "other"}})
    assert codes_of(other) == {("/secrets/token", "fixed_by_installation")}
    is_problem(calls.post("simulate/", {"installation": "theirs"}), 404, "not_found")
    elsewhere = caller_in(acme, "operator")
    is_problem(elsewhere.post("simulate/", {"installation": "mine"}), 404, "not_found")
    onlooker = caller_in(globex, "viewer")
    is_problem(onlooker.post("simulate/", {"installation": "mine"}), 403, "denied")
