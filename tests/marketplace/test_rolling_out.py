"""Those who follow a release get it in waves, which stop when it fails; and publishers may ask."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from pytest_django import Settings

from governance.models import Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, IllegalTransition, InvalidInput, NotFound
from maestro.kernel.models import OutboxEvent
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, Grant
from maestro.tenancy.models import Tenant
from marketplace.models import Release, Rollout, UpgradeProposal, WorkflowInstance
from marketplace.services.configure_installation import configure_installation
from marketplace.services.note_adoption import note_adoption
from marketplace.services.propose_upgrade import propose_upgrade
from marketplace.services.resume_rollout import resume_rollout
from marketplace.services.roll_out import roll_out
from marketplace.services.upgrade_installation import upgrade_installation
from tests.at_once import overtaking, somebody_waits
from tests.factories import actor_of
from tests.faults.processes import Part, celery_environment
from tests.marketplace.worlds import installed, released, withdraw
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

FIRST = "parameters: {type: object, properties: {n: {type: integer, default: 1}}}"
NEEDS_MORE = "parameters: {type: object, required: [m], properties: {m: {type: integer}}}"
STEP = "- {id: a, task: core.set@1, with: {values: {n: 1}}}"


@pytest.fixture(autouse=True)
def no_pause(settings: Settings) -> None:
    """One wave follows at once on the one before."""
    settings.MARKETPLACE_WAVE_SECONDS = 0


@pytest.fixture
def admin(globex: Tenant) -> Actor:
    """Who installs at globex."""
    return actor_of(globex, "admin")


def release(author: Actor, version: str = "1.0.0", parameters: str = FIRST) -> Release:
    """A release of acme's, above the one before."""
    return released(author, STEP, parameters=parameters, version=version)


def follower(admin: Actor, number: int, channel: str = "patch") -> WorkflowInstance:
    """An installation that follows."""
    instance = installed(admin, name=f"mine-{number}", parameters={}, channel=channel)
    note_adoption(instance.pk)
    return instance


def first_wave(
    author: Actor, admin: Actor, followers: int, before: Sequence[str] = ()
) -> tuple[Release, list[WorkflowInstance]]:
    """1.0.1, which so many follow, once its first wave is done; the first of them ran `before`."""
    release(author)
    instances = [follower(admin, number) for number in range(followers)]
    ran(instances[0], *before)
    second = release(author, "1.0.1")
    roll_out()
    return second, instances


def numbers(tenant: Tenant) -> list[str]:
    """On which version each installation is."""
    with tenant_scope(tenant.pk):
        return list(WorkflowInstance.objects.order_by("id").values_list("number", flat=True))


def rollout(of: Release) -> Rollout:
    """How far it is."""
    return Rollout.objects.using("owner").get(release_id=of.pk)


def ran(instance: WorkflowInstance, *statuses: str, **fields: Any) -> None:
    """Runs of it that ended so, with what it is granted now."""
    grant = Grant.objects.using("owner").get(installation_id=instance.pk, superseded_at=None)
    Execution.objects.using("owner").bulk_create(
        Execution(
            tenant_id=instance.tenant_id, definition_id=grant.definition_id,
            version_id=grant.version_id, workflow=instance.address, title=instance.title,
            version_number=grant.number, version_digest=grant.digest, risk="low", status=status,
            purpose="practice", trigger="person", grant_id=grant.pk,
            installation_id=instance.pk, environment="staging", finished_at=now(),
            **fields,
        )
        for status in statuses
    )  # fmt: skip


