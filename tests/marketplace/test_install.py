"""Installing: all problems at once, nothing written when blocked, one of a name, on record."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest
from django.db import connections

from catalog.models import Visibility
from governance.models import Receipt
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, MaestroError, NotFound
from maestro.kernel.models import OutboxEvent
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Grant, WithdrawalMode
from maestro.runtime.services.find_grant import ReleaseWithdrawn
from maestro.runtime.services.start_execution import IdempotencyKeyReused, start_execution
from maestro.tenancy.models import Tenant
from marketplace.models import InstanceChange, WorkflowInstance
from marketplace.services.check_installation import InstallationInvalid, ReleaseChanged
from marketplace.services.install_release import install
from marketplace.services.prepare_installation import prepare_installation
from marketplace.wanted import Wanted
from tests.at_once import at_once
from tests.factories import actor_of
from tests.marketplace.worlds import (
    CALLING,
    REACHING,
    STEPS,
    installed,
    released,
    withdraw,
)
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

NOTHING = "parameters: {type: object, properties: {}}"


@pytest.fixture
def admin(globex: Tenant) -> Actor:
    """Somebody who installs into globex."""
    return actor_of(globex, "admin")


def count(tenant: Tenant) -> tuple[int, int, int, int]:
    """How many installations, grants, changes and events of them there are."""
    with tenant_scope(tenant.pk):
        return (
            WorkflowInstance.objects.count(),
            Grant.objects.count(),
            InstanceChange.objects.count(),
            OutboxEvent.objects.filter(
                tenant_id=tenant.pk, kind__startswith="installation."
            ).count(),
        )


def codes(refused: pytest.ExceptionInfo[InstallationInvalid]) -> dict[str, str]:
    """Each problem's place and code."""
    return {one.path: one.code for one in refused.value.problems}


