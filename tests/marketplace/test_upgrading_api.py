"""Upgrades, roll-backs, proposals and roll-outs by API: the same services, with problem documents."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Release, Rollout, UpgradeProposal
from marketplace.services.note_adoption import note_adoption
from tests.api.calling import Caller, caller_in, is_problem
from tests.api.test_budgets import asked
from tests.factories import actor_of
from tests.marketplace.test_upgrading import FIRST, RENAMED, RULE, release
from tests.marketplace.worlds import CALLING, REACHING, installed, released
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

UPGRADE = "installations/mine/upgrade/"


@pytest.fixture
def admin(author: Actor, globex: Tenant) -> Caller:
    """Somebody at globex, which runs acme/tried 1.0.0; 2.0.0 is out."""
    release(author)
    installed(actor_of(globex, "admin"))
    release(author, "2.0.0", RENAMED, rest=RULE)
    return caller_in(globex, "admin")


def test_what_it_would_change_is_shown_and_what_was_shown_is_what_is_done(admin: Caller) -> None:
    plan = admin.get(UPGRADE).json()
    assert (plan["allowed"], plan["needs_a_person"], plan["verified"]) == (True, True, True)
    assert (plan["version"], plan["versions"]) == ("2.0.0", ["2.0.0"])
    assert (plan["changes"]["class"], plan["changes"]["smallest"]) == ("breaking", "2.0.0")
    assert plan["migration"]["parameters"] == {"count": 3, "loud": True}
    assert [note["done"] for note in plan["migration"]["notes"]] == ["renamed", "set"]
    assert [one["number"] for one in plan["releases"]] == ["2.0.0"]
    late = admin.post(UPGRADE, {"expected_revision": plan["revision"] + 1})
    is_problem(late, 409, "installation_changed")
    other = admin.post(UPGRADE, {"expected_digest": "sha256:" + "0" * 64})
    is_problem(other, 409, "release_changed")
    done = admin.post(
        UPGRADE,
        {
            "to": "2.0.0",
            "parameters": {"loud": False},
            "expected_revision": plan["revision"],
            "expected_digest": plan["digest"],
        },
    )
    assert done.status_code == 200, done.json()
    assert done.json()["version"] == "2.0.0"
    assert done.json()["parameters"] == {"count": 3, "loud": False}
    is_problem(admin.get(UPGRADE), 409, "nothing_to_upgrade")


def test_a_roll_back_restores_what_it_was_and_every_change_is_listed(admin: Caller) -> None:
    is_problem(admin.post("installations/mine/rollback/"), 409, "nothing_to_roll_back")
    admin.post(UPGRADE)
    late = admin.post("installations/mine/rollback/", {"expected_revision": 0})
    is_problem(late, 409, "installation_changed")
    back = admin.post("installations/mine/rollback/", {"expected_revision": 1}).json()
    assert (back["version"], back["parameters"]) == ("1.0.0", {"n": 3})
    told = admin.get("installations/mine/changes/?page_size=2").json()
    assert [one["kind"] for one in told["results"]] == ["rollback", "upgrade"]
    assert told["results"][0]["from_number"] == "2.0.0"
    assert "before" not in told["results"][0]
    rest = admin.get(told["next"].partition("/api/")[2]).json()
    assert [one["kind"] for one in rest["results"]] == ["install"]


def test_all_that_is_missing_comes_in_one_problem_document(admin: Caller, author: Actor) -> None:
    released(author, CALLING, parameters=FIRST, version="3.0.0", rest=REACHING)
    plan = admin.get(UPGRADE).json()
    assert (plan["allowed"], plan["hosts_to_grant"]) == (False, ["there.example"])
    told = is_problem(admin.post(UPGRADE), 400, "installation_invalid")
    assert {one["path"] for one in told["problems"]} == {"/secrets/token", "/hosts"}
    assert admin.get("installations/mine/").json()["version"] == "1.0.0"
    assert admin.get(f"{UPGRADE}?to=2.0.0").json()["version"] == "2.0.0"
    is_problem(admin.get(f"{UPGRADE}?to=9.9.9"), 404, "not_found")


def test_another_tenant_and_a_narrow_token_find_nothing_to_upgrade(
    admin: Caller, acme: Tenant, globex: Tenant
) -> None:
    stranger = caller_in(acme, "admin")
    narrow = caller_in(globex, "admin", scopes=["installation.read"])
    for method, path in (
        ("GET", UPGRADE),
        ("POST", UPGRADE),
        ("POST", "installations/mine/rollback/"),
        ("GET", "installations/mine/changes/"),
    ):
        is_problem(stranger.call(method, path), 404, "not_found")
        if method == "POST":
            is_problem(narrow.call(method, path), 403, "denied")
    assert narrow.get("installations/mine/changes/").status_code == 200
    is_problem(caller_in(globex, "operator").post(UPGRADE), 403, "denied")


def test_a_publisher_proposes_to_some_tenants_or_to_all(
    admin: Caller, acme: Tenant, globex: Tenant
) -> None:
    note_adoption(_installation(admin))
    publisher = caller_in(acme, "author")
    path = "templates/acme/tried/proposals/"
    wanted = {"number": "2.0.0", "message": "The old one leaks."}
    nobody = publisher.post(path, wanted | {"tenants": ["initech"]})
    assert nobody.json() == {"asked": 0}
    until = (now() + timedelta(days=9)).date()
    some = publisher.post(path, wanted | {"tenants": ["globex"], "deadline": until.isoformat()})
    assert some.json() == {"asked": 1}
    assert publisher.post(path, wanted).json() == {"asked": 0}
    with tenant_scope(globex.pk):
        assert UpgradeProposal.objects.get().deadline == until
    past = wanted | {"message": " ", "deadline": "2020-01-01"}
    assert publisher.post(path, past).status_code == 400
    is_problem(caller_in(globex, "operator").post(path, wanted), 403, "denied")
    is_problem(caller_in(globex, "author").post(path, wanted), 404, "not_found")
    narrow = caller_in(acme, "author", scopes=["template.*"])
    is_problem(narrow.post(path, wanted), 403, "denied")


def _installation(admin: Caller) -> UUID:
    return UUID(admin.get("installations/mine/").json()["id"])


def test_a_publisher_sees_how_far_a_roll_out_is_and_lets_a_halted_one_go_on(
    admin: Caller, acme: Tenant
) -> None:
    publisher = caller_in(acme, "author")
    path = "releases/acme/tried/2.0.0/rollout/"
    is_problem(publisher.get(path), 404, "not_found")
    second = Release.objects.using("owner").get(number="2.0.0")
    rollout = Rollout.objects.using("owner").create(
        tenant_id=acme.pk, release_id=second.pk, followers=9, done=1, wave=1, next_at=now()
    )
    found = publisher.get(path).json()
    assert (found["status"], found["followers"], found["done"]) == ("running", 9, 1)
    is_problem(publisher.post(path), 409, "illegal_transition")
    Rollout.objects.using("owner").filter(pk=rollout.pk).update(
        status="halted", halted_reason="2 of 3 runs failed."
    )
    assert publisher.get(path).json()["halted_reason"] == "2 of 3 runs failed."
    is_problem(caller_in(acme, "viewer").post(path), 403, "denied")
    is_problem(admin.get(path), 404, "not_found")
    is_problem(admin.post(path), 404, "not_found")
    resumed = publisher.post(path).json()
    assert (resumed["status"], resumed["halted_reason"]) == ("running", "")


def test_how_many_statements_a_look_at_an_upgrade_takes(admin: Caller) -> None:
    look = asked(lambda: admin.get(UPGRADE))
    assert len(look) == 11, look
    listed = asked(lambda: admin.get("installations/mine/changes/"))
    assert len(listed) == 5, listed
