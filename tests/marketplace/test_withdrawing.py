"""After publishing: deprecate, withdraw, certify, and who finds a template."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from catalog.models import TemplateAudience, WorkflowTemplate
from governance.models import Receipt
from maestro.kernel.actor import Actor, Channel
from maestro.kernel.errors import Denied, IllegalTransition, InvalidInput, NotFound
from maestro.kernel.models import OutboxEvent
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.runtime.models import Execution, Withdrawal
from maestro.runtime.services.stop_runs import stop_withdrawn
from maestro.tenancy.models import Tenant
from marketplace.models import Certification, Release
from marketplace.services.certify_release import (
    CHECKLIST,
    CertificationRefused,
    certify_release,
    revoke_certification,
)
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.read_submissions import read_submission
from marketplace.services.request_publish import request_publish
from marketplace.services.update_template import update_template
from marketplace.services.withdraw_release import withdraw_release
from tests.factories import actor_of
from tests.marketplace.worlds import frozen, published, staff, submitted
from tests.runtime.driving import ALIASES, freeze, look, start

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

DONE = [{"item": item, "done": True, "note": ""} for item in CHECKLIST]


@pytest.fixture
def author(acme: Tenant) -> Actor:
    """Somebody who writes and publishes in acme."""
    return actor_of(acme, "author")


@pytest.fixture
def admin(acme: Tenant) -> Actor:
    """Acme's admin."""
    return actor_of(acme, "admin")


def template(tenant: Tenant) -> WorkflowTemplate:
    with tenant_scope(tenant.pk):
        return WorkflowTemplate.objects.get()


def withdraw(actor: Actor, release: Any, **how: Any) -> Release:
    return withdraw_release(
        actor=actor, release=release, **{"mode": "stop", "reason": "It leaks.", **how}
    )


def test_a_withdrawal_writes_what_every_start_asks_for_and_proves_it(
    acme: Tenant, admin: Actor
) -> None:
    release = withdraw(admin, published(acme).pk)
    with tenant_scope(acme.pk):
        row = Withdrawal.objects.get()
        assert (row.version_id, row.mode, row.reason) == (release.version_id, "stop", "It leaks.")
        assert Receipt.objects.filter(kind="release.withdraw").count() == 1
        assert OutboxEvent.objects.filter(kind="release.withdrawn").count() == 1
    assert template(acme).standing == "withdrawn"


def test_the_release_before_is_the_latest_again(acme: Tenant, admin: Actor, author: Actor) -> None:
    first = published(acme, author=author)
    published(acme, author=author, number="1.0.1")
    withdraw(admin, "acme/tried@1.0.1", replacement="acme/tried@1.0.0")
    found = template(acme)
    assert (found.standing, found.latest_number) == ("listed", "1.0.0")
    assert found.latest_release_id == first.pk


def test_a_release_is_withdrawn_once_and_for_good(acme: Tenant, admin: Actor) -> None:
    release = withdraw(admin, published(acme).pk)
    with pytest.raises(IllegalTransition):
        withdraw(admin, release.pk)
    with (
        tenant_scope(acme.pk),
        pytest.raises(DatabaseError, match="stays so"),
        transaction.atomic(),
    ):
        Release.objects.update(status="published")


def test_everything_wrong_with_a_withdrawal_is_told_at_once(acme: Tenant, admin: Actor) -> None:
    release = published(acme)
    with pytest.raises(InvalidInput) as refused:
        withdraw(admin, release.pk, mode="perhaps", reason=" ", replacement="acme/gone")
    assert [problem.path for problem in refused.value.problems] == [
        "/reason",
        "/replacement",
        "/mode",
    ]
    with tenant_scope(acme.pk):
        assert not Withdrawal.objects.exists()