def test_an_installation_locks_to_the_digest_and_is_granted_what_was_given(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    release = released(author)
    quotas, policies = {"per_day": 5}, {"approvals": 1}
    made = installed(admin, channel="minor", region="eu", quotas=quotas, policies=policies)
    assert (made.digest, made.number, made.status) == (release.digest, "1.0.0", "active")
    with tenant_scope(globex.pk):
        grant = Grant.objects.in_force().get()
        change = InstanceChange.objects.get()
        receipt = Receipt.objects.get(kind="installation.create")
    assert receipt.pk == change.receipt_id
    assert grant.pk == made.grant_id
    assert (grant.digest, grant.quotas, grant.policies) == (release.digest, quotas, policies)
    assert (change.kind, change.before, change.to_number) == ("install", None, "1.0.0")
    assert receipt.statement["subject"][0]["digest"]["sha256"] in release.digest
    assert count(globex) == (1, 1, 1, 1)
    running = start_execution(actor=admin, installation="mine").execution
    assert running.grant_id == grant.pk


def test_all_problems_come_at_once_and_nothing_is_written(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author, CALLING, rest=REACHING)
    with pytest.raises(InstallationInvalid) as refused:
        installed(
            admin,
            name="Not a name",
            channel="major",
            parameters={"kind": "z"},
            endpoints={"there": "ftp://there.example"},
            hosts=["*"],
            environment="moon",
            region="EU West",
            quotas={"concurrent": 0, "per_day": 10**9, "mails": 1},
            policies={"approvals": -1, "teams": "People", "purposes": ["nonsense"], "more": 1},
        )
    assert codes(refused) == {
        "/name": "invalid_name",
        "/channel": "unknown_choice",
        "/environment": "unknown_choice",
        "/region": "invalid_region",
        "/hosts/0": "invalid_host",
        "/hosts": "host_not_granted",
        "/endpoints/there": "invalid_endpoint",
        "/quotas/concurrent": "invalid_quota",
        "/quotas/per_day": "invalid_quota",
        "/quotas/mails": "unknown_quota",
        "/policies/approvals": "invalid_policy",
        "/policies/teams": "invalid_policy",
        "/policies/purposes": "unknown_purpose",
        "/policies/more": "unknown_policy",
        "/parameters/n": "missing",
        "/parameters/kind": "not_allowed",
        "/secrets/token": "secret_missing",
    }
    assert count(globex) == (0, 0, 0, 0)


def test_a_parameter_that_is_a_secret_in_clear_is_refused(author: Actor, admin: Actor) -> None:
    parameters = "parameters: {type: object, properties: {api_token: {type: string}, note: {}}}"
    released(author, "- {id: a, task: core.set@1, with: {values: {}}}", parameters=parameters)
    clear = {"api_token": "0123456789", "note": ["see ghp_0123456789012345678901234567890123"]}
    with pytest.raises(InstallationInvalid) as refused:
        installed(admin, parameters=clear)
    assert codes(refused) == {
        "/parameters/api_token": "secret_in_clear",
        "/parameters/note/0": "secret_in_clear",
    }
    assert installed(admin, parameters={"note": "nothing to hide"}).status == "active"


def test_a_parameter_that_the_release_calls_secret_is_kept_in_no_installation(
    author: Actor, admin: Actor
) -> None:
    secret = "{type: object, properties: {pin: {type: string, format: password}}}"
    nested = f"{{type: object, properties: {{login: {secret}, n: {{type: integer}}}}}}"
    released(author, STEPS, parameters=f"parameters: {nested}")
    with pytest.raises(InstallationInvalid) as refused:
        installed(admin, parameters={"login": {"pin": "4711"}, "n": 1})
    assert codes(refused) == {"/parameters/login": "secret_in_clear"}
    made = installed(admin, parameters={"n": 1}, policies={"asked": ["login"]})
    assert made.parameters == {"n": 1}


def test_what_each_run_gives_may_be_left_out(author: Actor, admin: Actor) -> None:
    released(author)
    with pytest.raises(InstallationInvalid):
        installed(admin, parameters={})
    installed(admin, parameters={}, policies={"asked": ["n"]})
    running = start_execution(actor=admin, installation="mine", parameters={"n": 1}).execution
    assert running.parameters == {"n": 1, "kind": "a"}


def test_a_secret_is_granted_by_picking_it_and_not_by_how_its_publisher_calls_it(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author, CALLING, parameters=NOTHING, rest=REACHING)
    set_secret(actor=admin, tenant_id=globex.pk, name="token", value="s3cr3t-value")
    with pytest.raises(InstallationInvalid) as refused:
        installed(admin, parameters={})
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("/secrets/token", "secret_missing")
    ]
    made = installed(admin, parameters={}, secrets={"token": "token"})
    assert made.secrets == {"token": "token"}


