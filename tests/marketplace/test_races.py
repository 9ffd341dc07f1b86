"""Two at the same moment: one clear outcome each, nothing half-written."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import TemplateAudience, WorkflowTemplate
from governance.models import Receipt
from maestro.kernel.actor import system_actor
from maestro.kernel.errors import Conflict
from maestro.kernel.models import OutboxEvent
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Release, Review, Submission
from marketplace.services.approve_release import approve_release
from marketplace.services.audience import revision_of as revision_of_audience
from marketplace.services.decide_review import decide_review
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.install_system_workflows import install_system_workflows
from marketplace.services.partner_groups import (
    Partners,
    read_partner_groups,
    revision_of,
    set_partner_group,
)
from marketplace.services.publish_release import list_release, publish_release, sign_release
from marketplace.services.request_publish import request_publish
from marketplace.services.update_template import update_template
from marketplace.services.withdraw_release import withdraw_release
from tests.at_once import at_once
from tests.factories import actor_of
from tests.marketplace.worlds import approved, frozen, published, reviewed, staff, submitted
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


def refused(met: list[Any]) -> int:
    return sum(isinstance(one, Conflict) for one in met)


def test_two_requests_make_one_submission(acme: Tenant) -> None:
    install_system_workflows()
    author, other = actor_of(acme, "author"), actor_of(acme, "author")
    frozen(author)
    met = at_once(
        *(
            lambda actor=actor: request_publish(  # type: ignore[misc]
                actor=actor, workflow="tried", visibility="internal-only"
            )
            for actor in (author, other)
        )
    )
    assert refused(met) == 1
    with tenant_scope(acme.pk):
        assert Submission.objects.count() == 1


def test_two_reviewers_make_one_review(acme: Tenant) -> None:
    submission = submitted(acme)
    met = at_once(
        *(
            lambda actor=actor: decide_review(  # type: ignore[misc]
                actor=actor,
                submission_id=submission.pk,
                kind="security",
                decision="approve",
                rationale="Fine.",
            )
            for actor in (staff(acme, "security_reviewer"), staff(acme, "security_reviewer"))
        )
    )
    assert refused(met) == 1
    with tenant_scope(acme.pk):
        assert Review.objects.count() == 1


def test_two_approvers_approve_once(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme))
    met = at_once(
        *(
            lambda actor=actor: approve_release(  # type: ignore[misc]
                actor=actor, submission_id=submission.pk, rationale="Ready."
            )
            for actor in (staff(acme, "approver"), staff(acme, "approver"))
        )
    )
    assert refused(met) == 1
    with tenant_scope(acme.pk):
        assert OutboxEvent.objects.filter(kind="release.approved").count() == 1


def test_two_workers_list_one_release(acme: Tenant) -> None:
    submission = approved(acme, reviewed(acme, submitted(acme)))
    actor = system_actor("publish-release", tenant_id=acme.pk)
    signed = sign_release(actor=actor, submission_id=submission.pk)
    met = at_once(
        *(
            lambda: list_release(actor=actor, submission_id=submission.pk, signed=signed)
            for _ in range(2)
        )
    )
    assert len({one.pk for one in met}) == 1
    with tenant_scope(acme.pk):
        assert Release.objects.count() == 1


def test_of_two_releases_of_a_template_listed_at_once_the_higher_is_the_latest(
    acme: Tenant,
) -> None:
    author, actor = actor_of(acme, "author"), system_actor("publish-release", tenant_id=acme.pk)
    for turn in range(1, 4):
        both = [
            approved(acme, reviewed(acme, submitted(acme, author=author, version=number)))
            for number in (f"1.{turn}.0", f"1.{turn}.1")
        ]
        at_once(
            *(
                lambda of=one: publish_release(actor=actor, submission_id=of.pk)  # type: ignore[misc]
                for one in both
            )
        )
        with tenant_scope(acme.pk):
            assert WorkflowTemplate.objects.get().latest_number == f"1.{turn}.1"
            shown = Release.objects.filter(status="published").values_list("number", flat=True)
            assert list(shown) == [f"1.{turn}.1"]


def test_two_withdrawals_are_one(acme: Tenant) -> None:
    release = published(acme)
    people = (actor_of(acme, "admin"), staff(acme, "publisher"))
    met = at_once(
        *(
            lambda actor=actor: withdraw_release(  # type: ignore[misc]
                actor=actor, release=release.pk, mode="stop", reason="It leaks."
            )
            for actor in people
        )
    )
    assert refused(met) == 1
    with tenant_scope(acme.pk):
        assert OutboxEvent.objects.filter(kind="release.withdrawn").count() == 1


def test_what_is_deprecated_and_withdrawn_at_once_is_withdrawn(acme: Tenant) -> None:
    release, admin = published(acme), actor_of(acme, "admin")
    met = at_once(
        lambda: deprecate_release(actor=admin, release=release.pk, reason="Old."),
        lambda: withdraw_release(actor=admin, release=release.pk, mode="warn", reason="Bad."),
    )
    assert isinstance(met[1], Release)
    with tenant_scope(acme.pk):
        assert Release.objects.get().status_reason == "Bad."
        kinds = Receipt.objects.filter(kind__in=["release.deprecate", "release.withdraw"])
        assert kinds.count() == 2 - refused(met)


def test_of_two_who_change_who_finds_a_template_one_is_told_to_look_again(acme: Tenant) -> None:
    published(acme, visibility="partner-curated", audience=["acme"])
    looked = revision_of_audience("partner-curated", ["acme"])
    met = at_once(
        *(
            lambda actor=actor: update_template(  # type: ignore[misc]
                actor=actor,
                template="tried",
                visibility="internal-only",
                audience=[],
                expected_revision=looked,
            )
            for actor in (actor_of(acme, "author"), actor_of(acme, "admin"))
        )
    )
    assert refused(met) == 1


def test_a_release_is_withdrawn_while_the_next_one_is_listed(acme: Tenant) -> None:
    author, admin = actor_of(acme, "author"), actor_of(acme, "admin")
    before = published(acme, author=author)
    actor = system_actor("publish-release", tenant_id=acme.pk)
    for turn in range(1, 5):
        submission = submitted(acme, author=author, version=f"1.0.{turn}")
        approved(acme, reviewed(acme, submission))
        signed = sign_release(actor=actor, submission_id=submission.pk)
        listed, withdrawn = at_once(
            lambda of=submission, how=signed: list_release(  # type: ignore[misc]
                actor=actor, submission_id=of.pk, signed=how
            ),
            lambda one=before: withdraw_release(  # type: ignore[misc]
                actor=admin, release=one.pk, mode="warn", reason="It leaks."
            ),
        )
        assert withdrawn.status == "withdrawn"
        with tenant_scope(acme.pk):
            assert WorkflowTemplate.objects.get().latest_release_id == listed.pk
        before = listed


def test_of_two_changes_of_a_group_of_partners_one_is_told_to_look_again(
    acme: Tenant, globex: Tenant
) -> None:
    author = actor_of(acme, "author")
    made = set_partner_group(actor=author, name="resellers", members=["globex"])
    looked = revision_of(made.name, made.members)
    wanted = [["acme"], ["acme", "globex"]]
    met = at_once(
        *(
            lambda members=members: set_partner_group(  # type: ignore[misc]
                actor=author, name="resellers", members=members, expected_revision=looked
            )
            for members in wanted
        )
    )
    assert refused(met) == 1
    winner = next(one for one in met if isinstance(one, Partners))
    assert read_partner_groups(actor=author) == [winner]


def test_who_finds_a_template_follows_a_group_that_changes_while_it_is_named(
    acme: Tenant, globex: Tenant
) -> None:
    published(acme, visibility="partner-curated", audience=["acme"])
    author = actor_of(acme, "author")
    for turn in range(4):
        name = f"resellers-{turn}"
        set_partner_group(actor=author, name=name, members=["acme"])
        at_once(
            lambda name=name: update_template(  # type: ignore[misc]
                actor=author, template="tried", audience=[f"group:{name}"]
            ),
            lambda name=name: set_partner_group(  # type: ignore[misc]
                actor=author, name=name, members=["globex"]
            ),
        )
        with tenant_scope(acme.pk):
            assert [one.member_slug for one in TemplateAudience.objects.all()] == ["globex"]
