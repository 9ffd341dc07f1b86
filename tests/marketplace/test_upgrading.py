"""Upgrading an installation, before and after; and going back in one action."""

from __future__ import annotations

from typing import Any

import pytest

from governance.models import Receipt
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor, ActorKind, Channel
from maestro.kernel.errors import Denied, MaestroError, NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, Grant
from maestro.runtime.services.find_grant import ReleaseWithdrawn
from maestro.runtime.services.start_execution import start_execution
from maestro.tenancy.models import Tenant
from marketplace.models import InstanceChange, Release, WorkflowInstance
from marketplace.services.change_installation import InstallationChanged
from marketplace.services.check_installation import InstallationInvalid, ReleaseChanged
from marketplace.services.configure_installation import configure_installation
from marketplace.services.prepare_upgrade import NothingToUpgrade, Overrides, prepare_upgrade
from marketplace.services.upgrade_installation import (
    NeedsAPerson,
    NothingToRollBack,
    roll_back_installation,
    upgrade_installation,
)
from tests.at_once import at_once
from tests.factories import actor_of
from tests.marketplace.worlds import CALLING, REACHING, installed, released, withdraw
from tests.runtime.driving import ALIASES, drive, look

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

FIRST = "parameters: {type: object, required: [n], properties: {n: {type: integer}}}"
RENAMED = (
    "parameters: {type: object, required: [count], properties: {count: {type: integer},"
    " loud: {type: boolean, default: true}}}"
)
RULE = "migrations: [{from: '<2.0.0', rename: {n: count}, set: {loud: '${{ params.count > 2 }}'}}]"
STEP = "- {id: a, task: core.set@1, with: {values: {n: '${{ params.n }}'}}}"
NEW_STEP = "- {id: a, task: core.set@1, with: {values: {n: '${{ params.count }}'}}}"


@pytest.fixture
def admin(globex: Tenant) -> Actor:
    """Who installs and upgrades at globex."""
    return actor_of(globex, "admin")


def release(author: Actor, version: str = "1.0.0", parameters: str = FIRST, **more: Any) -> Release:
    """A release of acme's."""
    steps = more.pop("steps", NEW_STEP if "count" in parameters else STEP)
    return released(author, steps, parameters=parameters, version=version, **more)


def now(instance: WorkflowInstance) -> WorkflowInstance:
    """How it stands."""
    with tenant_scope(instance.tenant_id):
        return WorkflowInstance.objects.get(pk=instance.pk)


def grants(instance: WorkflowInstance) -> list[tuple[str, bool]]:
    """The grants it had: (number, whether it is in force)."""
    with tenant_scope(instance.tenant_id):
        rows = Grant.objects.filter(installation_id=instance.pk).order_by("id")
        return [(grant.number, grant.superseded_at is None) for grant in rows]


def changes(instance: WorkflowInstance) -> list[tuple[str, str, str]]:
    """What happened to it."""
    with tenant_scope(instance.tenant_id):
        rows = InstanceChange.objects.filter(instance=instance).order_by("id")
        return [(row.kind, row.from_number, row.to_number) for row in rows]


def problems(refused: pytest.ExceptionInfo[InstallationInvalid]) -> set[tuple[str, str]]:
    return {(problem.path, problem.code) for problem in refused.value.problems}


def test_what_was_given_is_migrated_and_new_executions_use_it(author: Actor, admin: Actor) -> None:
    release(author)
    instance = installed(admin)
    former = start_execution(actor=admin, installation="mine").execution
    release(author, "2.0.0", RENAMED, rest=RULE)
    upgraded = upgrade_installation(actor=admin, name="mine")
    assert (upgraded.number, upgraded.parameters) == ("2.0.0", {"count": 3, "loud": True})
    assert grants(instance) == [("1.0.0", False), ("2.0.0", True)]
    assert changes(instance) == [("install", "", "1.0.0"), ("upgrade", "1.0.0", "2.0.0")]
    # What was started before finishes on its own version.
    drive(former.pk)
    after = start_execution(actor=admin, installation="mine").execution
    drive(after.pk)
    assert [look(one).version_number for one in (former, after)] == ["1.0.0", "2.0.0"]
    assert [look(one).status for one in (former, after)] == ["succeeded", "succeeded"]


def test_an_upgrade_shows_what_it_would_do_and_does_nothing(author: Actor, admin: Actor) -> None:
    release(author)
    instance = installed(admin)
    release(author, "2.0.0", RENAMED, rest=RULE)
    prepared = prepare_upgrade(actor=admin, name="mine")
    assert prepared.plan.diff.klass == "breaking"
    assert prepared.plan.migrated.parameters == {"count": 3, "loud": True}
    assert [note.done for note in prepared.plan.migrated.notes] == ["renamed", "set"]
    assert prepared.checked.is_fine
    assert [one.number for one in prepared.releases] == ["2.0.0"]
    assert (now(instance).number, now(instance).revision) == ("1.0.0", instance.revision)


