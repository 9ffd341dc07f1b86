"""A publisher's page of who has a template: how releases come to them, and asking them to upgrade."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Release, Rollout, UpgradeProposal
from tests.factories import actor_of
from tests.marketplace.test_install_pages import signed_in
from tests.marketplace.test_rolling_out import follower, release
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

PAGE = "/marketplace/acme/tried/tenants/"


@pytest.fixture
def publisher(author: Actor, acme: Tenant, globex: Tenant) -> Client:
    """Somebody of acme, which published 1.0.1; globex is on 1.0.0."""
    release(author)
    follower(actor_of(globex, "admin"), 1, "pin")
    release(author, "1.0.1")
    return signed_in(acme, "author")


def text(answer: Any, status: int = 200) -> str:
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == status, page[:3000]
    return page


def asked(tenant: Tenant) -> list[tuple[str, str]]:
    """What was asked of a tenant."""
    with tenant_scope(tenant.pk):
        return list(UpgradeProposal.objects.values_list("number", "message"))


def test_those_on_a_lower_version_are_asked_once(publisher: Client, globex: Tenant) -> None:
    assert "Propose an upgrade" in text(publisher.get(PAGE))
    until = (now() + timedelta(days=9)).date().isoformat()
    given = {"number": "1.0.1", "message": "It leaks.", "deadline": until, "tenants": ""}
    first = publisher.post(f"{PAGE}propose/", given, follow=True)
    assert "1 installation was asked." in text(first)
    again = publisher.post(f"{PAGE}propose/", given, follow=True)
    assert "Nobody was asked" in text(again)
    assert asked(globex) == [("1.0.1", "It leaks.")]


def test_what_is_wrong_is_told_at_once_and_what_was_typed_stays(
    publisher: Client, globex: Tenant
) -> None:
    given = {"number": "1.0.1", "message": " ", "deadline": "2020-01-01", "tenants": "globex"}
    page = text(publisher.post(f"{PAGE}propose/", given), 400)
    assert "Fix 2 answers, then try again" in page
    assert "Say why" in page
    assert "2020-01-01" in page
    wrong = publisher.post(f"{PAGE}propose/", given | {"deadline": "soon"})
    assert "Give a day" in text(wrong, 400)
    assert asked(globex) == []


def test_a_halted_roll_out_says_why_and_goes_on_by_its_button(
    publisher: Client, acme: Tenant
) -> None:
    assert "Roll-outs to followers" not in text(publisher.get(PAGE))
    second = Release.objects.using("owner").get(number="1.0.1")
    Rollout.objects.using("owner").create(
        tenant_id=acme.pk, release_id=second.pk, followers=9, done=1, skipped=2, wave=1,
        status="halted", halted_reason="2 of 3 runs failed.",
    )  # fmt: skip
    page = text(publisher.get(PAGE))
    for said in ("2 of 3 runs failed.", "1 of 9 upgraded", "2 left for a person", "wave 2 of 4"):
        assert said in page, said
    resume = "/marketplace/acme/tried/1.0.1/resume/"
    assert f'action="{resume}"' in page
    assert "1.0.1 goes on" in text(publisher.post(resume, follow=True))
    assert Rollout.objects.using("owner").get().status == "running"
    assert resume not in text(publisher.get(PAGE))
    assert publisher.post(resume).status_code == 302


def test_who_may_not_propose_sees_why_and_others_find_nothing(
    publisher: Client, acme: Tenant, globex: Tenant
) -> None:
    viewer = signed_in(acme, "viewer")
    page = text(viewer.get(PAGE))
    assert "This needs the role author here." in page
    assert "Propose the upgrade" not in page
    given = {"number": "1.0.1", "message": "Do it."}
    text(viewer.post(f"{PAGE}propose/", given), 403)
    stranger = signed_in(globex, "author")
    text(stranger.post(f"{PAGE}propose/", given), 404)
    text(stranger.post("/marketplace/acme/tried/1.0.1/resume/"), 404)
    assert asked(globex) == []
