"""A release is withdrawn while installations run it: with a worker and a beat of their own."""

from __future__ import annotations

import time

import pytest

from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, StepRun
from maestro.runtime.services.find_grant import ReleaseWithdrawn
from maestro.runtime.services.start_execution import start_execution
from maestro.tenancy.models import Tenant
from marketplace.services.install_release import install_release
from marketplace.services.withdraw_release import withdraw_release
from tests.embedded.waiting import until
from tests.factories import actor_of
from tests.faults.conftest import Fleet
from tests.faults.processes import PATIENCE
from tests.marketplace.worlds import released
from tests.runtime.driving import ALIASES, look

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

WITHIN = 5.0  # seconds after the withdrawal
WAITS = "- {id: a, task: core.wait@1, with: {duration: 1h}}"


@pytest.mark.parametrize("heard", [True, False], ids=["told", "its-message-lost"])
def test_what_runs_is_cancelled_within_five_seconds_and_nothing_starts_from_the_commit_on(
    author: Actor, acme: Tenant, globex: Tenant, fleet: Fleet, heard: bool
) -> None:
    fleet.workers(1)
    (beat,) = fleet.beats(1)
    released(author, WAITS, parameters="")
    partner = actor_of(globex, "admin")
    install_release(actor=partner, release="acme/tried", name="mine", environment="staging")
    running = start_execution(actor=partner, installation="mine").execution
    until(lambda: waits(running), within=PATIENCE, of="the wait")
    beat.until(lambda: beat.said("marketplace.stop_withdrawn") > 0, "a beat that is under way")

    publisher = actor_of(acme, "admin")
    began = time.monotonic()
    if heard:
        withdraw(publisher)
    else:
        with fleet.unheard():
            withdraw(publisher)
    with pytest.raises(ReleaseWithdrawn):
        start_execution(actor=partner, installation="mine")
    until(lambda: look(running).status == "cancelled", within=PATIENCE, of="the end")
    assert time.monotonic() - began < WITHIN


def withdraw(publisher: Actor) -> None:
    """Take it back."""
    withdraw_release(
        actor=publisher, release="acme/tried@1.0.0", mode="stop", reason="It deletes too much."
    )


def waits(execution: Execution) -> bool:
    """Whether its step waits."""
    with tenant_scope(execution.tenant_id):
        return StepRun.objects.filter(execution=execution, status="waiting").exists()