def test_every_problem_is_told_at_once_and_nothing_is_written(author: Actor, admin: Actor) -> None:
    release(author)
    instance = installed(admin)
    release(
        author,
        "2.0.0",
        RENAMED.replace("count", "amount"),
        steps=CALLING,
        rest=REACHING,
    )
    with pytest.raises(InstallationInvalid) as refused:
        upgrade_installation(actor=admin, name="mine")
    assert problems(refused) == {
        ("/parameters/amount", "missing"),
        ("/secrets/token", "secret_missing"),
        ("/hosts", "host_not_granted"),
    }
    assert now(instance).number == "1.0.0"
    assert grants(instance) == [("1.0.0", True)]


def test_what_it_reaches_anew_is_granted_by_a_person_alone(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    release(author)
    installed(admin)
    set_secret(actor=admin, tenant_id=globex.pk, name="token", value="s3cr3t-value")
    release(author, "2.0.0", FIRST, steps=CALLING, rest=REACHING)
    prepared = prepare_upgrade(actor=admin, name="mine")
    assert prepared.plan.reaches_more.hosts == ("there.example",)
    assert not prepared.checked.is_fine
    with pytest.raises(InstallationInvalid) as refused:
        upgrade_installation(actor=admin, name="mine", overrides=Overrides(hosts=["there.example"]))
    assert problems(refused) == {("/secrets/token", "secret_missing")}
    given = Overrides(hosts=["there.example"], secrets={"token": "token"})
    upgraded = upgrade_installation(actor=admin, name="mine", overrides=given)
    assert (upgraded.hosts, upgraded.secrets) == (["there.example"], {"token": "token"})


def test_what_a_person_gives_stands_above_the_rules(author: Actor, admin: Actor) -> None:
    release(author)
    installed(admin)
    rule = "migrations: [{from: '*', rename: {n: count}, set: {loud: '${{ params.nothing }}'}}]"
    release(author, "2.0.0", RENAMED, rest=rule)
    with pytest.raises(InstallationInvalid) as refused:
        upgrade_installation(actor=admin, name="mine")
    assert problems(refused) == {("/parameters/loud", "migration_failed")}
    given = Overrides(parameters={"loud": False, "count": 9})
    upgraded = upgrade_installation(actor=admin, name="mine", overrides=given)
    assert upgraded.parameters == {"count": 9, "loud": False}


def test_an_endpoint_left_to_its_default_goes_where_that_leads_now(
    author: Actor, admin: Actor
) -> None:
    reaching = "endpoints: {there: {default: 'https://there.example/v1'}}"
    steps = "- {id: a, task: http.request@1, with: {method: GET, url: '${{ endpoints.there }}'}}"
    release(author, steps=steps, rest=reaching)
    installed(admin)
    release(author, "1.0.1", steps=steps, rest=reaching.replace("v1", "v2"))
    upgraded = upgrade_installation(actor=admin, name="mine")
    assert upgraded.endpoints == {"there": "https://there.example/v2"}


def test_an_address_of_its_own_stays(author: Actor, admin: Actor) -> None:
    reaching = "endpoints: {there: {default: 'https://there.example/v1'}}"
    steps = "- {id: a, task: http.request@1, with: {method: GET, url: '${{ endpoints.there }}'}}"
    release(author, steps=steps, rest=reaching)
    installed(admin, endpoints={"there": "https://own.example"}, hosts=["own.example"])
    release(author, "1.0.1", steps=steps, rest=reaching.replace("v1", "v2"))
    upgraded = upgrade_installation(actor=admin, name="mine")
    assert upgraded.endpoints == {"there": "https://own.example"}


def test_there_is_no_way_down_but_rolling_back(author: Actor, admin: Actor) -> None:
    release(author)
    release(author, "1.0.1")
    installed(admin)
    for to in ("1.0.0", "1.0.1", ""):
        with pytest.raises(NothingToUpgrade):
            upgrade_installation(actor=admin, name="mine", to=to)
    with pytest.raises(NotFound):
        upgrade_installation(actor=admin, name="mine", to="7.0.0")


def test_a_roll_back_restores_the_release_and_all_that_it_was_given(
    author: Actor, admin: Actor
) -> None:
    release(author)
    instance = installed(admin, channel="minor", quotas={"concurrent": 2})
    release(author, "2.0.0", RENAMED, rest=RULE)
    upgrade_installation(actor=admin, name="mine")
    configure_installation(actor=admin, name="mine", changes={"quotas": {}, "region": "eu"})
    back = roll_back_installation(actor=admin, name="mine")
    assert (back.number, back.parameters, back.quotas) == ("1.0.0", {"n": 3}, {"concurrent": 2})
    assert back.region == ""
    # Else it would follow to where it has just come from.
    assert back.channel == "pin"
    assert grants(instance)[-1] == ("1.0.0", True)
    execution = start_execution(actor=admin, installation="mine").execution
    drive(execution.pk)
    assert look(execution).version_number == "1.0.0"


def test_each_upgrade_is_rolled_back_once(author: Actor, admin: Actor) -> None:
    for version in ("1.0.0", "1.0.1", "1.0.2"):
        release(author, version)
        if version == "1.0.0":
            installed(admin)
        else:
            upgrade_installation(actor=admin, name="mine")
    assert roll_back_installation(actor=admin, name="mine").number == "1.0.1"
    assert roll_back_installation(actor=admin, name="mine").number == "1.0.0"
    with pytest.raises(NothingToRollBack):
        roll_back_installation(actor=admin, name="mine")
    assert upgrade_installation(actor=admin, name="mine").number == "1.0.2"
    assert roll_back_installation(actor=admin, name="mine").number == "1.0.0"


def test_nobody_rolls_back_to_what_was_withdrawn(author: Actor, admin: Actor) -> None:
    first = release(author)
    instance = installed(admin)
    release(author, "1.0.1")
    upgrade_installation(actor=admin, name="mine")
    withdraw(first)
    with pytest.raises(ReleaseWithdrawn):
        roll_back_installation(actor=admin, name="mine")
    assert now(instance).number == "1.0.1"


def test_nobody_upgrades_to_what_is_withdrawn_meanwhile(author: Actor, admin: Actor) -> None:
    release(author)
    installed(admin)
    second = release(author, "1.0.1")
    seen = prepare_upgrade(actor=admin, name="mine")
    withdraw(second)
    with pytest.raises(ReleaseWithdrawn):
        upgrade_installation(actor=admin, name="mine", to="1.0.1")
    with pytest.raises(NothingToUpgrade):
        upgrade_installation(actor=admin, name="mine", expected_digest=seen.after.release.digest)


def test_what_was_looked_at_is_what_is_taken(author: Actor, admin: Actor) -> None:
    release(author)
    instance = installed(admin)
    release(author, "1.0.1")
    seen = prepare_upgrade(actor=admin, name="mine")
    release(author, "1.0.2")
    with pytest.raises(ReleaseChanged):
        upgrade_installation(actor=admin, name="mine", expected_digest=seen.after.release.digest)
    with pytest.raises(InstallationChanged):
        upgrade_installation(actor=admin, name="mine", expected_revision=instance.revision + 1)
    assert now(instance).number == "1.0.0"


def test_of_two_who_upgrade_at_once_one_is_told_that_it_is_done(
    author: Actor, admin: Actor
) -> None:
    release(author)
    instance = installed(admin)
    release(author, "1.0.1")

    def upgrade() -> str:
        try:
            upgrade_installation(actor=admin, name="mine")
        except MaestroError as problem:
            return problem.code
        return "upgraded"

    assert sorted(at_once(upgrade, upgrade)) == ["nothing_to_upgrade", "upgraded"]
    assert grants(instance) == [("1.0.0", False), ("1.0.1", True)]


def test_whoever_is_no_person_goes_over_no_breaking_change(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    release(author)
    instance = installed(admin)
    release(author, "2.0.0", RENAMED, rest=RULE)
    follower = Actor(
        kind=ActorKind.SYSTEM, name="Maestro", tenant_id=globex.pk, channel=Channel.JOB
    )
    with pytest.raises(NeedsAPerson):
        upgrade_installation(actor=follower, name="mine")
    assert now(instance).number == "1.0.0"


def test_an_operator_upgrades_nothing(author: Actor, admin: Actor, globex: Tenant) -> None:
    release(author)
    installed(admin)
    release(author, "1.0.1")
    operator = actor_of(globex, "operator")
    with pytest.raises(Denied):
        upgrade_installation(actor=operator, name="mine")
    assert prepare_upgrade(actor=operator, name="mine").after.release.number == "1.0.1"
    upgrade_installation(actor=admin, name="mine")
    with pytest.raises(Denied):
        roll_back_installation(actor=operator, name="mine")


def test_another_tenant_upgrades_nothing(author: Actor, admin: Actor, acme: Tenant) -> None:
    release(author)
    installed(admin)
    release(author, "1.0.1")
    for attempt in (upgrade_installation, roll_back_installation, prepare_upgrade):
        with pytest.raises(NotFound):
            attempt(actor=actor_of(acme, "admin"), name="mine")


def test_both_ways_leave_receipts_without_the_parameters(author: Actor, admin: Actor) -> None:
    release(author)
    instance = installed(admin, parameters={"n": 31337})
    release(author, "1.0.1")
    upgrade_installation(actor=admin, name="mine")
    roll_back_installation(actor=admin, name="mine")
    with tenant_scope(instance.tenant_id):
        rows = Receipt.objects.filter(subject_id=str(instance.pk)).order_by("id")
        assert [row.kind for row in rows] == [
            "installation.create",
            "installation.upgrade",
            "installation.rollback",
        ]
        assert not any("31337" in str(row.statement) for row in rows)
        assert Execution.objects.count() == 0