def test_followers_go_in_waves_and_the_first_has_one(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    release(author)
    for number in range(12):
        follower(admin, number)
    second = release(author, "1.0.1")
    seen = []
    for _ in range(5):
        roll_out()
        seen.append(numbers(globex).count("1.0.1"))
    assert seen == [1, 2, 6, 12, 12]
    assert (rollout(second).status, rollout(second).done) == ("done", 12)


def test_a_pause_lies_between_two_waves(
    author: Actor, admin: Actor, globex: Tenant, settings: Settings
) -> None:
    settings.MARKETPLACE_WAVE_SECONDS = 900
    second, _ = first_wave(author, admin, 3)
    roll_out()
    roll_out()
    assert numbers(globex).count("1.0.1") == 1
    pause = (rollout(second).next_at or now()) - now()
    assert timedelta(minutes=14) < pause <= timedelta(minutes=15)


def test_who_is_pinned_or_stopped_or_follows_less_stays(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    release(author)
    follower(admin, 1, "pin")
    follower(admin, 2, "patch")
    follower(admin, 3, "minor")
    release(author, "1.1.0")
    for _ in range(3):
        roll_out()
    assert numbers(globex) == ["1.0.0", "1.0.0", "1.1.0"]


def test_a_breaking_or_reaching_change_waits_for_a_person(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    release(author)
    instance = follower(admin, 1, "minor")
    # It says minor; what it changes since 1.0.0 needs somebody all the same.
    reaching = released(
        author,
        "- {id: a, task: http.request@1, with: {method: GET, url: 'https://there.example/'}}",
        parameters=FIRST,
        version="1.1.0",
        rest="endpoints: {there: {default: 'https://there.example'}}",
    )
    roll_out()
    assert numbers(globex) == ["1.0.0"]
    assert (rollout(reaching).skipped, rollout(reaching).status) == (1, "done")
    assert rollout(reaching).waves[0]["waiting"] == 1
    waits = OutboxEvent.objects.using("owner").get(kind="installation.upgrade_waits")
    assert (waits.subject, waits.data["code"]) == (str(instance.pk), "needs_a_person")
    assert waits.tenant_id == globex.pk


def test_when_it_fails_more_the_next_wave_does_not_begin(
    author: Actor, admin: Actor, globex: Tenant, acme: Tenant
) -> None:
    second, instances = first_wave(author, admin, 12, ["succeeded"] * 20)
    ran(instances[0], "failed", "failed", "succeeded")
    for _ in range(3):
        roll_out()
    assert numbers(globex).count("1.0.1") == 1
    assert rollout(second).status == "halted"
    assert "Too few tenants" in rollout(second).halted_reason  # one tenant's figures
    event = OutboxEvent.objects.using("owner").get(kind="rollout.halted")
    assert event.tenant_id == acme.pk
    assert event.data["reason"] == rollout(second).halted_reason
    # Its publisher looks, and lets it go on.
    resume_rollout(actor=author, release_id=second.pk)
    proofs = Receipt.objects.using("owner").filter(tenant_id=acme.pk, kind="rollout.resume")
    assert proofs.count() == 1
    for _ in range(4):
        roll_out()
    assert numbers(globex).count("1.0.1") == 12
    with pytest.raises(IllegalTransition):
        resume_rollout(actor=author, release_id=second.pk)


def test_what_failed_before_as_often_halts_nothing(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    _, instances = first_wave(author, admin, 3, ["failed"] * 10)
    ran(instances[0], "failed", "failed", "failed")
    for _ in range(3):
        roll_out()
    assert numbers(globex).count("1.0.1") == 3


def test_a_release_that_is_not_the_latest_any_more_is_followed_no_longer(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    second, _ = first_wave(author, admin, 3)
    third = release(author, "1.0.2")
    for _ in range(5):
        roll_out()
    assert rollout(second).status == "done"
    assert numbers(globex) == ["1.0.2"] * 3
    assert rollout(third).done == 3


def test_a_release_that_is_withdrawn_between_two_waves_is_followed_no_longer(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    second, _ = first_wave(author, admin, 3)
    withdraw(second, "warn")
    for _ in range(3):
        roll_out()
    assert numbers(globex) == ["1.0.1", "1.0.0", "1.0.0"]
    assert "withdrawn" in rollout(second).halted_reason
    assert rollout(second).status == "done"
    assert not OutboxEvent.objects.using("owner").filter(kind__endswith="upgrade_waits").exists()


def test_one_who_began_to_pin_meanwhile_is_left_alone(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    second, _ = first_wave(author, admin, 3)
    configure_installation(actor=admin, name="mine-2", changes={"channel": "pin"})
    for _ in range(5):
        roll_out()
    assert numbers(globex) == ["1.0.1", "1.0.1", "1.0.0"]
    assert rollout(second).status == "done"


def test_whoever_upgrades_at_the_same_moment_is_ahead_and_nobody_is_asked(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    release(author)
    instance = follower(admin, 1)
    second = release(author, "1.0.1")
    overtaking(globex.pk, lambda: upgrade_installation(actor=admin, name=instance.name), roll_out)
    assert rollout(second).waves[0]["ahead"] == 1
    assert not OutboxEvent.objects.using("owner").filter(kind__endswith="upgrade_waits").exists()


def test_who_is_killed_in_a_turn_leaves_no_upgrade_uncounted(
    author: Actor, admin: Actor, globex: Tenant, tmp_path: Path
) -> None:
    second, instances = first_wave(author, admin, 12)
    roll_out()
    with tenant_scope(globex.pk):
        # Of the four of the third wave the second one keeps the job waiting.
        WorkflowInstance.objects.select_for_update().get(pk=instances[3].pk)
        job = _job(tmp_path)
        job.until(somebody_waits, "the job at the installation")
        job.kill()
    assert numbers(globex).count("1.0.1") == 3
    Rollout.objects.using("owner").update(next_at=now())  # as if its lease were over
    roll_out()
    assert numbers(globex).count("1.0.1") == 6
    roll_out()
    found = rollout(second)
    assert (found.status, found.done, found.skipped) == ("done", 12, 0)
    assert [wave["upgraded"] for wave in found.waves] == [1, 1, 4, 6]


def _job(folder: Path) -> Part:
    """The roll-out as a process of its own, in the tests' database."""
    database = str(connections["default"].settings_dict["NAME"])
    home = str(django_settings.MAESTRO_HOME)
    own = {"MAESTRO_HOME": home, "DJANGO_SETTINGS_MODULE": "maestro.settings.test"}
    environ = celery_environment(folder, database, "memory://", **own)
    return Part("job", [sys.executable, "-c", _ROLL_OUT], folder=folder, environ=environ)


_ROLL_OUT = """
import django
django.setup()
from marketplace.services.roll_out import roll_out
roll_out()
"""


def test_who_was_silent_too_long_writes_nothing_over_who_took_over(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    release(author)
    instance = follower(admin, 1)
    second = release(author, "1.0.1")
    somebody_else = Rollout.objects.using("owner")
    locked = WorkflowInstance.objects.select_for_update()
    overtaking(
        globex.pk,
        lambda: locked.get(pk=instance.pk),
        roll_out,
        meanwhile=lambda: somebody_else.update(next_at=now() + timedelta(hours=1)),
    )
    assert numbers(globex) == ["1.0.1"]
    assert (rollout(second).status, rollout(second).done) == ("running", 0)
    Rollout.objects.using("owner").update(next_at=now())
    roll_out()
    assert (rollout(second).status, rollout(second).done) == ("done", 1)


def test_only_the_publisher_lets_a_roll_out_go_on(author: Actor, globex: Tenant) -> None:
    release(author)
    second = release(author, "1.0.1")
    roll_out()
    with pytest.raises(NotFound):
        resume_rollout(actor=actor_of(globex, "author"), release_id=second.pk)
    with pytest.raises(Denied):
        resume_rollout(actor=actor_of(globex, "viewer"), release_id=second.pk)


def test_a_publisher_asks_those_below_to_upgrade_each_once(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    release(author)
    below, above = follower(admin, 1, "pin"), follower(admin, 2, "pin")
    release(author, "1.0.1")
    upgrade_installation(actor=admin, name="mine-2")
    note_adoption(above.pk)
    deadline = (now() + timedelta(days=30)).date()
    asked = propose_upgrade(
        actor=author, slug="tried", number="1.0.1", message="A leak.", deadline=deadline
    )
    assert asked == 1
    assert propose_upgrade(actor=author, slug="tried", number="1.0.1", message="Again.") == 0
    with tenant_scope(globex.pk):
        proposal = UpgradeProposal.objects.get()
    assert (proposal.installation_id, proposal.message) == (below.pk, "A leak.")
    assert numbers(globex) == ["1.0.0", "1.0.1"]


def test_a_proposal_needs_a_reason_and_a_day_to_come(author: Actor) -> None:
    release(author)
    with pytest.raises(InvalidInput) as refused:
        propose_upgrade(
            actor=author, slug="tried", number="1.0.0", message=" ", deadline=now().date()
        )
    assert {one.code for one in refused.value.problems} == {"message_required", "deadline_passed"}


def test_nobody_proposes_for_another_publisher(author: Actor, globex: Tenant) -> None:
    release(author)
    with pytest.raises(NotFound):
        propose_upgrade(
            actor=actor_of(globex, "author"), slug="tried", number="1.0.0", message="Do it."
        )
    with pytest.raises(Denied):
        propose_upgrade(
            actor=actor_of(globex, "operator"), slug="tried", number="1.0.0", message="Do it."
        )