def test_hosts_are_those_of_the_endpoints_unless_they_are_named(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    set_secret(actor=admin, tenant_id=globex.pk, name="vendor", value="canary-value-1")
    released(author, CALLING, parameters=NOTHING, rest=REACHING)
    given: dict[str, Any] = {"parameters": {}, "secrets": {"token": "vendor"}}
    assert installed(admin, **given).hosts == ["there.example"]
    other = {"there": "https://other.example:8443/v2"}
    with pytest.raises(InstallationInvalid) as refused:
        installed(admin, name="two", endpoints=other, hosts=["there.example"], **given)
    assert codes(refused) == {"/hosts": "host_not_granted"}
    made = installed(admin, name="two", endpoints=other, hosts=["OTHER.example:8443"], **given)
    assert (made.hosts, made.endpoints) == (["other.example:8443"], other)
    assert made.secrets == {"token": "vendor"}


def test_only_who_may_install_does_and_learns_nothing_else(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author)
    with pytest.raises(Denied) as refused:
        installed(actor_of(globex, "operator"), parameters={}, name="Not a name")
    assert "role_missing" in {reason.code for reason in refused.value.reasons}
    installer = actor_of(globex, "installer")
    assert installed(installer).status == "active"


def test_a_release_that_is_not_for_the_tenant_is_not_there(author: Actor, admin: Actor) -> None:
    released(author, visibility=Visibility.INTERNAL)
    for address in ("acme/tried", "acme/tried@1.0.0", "acme/nothing", "nonsense"):
        with pytest.raises(NotFound):
            installed(admin, release=address)


def test_one_s_own_internal_release_is_installed(author: Actor, acme: Tenant) -> None:
    released(author, visibility=Visibility.INTERNAL)
    assert installed(actor_of(acme, "admin")).status == "active"


@pytest.mark.parametrize("mode", WithdrawalMode)
def test_one_that_is_withdrawn_between_preview_and_install_is_a_clear_conflict(
    author: Actor, globex: Tenant, admin: Actor, mode: WithdrawalMode
) -> None:
    release = released(author)
    with tenant_scope(globex.pk):
        seen = prepare_installation(actor=admin, release="acme/tried").found.release
    withdraw(release, mode)
    with pytest.raises(ReleaseWithdrawn):
        installed(admin, release=f"acme/tried@{seen.number}", expected_digest=seen.digest)
    assert count(globex) == (0, 0, 0, 0)


def test_one_that_is_superseded_between_preview_and_install_is_a_clear_conflict(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    seen = released(author)
    released(author, version="1.1.0")
    with pytest.raises(ReleaseChanged, match=r"went on to 1\.1\.0"):
        installed(admin, expected_digest=seen.digest)
    made = installed(admin, release="acme/tried@1.0.0", expected_digest=seen.digest)
    assert made.number == "1.0.0"


def suggested(actor: Actor) -> str:
    """The name that a form would begin with."""
    assert actor.tenant_id is not None
    with tenant_scope(actor.tenant_id):
        return prepare_installation(actor=actor, release="acme/tried").name


def test_a_name_that_is_taken_is_a_problem_and_free_again_later(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author)
    installed(admin)
    with pytest.raises(InstallationInvalid) as refused:
        installed(admin)
    assert codes(refused) == {"/name": "name_taken"}
    assert suggested(admin) == "tried"
    installed(admin, name="tried")
    assert suggested(admin) == "tried-2"


def test_of_two_installs_of_a_name_at_the_same_moment_one_is_made(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author)
    made: list[WorkflowInstance] = []
    refused: list[MaestroError] = []

    def one() -> None:
        try:
            made.append(installed(admin))
        except MaestroError as problem:
            refused.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 1
    assert {problem.code for problem in refused} <= {"name_taken", "installation_invalid"}
    assert len(refused) == 2
    assert count(globex) == (1, 1, 1, 1)


def test_the_same_key_installs_once(author: Actor, globex: Tenant, admin: Actor) -> None:
    released(author)
    wanted = Wanted(name="mine", parameters={"n": 1}, environment="development")

    def send(wanted: Wanted) -> Any:
        return install(actor=admin, release="acme/tried", wanted=wanted, idempotency_key="k")

    first, again = send(wanted), send(wanted)
    assert (first.created, again.created) == (True, False)
    assert first.instance.pk == again.instance.pk
    with pytest.raises(IdempotencyKeyReused):
        send(Wanted(name="other", parameters={"n": 1}, environment="development"))
    assert count(globex) == (1, 1, 1, 1)


def test_who_may_read_none_is_told_of_none_by_somebody_elses_key(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author)
    wanted = Wanted(name="mine", parameters={"n": 1}, environment="development")
    given: dict[str, Any] = {"release": "acme/tried", "wanted": wanted, "idempotency_key": "k"}
    install(actor=admin, **given)
    with pytest.raises(Denied):
        install(actor=actor_of(globex), **given)


def test_one_request_that_is_sent_twice_at_the_same_moment_installs_once(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author)
    for turn in range(1, 6):
        wanted = Wanted(name=f"mine-{turn}", parameters={"n": 1}, environment="development")
        given: dict[str, Any] = {"release": "acme/tried", "wanted": wanted}
        send = partial(install, actor=admin, idempotency_key=f"key-{turn}", **given)
        met = at_once(send, send, send)
        assert sorted(one.created for one in met) == [False, False, True]
        assert len({one.instance.pk for one in met}) == 1
        assert count(globex) == (turn, turn, turn, turn)
