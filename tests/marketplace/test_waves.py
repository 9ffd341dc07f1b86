"""What became of each wave of a roll-out, how it runs now, and at which bound it would halt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.tenancy.models import Tenant
from marketplace.following import Rate, Wave, bound, told, waves_of
from marketplace.models import Rollout
from marketplace.services.configure_installation import configure_installation
from marketplace.services.count_rollout import Rates, rates
from marketplace.services.roll_out import measure, roll_out, why_halted
from marketplace.services.upgrade_installation import upgrade_installation
from tests.api.calling import caller_in, is_problem
from tests.factories import actor_of
from tests.marketplace.test_install_pages import signed_in
from tests.marketplace.test_rolling_out import (
    FIRST,
    STEP,
    first_wave,
    follower,
    ran,
    release,
    rollout,
)
from tests.marketplace.test_rolling_out_pages import PAGE, text
from tests.marketplace.worlds import forged
from tests.runtime.driving import ALIASES
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

LIVE = f"{PAGE}live/"


@pytest.fixture(autouse=True)
def no_pause(settings: Settings) -> None:
    """One wave follows at once on the one before."""
    settings.MARKETPLACE_WAVE_SECONDS = 0


@pytest.fixture
def admin(globex: Tenant) -> Actor:
    """Who installs at globex."""
    return actor_of(globex, "admin")


def counts(of: Rollout) -> list[dict[str, Any]]:
    """Each wave that began, without when."""
    return [{name: n for name, n in one.items() if name != "begun_at" and n} for one in of.waves]


def counted(second: Any) -> dict[str, Any]:
    """The rates as they are, which nobody is told."""
    found = rates(second, rollout(second))
    return {
        "before": [found.before.runs, found.before.failed],
        "waves": [[one.runs, one.failed] for one in found.waves],
    }


def let_be_told(second: Any, **told: Any) -> None:
    """As if so many tenants had run it that this may be told."""
    Rollout.objects.using("owner").filter(release_id=second.pk).update(
        rates=told, measured_at=now()
    )


def test_the_bound_is_what_failed_before_and_a_margin() -> None:
    assert bound(Rate(100, 4)) == pytest.approx(0.14)
    assert bound(Rate(0, 0)) == pytest.approx(0.1)
    assert bound(Rate(10, 10)) == 1.0


def test_how_a_few_tenants_ran_is_not_told_their_publisher() -> None:
    assert told(Rate(500, 20, tenants=4)) is None
    assert told(Rate(19, 2, tenants=9)) is None
    assert told(Rate(23, 2, tenants=5)) == [20, 2]
    found = Rates(Rate(100, 2, tenants=9), (Rate(40, 20, tenants=1), Rate(60, 30, tenants=6)))
    assert found.as_json() == {"before": [100, 2], "waves": [None, [60, 30]]}
    assert not any(letter.isdigit() for letter in why_halted(found))
    everybody = Rates(Rate(100, 2, tenants=9), (Rate(60, 30, tenants=6),))
    assert "30 of 60 runs failed" in why_halted(everybody)


def test_waves_without_a_follower_are_left_out_and_those_to_come_did_not_begin() -> None:
    began = [{"upgraded": 1}, {"upgraded": 1, "waiting": 0, "failed": 0, "ahead": 0}]
    assert waves_of(12, began, [[30, 1], None]) == [
        Wave(0, 1, upgraded=1, begun=True, rate=Rate(30, 1)),
        Wave(1, 1, upgraded=1, begun=True),
        Wave(2, 4),
        Wave(3, 6),
    ]
    assert [one.number for one in waves_of(1, [], [])] == [0]
    assert waves_of(0, [], []) == []


def test_each_wave_says_what_became_of_its_followers(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    second, instances = first_wave(author, admin, 12)
    assert counts(rollout(second)) == [{"upgraded": 1}]
    roll_out()
    upgrade_installation(actor=admin, name=instances[3].name)  # somebody is faster
    roll_out()
    roll_out()
    found = rollout(second)
    assert (found.status, found.done, found.skipped) == ("done", 11, 0)
    assert counts(found) == [{"upgraded": 1}, {"upgraded": 1}, {"upgraded": 4}, {"upgraded": 5}]


def test_what_can_t_be_upgraded_at_all_is_counted_as_failed(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    release(author)
    follower(admin, 1)
    second = forged(author, STEP, parameters=FIRST, version="1.0.1")
    roll_out()
    assert counts(rollout(second)) == [{"failed": 1}]


def test_runs_are_counted_by_the_wave_that_upgraded_them(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    second, instances = first_wave(author, admin, 12, [*["succeeded"] * 9, "failed"])
    ran(instances[0], "failed", "succeeded")
    roll_out()
    ran(instances[1], "succeeded")
    assert counted(second) == {"before": [10, 1], "waves": [[2, 1], [1, 0]]}


def test_a_change_of_what_was_upgraded_counts_no_run_twice(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    second, instances = first_wave(author, admin, 3)
    name = instances[0].name
    configure_installation(actor=admin, name=name, changes={"quotas": {"per_day": 9}})
    ran(instances[0], "failed", "succeeded")
    assert counted(second)["waves"] == [[2, 1]]


def test_they_are_counted_again_after_a_while_and_no_sooner(
    author: Actor, admin: Actor, globex: Tenant
) -> None:
    second, instances = first_wave(author, admin, 12)
    ran(instances[0], "succeeded")
    moment = now()
    assert measure(moment) == 0
    assert measure(moment + timedelta(seconds=31)) == 1
    assert rollout(second).measured_at == moment + timedelta(seconds=31)
    assert rollout(second).rates == {"before": None, "waves": [None]}


def test_the_page_shows_each_wave_the_rate_and_the_bound(
    author: Actor, admin: Actor, acme: Tenant
) -> None:
    second, instances = first_wave(author, admin, 12, [*["succeeded"] * 24, "failed"])
    let_be_told(second, before=[25, 1], waves=[[30, 10]])
    page = text(signed_in(acme, "author").get(PAGE))
    for said in (
        "Waves of 1.0.1",
        "10 of 30 runs failed since the upgrade: 33%.",
        "Before it were 4%; above 14% the next wave does not begin.",
        "Not yet",
        f'data-hx-get="{LIVE}"',
    ):
        assert said in page, said
    ran(instances[0], "failed", "failed", "succeeded")
    roll_out()
    page = text(signed_in(acme, "author").get(PAGE))
    assert "Wave 2 did not begin" in page
    assert "Too few tenants ran it to say how many." in page
    assert "data-hx-get" not in page.partition('id="rollouts"')[2]


def test_the_poll_is_answered_304_until_something_is_new(
    author: Actor, admin: Actor, acme: Tenant
) -> None:
    first_wave(author, admin, 12)
    browser = signed_in(acme, "author")
    first = browser.get(LIVE)
    assert first.status_code == 200
    assert b"<html" not in first.content
    with statements_at_most(5):
        same = browser.get(LIVE, headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    roll_out()
    new = browser.get(LIVE, headers={"If-None-Match": first["ETag"]})
    assert new.status_code == 200
    assert new["ETag"] != first["ETag"]


def test_only_its_publisher_follows_it(author: Actor, admin: Actor, globex: Tenant) -> None:
    first_wave(author, admin, 1)
    assert signed_in(globex, "admin").get(LIVE).status_code == 404
    assert Client().get(LIVE).status_code == 302


def test_the_api_says_the_same(author: Actor, admin: Actor, acme: Tenant, globex: Tenant) -> None:
    second, instances = first_wave(author, admin, 12)
    ran(instances[0], "failed")
    let_be_told(second, before=None, waves=[[20, 20]])
    path = "releases/acme/tried/1.0.1/rollout/"
    said = caller_in(acme, "author").get(path).json()
    assert said["bound"] is None
    assert [one["followers"] for one in said["waves"]] == [1, 1, 4, 6]
    assert said["waves"][0] == {
        "followers": 1, "begun": True, "upgraded": 1, "waiting": 0, "failed": 0, "ahead": 0,
        "runs": 20, "failed_runs": 20,
    }  # fmt: skip
    assert said["waves"][1]["runs"] is None
    is_problem(caller_in(globex, "admin").get(path), 404, "not_found")