def test_an_author_does_not_withdraw_and_another_tenant_finds_nothing(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    release = published(acme, author=author)
    with pytest.raises(Denied):
        withdraw(author, release.pk)
    with pytest.raises(NotFound):
        withdraw(actor_of(globex, "admin"), "acme/tried@1.0.0")


def test_the_platforms_publisher_withdraws_anybodys(acme: Tenant) -> None:
    release = published(acme)
    assert withdraw(staff(acme, "publisher"), release.pk).status == "withdrawn"


def test_a_deprecated_release_says_why_and_what_to_use(acme: Tenant, author: Actor) -> None:
    published(acme, author=author)
    published(acme, author=author, number="1.0.1")
    row = deprecate_release(
        actor=author, release="tried@1.0.0", reason="Slow.", replacement="acme/tried"
    )
    assert (row.status, row.status_reason, row.replacement) == (
        "deprecated",
        "Slow.",
        "acme/tried",
    )
    assert template(acme).standing == "listed"
    deprecate_release(actor=author, release="tried@1.0.1", reason="Slow too.")
    assert template(acme).standing == "deprecated"


def test_what_was_signed_can_not_be_changed(acme: Tenant) -> None:
    published(acme)
    with (
        tenant_scope(acme.pk),
        pytest.raises(DatabaseError, match="a release is fixed"),
        transaction.atomic(),
    ):
        Release.objects.update(changelog="Nothing.")


def test_a_certification_holds_until_its_day_and_is_taken_back(acme: Tenant) -> None:
    release = published(acme)
    certifier = staff(acme, "publisher")
    made = certify_release(
        actor=certifier, release=release.pk, checklist=DONE, rationale="Run for a month.", days=30
    )
    assert template(acme).certified_until == made.expires_at
    revoke_certification(actor=certifier, release=release.pk, rationale="Its owner is gone.")
    assert template(acme).certified_until is None
    with tenant_scope(acme.pk):
        assert Certification.objects.count() == 2
    with pytest.raises(NotFound):
        revoke_certification(actor=certifier, release=release.pk, rationale="Again.")


def test_a_certification_needs_every_item_done(acme: Tenant) -> None:
    release = published(acme)
    with pytest.raises(InvalidInput) as refused:
        certify_release(
            actor=staff(acme, "publisher"),
            release=release.pk,
            checklist=DONE[1:],
            rationale="Nearly.",
            days=0,
        )
    assert [problem.path for problem in refused.value.problems] == ["/checklist/0", "/days"]


def test_who_approved_a_release_does_not_certify_it(acme: Tenant) -> None:
    release = published(acme)
    same = replace(staff(acme, "publisher"), id=release.published_by)
    with pytest.raises(CertificationRefused):
        certify_release(actor=same, release=release.pk, checklist=DONE, rationale="Mine.")


def test_nobody_finds_more_than_was_reviewed(acme: Tenant, globex: Tenant, author: Actor) -> None:
    published(acme, author=author, visibility="partner-curated", audience=["globex"])
    with pytest.raises(InvalidInput) as refused:
        update_template(actor=author, template="tried", visibility="public-ecosystem")
    assert refused.value.problems[0].code == "not_reviewed_for"
    update_template(actor=author, template="acme/tried", visibility="internal-only", audience=[])
    with tenant_scope(acme.pk):
        assert not TemplateAudience.objects.exists()
        assert Receipt.objects.filter(kind="template.update").count() == 1
    with tenant_scope(globex.pk):
        assert not WorkflowTemplate.objects.exists()


@pytest.mark.parametrize("names", [[], [" "], None])
def test_for_named_partners_somebody_is_named(
    acme: Tenant, author: Actor, names: list[str] | None
) -> None:
    published(acme, author=author)
    with pytest.raises(InvalidInput) as refused:
        update_template(
            actor=author, template="tried", visibility="partner-curated", audience=names
        )
    assert [one.code for one in refused.value.problems] == ["partners_missing"]
    assert template(acme).visibility == "public-ecosystem"


def test_partners_that_are_named_already_stay_and_the_last_is_not_taken_away(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    published(acme, author=author, visibility="partner-curated", audience=["globex"])
    update_template(actor=author, template="tried", visibility="partner-curated")
    with pytest.raises(InvalidInput):
        update_template(actor=author, template="tried", audience=[])
    with tenant_scope(acme.pk):
        assert TemplateAudience.objects.get().member_slug == "globex"


def test_who_finds_what_is_listed_is_not_changed_by_putting_a_version_forward_alone(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    published(acme, author=author, visibility="partner-curated", audience=["acme"])
    narrow = replace(author, scopes=frozenset({"release.submit", "workflow.*"}))
    frozen(author, version="1.0.1")
    wanted = {"workflow": "tried", "visibility": "partner-curated", "audience": ["globex"]}
    with pytest.raises(Denied) as refused:
        request_publish(actor=narrow, **wanted)
    assert [one.code for one in refused.value.reasons] == ["out_of_scope"]
    request_publish(actor=author, **wanted)
    with tenant_scope(acme.pk):
        receipt = Receipt.objects.get(kind="template.update")
        said = receipt.statement["predicate"]["what"]
        assert (said["before"]["partners"], said["after"]["partners"]) == (["acme"], ["globex"])


def test_a_change_that_changes_nothing_leaves_no_receipt(acme: Tenant, author: Actor) -> None:
    published(acme, author=author)
    update_template(actor=author, template="tried", visibility="public-ecosystem")
    with tenant_scope(acme.pk):
        assert not Receipt.objects.filter(kind="template.update").exists()


@pytest.mark.django_db(transaction=True, databases=ALIASES)
@pytest.mark.parametrize(("mode", "stopped"), [("stop", True), ("warn", False)])
def test_what_installations_run_of_it_is_asked_to_end(
    acme: Tenant, author: Actor, mode: str, stopped: bool
) -> None:
    version = freeze(author, "- {id: a, task: core.wait@1, with: {duration: 1h}}")
    installed, own = start(author), start(author)
    with tenant_scope(acme.pk):
        Execution.objects.filter(pk=installed.pk).update(grant_id=uuid4())
        Withdrawal.objects.create(
            tenant_id=acme.pk,
            version=version,
            mode=mode,
            reason="It leaks.",
            withdrawn_by_name="Ada",
        )
    assert stop_withdrawn() == int(stopped)
    assert stop_withdrawn() == 0
    assert (look(installed).cancel_requested_at is not None) is stopped
    assert look(own).cancel_requested_at is None


@pytest.mark.django_db(transaction=True, databases=ALIASES)
def test_who_answers_for_the_platform_finds_every_publishers_release_and_an_auditor_none(
    acme: Tenant,
) -> None:
    release = published(acme)
    elsewhere = {"tenant_id": PLATFORM_TENANT, "tenant_slug": "platform", "channel": Channel.API}
    publisher = replace(staff(acme, "publisher"), **elsewhere)
    auditor = replace(staff(acme, "auditor"), **elsewhere)
    for name in (release.pk, "acme/tried@1.0.0"):
        with pytest.raises(NotFound):
            withdraw(auditor, name)
    assert withdraw(publisher, "acme/tried@1.0.0").status == "withdrawn"
    deciding = replace(staff(acme, "security_reviewer"), **elsewhere)
    waiting = submitted(acme, name="other").pk
    with pytest.raises(NotFound):
        read_submission(actor=auditor, submission_id=waiting)
    assert read_submission(actor=deciding, submission_id=waiting).submission.pk == waiting


def test_what_is_advised_against_or_withdrawn_is_not_deprecated_again(
    acme: Tenant, author: Actor, admin: Actor
) -> None:
    release = published(acme, author=author)
    deprecate_release(actor=author, release=release.pk, reason="Slow.")
    with pytest.raises(IllegalTransition):
        deprecate_release(actor=author, release=release.pk, reason="Slower.")
    withdraw(admin, release.pk)
    with pytest.raises(IllegalTransition):
        deprecate_release(actor=author, release=release.pk, reason="Gone.")
    assert template(acme).standing == "withdrawn"


def test_a_reason_is_short_enough_to_be_read(acme: Tenant, author: Actor, admin: Actor) -> None:
    release = published(acme, author=author)
    for act in (
        partial(withdraw, admin, release.pk),
        partial(deprecate_release, actor=author, release=release.pk),
    ):
        with pytest.raises(InvalidInput) as refused:
            act(reason="x" * 501)
        assert [one.code for one in refused.value.problems] == ["too_long"]


def test_what_was_withdrawn_is_not_certified(acme: Tenant, admin: Actor) -> None:
    release = withdraw(admin, published(acme).pk)
    with pytest.raises(CertificationRefused):
        certify_release(
            actor=staff(acme, "publisher"), release=release.pk, checklist=DONE, rationale="Fine."
        )


def test_a_certification_is_taken_back_with_a_reason(acme: Tenant) -> None:
    release, certifier = published(acme), staff(acme, "publisher")
    certify_release(actor=certifier, release=release.pk, checklist=DONE, rationale="Fine.")
    with pytest.raises(InvalidInput):
        revoke_certification(actor=certifier, release=release.pk, rationale=" ")
    assert template(acme).certified_until is not None


def test_all_that_is_wrong_with_who_finds_it_is_told_at_once(acme: Tenant, author: Actor) -> None:
    published(acme, author=author)
    with pytest.raises(InvalidInput) as refused:
        update_template(
            actor=author, template="tried", visibility="everybody", audience=["acme", "no body"]
        )
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("/visibility", "unknown_choice"),
        ("/audience/1", "unknown_partner"),
        ("/audience", "audience_without_partners"),
    ]
    assert template(acme).visibility == "public-ecosystem"


@pytest.mark.parametrize("other", ["acme/tried@9.9.9", "acme/tried@1.0.0", "tried", "acme/gone"])
def test_what_replaces_a_release_is_another_that_can_be_installed(
    acme: Tenant, author: Actor, other: str
) -> None:
    release = published(acme, author=author)
    published(acme, author=author, number="1.0.1")
    with pytest.raises(InvalidInput) as refused:
        deprecate_release(actor=author, release=release.pk, reason="Old.", replacement=other)
    assert [one.code for one in refused.value.problems] == ["unknown_release"]
