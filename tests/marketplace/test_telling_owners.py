"""Owners are told by mail what became of what is theirs, by a real SMTP server; nobody else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.identity import new_id
from maestro.kernel.models import OutboxEvent
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from maestro.practice.mail import Mail, Mailbox
from maestro.tenancy.models import Membership, Tenant, User
from marketplace.checklists import CERTIFICATION
from marketplace.models import Submission, WorkflowInstance
from marketplace.services.certify_release import certify_release, revoke_certification
from marketplace.services.decide_review import decide_review
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.end_submission import reject_submission, retract_submission
from marketplace.services.install_release import install_release
from marketplace.services.note_adoption import note_adoption
from marketplace.services.propose_upgrade import propose_upgrade
from marketplace.services.request_publish import request_publish
from marketplace.services.stop_installation import uninstall
from marketplace.services.tell_owners import BATCH, tell_owners
from marketplace.services.withdraw_release import withdraw_release
from tests.factories import actor_of, make_member, make_tenant, make_user
from tests.marketplace.test_races import at_once
from tests.marketplace.worlds import approved, frozen, published, reviewed, staff, submitted
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


def person(tenant: Tenant, role: str, email: str) -> Actor:
    """Somebody with a place in a tenant, at an address."""
    return actor_of(tenant, role, user=make_member(tenant, role, user=make_user(email)))


@pytest.fixture
def ana(acme: Tenant) -> Actor:
    """Who writes and puts forward."""
    return person(acme, "author", "ana@acme.test")


@pytest.fixture
def ada(acme: Tenant) -> Actor:
    """The publisher's admin."""
    return person(acme, "admin", "ada@acme.test")


@pytest.fixture
def gil(globex: Tenant) -> Actor:
    """The admin of a tenant that installs."""
    return person(globex, "admin", "gil@globex.test")


@pytest.fixture
def ivy(db: None) -> Actor:
    """The admin of a tenant that has nothing to do with it."""
    return person(make_tenant("initech"), "admin", "ivy@initech.test")


def installed(admin: Actor, name: str = "greeting", version: str = "") -> WorkflowInstance:
    """Acme's release, installed."""
    instance = install_release(
        actor=admin, release=f"acme/tried{version}", name=name, environment="development"
    )
    note_adoption(instance.pk)
    return instance


def forget() -> None:
    """Leave out what happened until now."""
    OutboxEvent.objects.using("owner").update(told_at=now())


def told(mailbox: Mailbox) -> dict[str, Mail]:
    """Who is mailed what, by a run of the job; nobody gets two."""
    mailbox.clear()
    count = tell_owners()
    mails = {
        mail.recipients[0]: replace(mail, text=mail.text.replace("\r\n", "\n"))
        for mail in mailbox.newest_first()
    }
    assert len(mails) == len(mailbox.newest_first()) == count
    return mails


def happened(tenant: Tenant, kind: str, subject: UUID, **data: Any) -> None:
    with tenant_scope(tenant.pk):
        publish_event(kind, subject=str(subject), **data)


def untold() -> int:
    return OutboxEvent.objects.using("owner").filter(told_at=None).count()


def test_who_submitted_is_told_of_each_step_to_the_end(
    acme: Tenant, ana: Actor, ada: Actor, ivy: Actor, mailbox: Mailbox
) -> None:
    submission = submitted(acme, author=ana)
    others = [kind for kind in submission.required_reviews if kind != "security"]
    forget()
    reviewed(acme, submission, "security")
    mails = told(mailbox)
    assert set(mails) == {"ana@acme.test"}
    mail = mails["ana@acme.test"]
    assert mail.subject == f"{submission.title} 1.0.0: the security review approves it"
    assert mail.text.startswith(f"In Acme:\n\n* {mail.subject}\n")
    assert "Look at it in Maestro: Submissions, acme/tried 1.0.0" in mail.text
    assert "Settings, Preferences" in mail.text
    assert ("Auto-Submitted", "auto-generated") in mail.headers
    approved(acme, reviewed(acme, submission, *others))
    mails = told(mailbox)
    assert set(mails) == {"ana@acme.test"}
    assert "is approved\n  Why: Ready." in mails["ana@acme.test"].text
    assert told(mailbox) == {}


def test_who_submitted_is_told_that_it_is_published(
    acme: Tenant, ana: Actor, ada: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    mails = told(mailbox)
    assert set(mails) == {"ana@acme.test"}
    assert f"* {release.title} 1.0.0 is published" in mails["ana@acme.test"].text
    count = mails["ana@acme.test"].text.count("\n* ")
    assert mails["ana@acme.test"].subject == f"{count} things about releases and installations"


def test_the_author_is_told_beside_who_submitted(
    acme: Tenant, ana: Actor, mailbox: Mailbox
) -> None:
    submitted(acme, author=ana)  # the system's workflows are there from then on
    forget()
    frozen(person(acme, "author", "abe@acme.test"), version="1.0.1")
    submission = request_publish(
        actor=ana, workflow="tried", version="1.0.1", visibility="public-ecosystem"
    )
    reject_submission(
        actor=staff(acme, "approver"), submission_id=submission.pk, rationale="Not for us."
    )
    mails = told(mailbox)
    assert set(mails) == {"ana@acme.test", "abe@acme.test"}
    assert "is rejected\n  Why: Not for us." in mails["abe@acme.test"].text


def test_changes_that_are_asked_for_say_how_it_goes_on(
    acme: Tenant, ana: Actor, mailbox: Mailbox
) -> None:
    submission = submitted(acme, author=ana)
    decide_review(
        actor=staff(acme, "docs_reviewer"),
        submission_id=submission.pk,
        kind="docs",
        decision="request_changes",
        rationale="Say what it is for.",
    )
    mail = told(mailbox)["ana@acme.test"]
    assert "the docs review asks for changes\n  This ends it. Freeze a new version" in mail.text


def test_what_is_taken_back_is_told(acme: Tenant, ana: Actor, ada: Actor, mailbox: Mailbox) -> None:
    submission = submitted(acme, author=ana)
    retract_submission(actor=ada, submission_id=submission.pk, reason="Not yet.")
    mails = told(mailbox)
    assert set(mails) == {"ana@acme.test"}
    assert "was taken back\n  Why: Not yet." in mails["ana@acme.test"].text


def test_a_withdrawal_is_told_to_the_publisher_and_to_all_who_have_it(
    acme: Tenant, globex: Tenant, ana: Actor, ada: Actor, gil: Actor, ivy: Actor, mailbox: Mailbox
) -> None:
    published(acme, author=ana)
    published(acme, author=ana, number="1.0.1")
    for name in ("greeting", "second"):
        installed(gil, name)
    person(globex, "operator", "olga@globex.test")
    gone = installed(ivy)
    uninstall(actor=ivy, name=gone.name, reason="Not used.")
    forget()
    withdraw_release(
        actor=ada, release="acme/tried@1.0.1", mode="stop", reason="It leaks.",
        replacement="acme/tried@1.0.0",
    )  # fmt: skip
    mails = told(mailbox)
    assert set(mails) == {"ada@acme.test", "gil@globex.test"}
    theirs = mails["gil@globex.test"]
    assert theirs.subject.endswith("1.0.1 of acme was withdrawn")
    assert "In Globex:" in theirs.text
    assert "You have installed it as greeting, second." in theirs.text
    assert "Why: It leaks.\n  Use instead: acme/tried@1.0.0\n  Nothing starts" in theirs.text
    assert "greeting" not in mails["ada@acme.test"].text
    assert "Use instead: acme/tried@1.0.0" in mails["ada@acme.test"].text


def test_a_deprecation_and_the_end_of_a_certification_are_told_alike(
    acme: Tenant, ana: Actor, ada: Actor, gil: Actor, ivy: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    installed(gil)
    forget()
    certifier = staff(acme, "publisher")
    certify_release(
        actor=certifier,
        release=release.pk,
        checklist=[{"item": item.text, "done": True, "note": ""} for item in CERTIFICATION],
        rationale="Run for a month.",
    )
    mails = told(mailbox)
    assert set(mails) == {"ada@acme.test"}
    assert "is certified\n  Why: Run for a month." in mails["ada@acme.test"].text
    revoke_certification(actor=certifier, release=release.pk, rationale="Its owner is gone.")
    mails = told(mailbox)
    assert set(mails) == {"ada@acme.test", "gil@globex.test"}
    assert "Why: Its owner is gone." in mails["gil@globex.test"].text
    deprecate_release(actor=ana, release="tried@1.0.0", reason="Slow.")
    mails = told(mailbox)
    assert set(mails) == {"ada@acme.test", "gil@globex.test"}
    assert mails["gil@globex.test"].subject.endswith("of acme is deprecated")


def test_those_who_are_asked_to_upgrade_are_told_and_no_others(
    acme: Tenant, ana: Actor, ada: Actor, gil: Actor, ivy: Actor, mailbox: Mailbox
) -> None:
    published(acme, author=ana)
    installed(gil)
    installed(ivy, "secretly-named")
    published(acme, author=ana, number="1.0.1")
    forget()
    deadline = (now() + timedelta(days=30)).date()
    propose_upgrade(
        actor=ana, slug="tried", number="1.0.1", message="A leak.", deadline=deadline,
        tenants=["globex"],
    )  # fmt: skip
    mails = told(mailbox)
    assert set(mails) == {"gil@globex.test"}
    text = mails["gil@globex.test"].text
    assert mails["gil@globex.test"].subject.startswith("acme asks you to upgrade to")
    assert f"Asked by: {ana.name}\n  They say: A leak.\n  Until: {deadline}" in text
    assert "You have it as greeting." in text


def test_of_two_who_are_asked_at_once_each_hears_what_it_was_asked(
    acme: Tenant, ana: Actor, gil: Actor, ivy: Actor, mailbox: Mailbox
) -> None:
    published(acme, author=ana)
    installed(gil)
    installed(ivy)
    published(acme, author=ana, number="1.0.1")
    forget()
    ask = {"actor": ana, "slug": "tried", "number": "1.0.1"}
    propose_upgrade(**ask, message="A leak.", tenants=["globex"])
    propose_upgrade(**ask, message="You too.")
    mails = told(mailbox)
    assert set(mails) == {"gil@globex.test", "ivy@initech.test"}
    assert mails["gil@globex.test"].text.count("They say: A leak.\n") == 1
    assert mails["ivy@initech.test"].text.count("They say: You too.\n") == 1
    assert not [mail for mail in mails.values() if "2 things" in mail.subject]
    assert not [mail for mail in mails.values() if "Until" in mail.text]


def test_a_stopped_roll_out_and_an_upgrade_that_waits_are_told_to_whose_they_are(
    acme: Tenant, globex: Tenant, ana: Actor, ada: Actor, gil: Actor, ivy: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    instance = installed(gil)
    forget()
    happened(acme, "rollout.halted", release.pk, reason="2 of 3 runs failed.")
    happened(
        globex, "installation.upgrade_waits", instance.pk,
        release="acme/tried@1.1.0", code="needs_a_person", reason="It reaches more.",
    )  # fmt: skip
    mails = told(mailbox)
    assert set(mails) == {"ada@acme.test", "gil@globex.test"}
    assert "stopped\n  Why: 2 of 3 runs failed." in mails["ada@acme.test"].text
    assert "acme/tried@1.1.0\n  Why: It reaches more." in mails["gil@globex.test"].text
    assert mails["gil@globex.test"].subject == "greeting is not upgraded by itself"


def test_an_event_about_another_tenants_row_concerns_nobody(
    acme: Tenant, globex: Tenant, ana: Actor, ada: Actor, gil: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    submission = Submission.objects.using("owner").get()
    instance = installed(gil)
    forget()
    happened(globex, "release.withdrawn", release.pk, mode="stop", reason="Mine now.")
    happened(globex, "release.approved", submission.pk)
    happened(globex, "rollout.halted", release.pk, reason="Mine now.")
    happened(acme, "installation.upgrade_waits", instance.pk, reason="Tell me its name.")
    happened(acme, "release.withdrawn", new_id(), mode="stop", reason="It is not there.")
    happened(acme, "template.updated", new_id())
    assert told(mailbox) == {}
    assert untold() == 0


def test_nobody_is_told_who_left_or_was_closed_or_wants_no_mail(
    acme: Tenant, globex: Tenant, ana: Actor, ada: Actor, gil: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    installed(gil)
    stays = person(acme, "admin", "sam@acme.test")
    forget()
    with tenant_scope(acme.pk):
        Membership.objects.filter(user_id__in=[ana.id, ada.id]).delete()
    User.objects.filter(pk=gil.id).update(is_active=False)
    person(globex, "admin", "gus@globex.test")
    User.objects.filter(email="gus@globex.test").update(release_mail=False)
    submission = Submission.objects.using("owner").get()
    happened(acme, "release.approved", submission.pk)
    happened(acme, "release.withdrawn", release.pk, mode="warn", reason="Old.")
    assert set(told(mailbox)) == {stays.email}


def test_a_person_of_two_tenants_gets_one_mail_about_both(
    acme: Tenant, globex: Tenant, ana: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    both = make_member(acme, "admin", user=make_user("bo@both.test"))
    installed(actor_of(globex, "admin", user=make_member(globex, "admin", user=both)))
    forget()
    happened(acme, "release.withdrawn", release.pk, mode="warn", reason="Old.")
    mails = told(mailbox)
    assert set(mails) == {"bo@both.test"}
    assert "In Acme:" in mails["bo@both.test"].text
    assert "In Globex:" in mails["bo@both.test"].text


def test_of_two_workers_at_once_nobody_hears_twice(
    acme: Tenant, ana: Actor, ada: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    forget()
    for number in range(20):
        happened(acme, "rollout.halted", release.pk, reason=f"Reason {number}.")
    sent = at_once(tell_owners, tell_owners, tell_owners)
    mails = mailbox.newest_first()
    assert sum(sent) == len(mails)
    texts = "\n".join(mail.text for mail in mails)
    assert [texts.count(f"Reason {number}.") for number in range(20)] == [1] * 20


def test_what_is_more_than_a_batch_comes_in_several_mails(
    acme: Tenant, ana: Actor, ada: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    forget()
    OutboxEvent.objects.using("owner").bulk_create(
        OutboxEvent(tenant_id=acme.pk, kind="rollout.halted", subject=str(release.pk))
        for _ in range(BATCH + 1)
    )
    assert tell_owners() == 2
    last, first = mailbox.newest_first()
    assert first.subject == f"{BATCH} things about releases and installations"
    assert f"and {BATCH - 50} more" in first.text
    assert last.subject == f"The roll-out of {release.title} 1.0.0 stopped"
    assert untold() == 0


def test_while_the_server_is_away_events_wait(
    acme: Tenant, ana: Actor, ada: Actor, mailbox: Mailbox, settings: Any
) -> None:
    release = published(acme, author=ana)
    forget()
    happened(acme, "rollout.halted", release.pk, reason="Too many.")
    there = settings.PLATFORM_CONNECTIONS["smtp"]["port"]
    settings.PLATFORM_CONNECTIONS["smtp"]["port"] = 1
    assert tell_owners() == 0
    assert untold() == 1
    settings.PLATFORM_CONNECTIONS["smtp"]["port"] = there
    assert set(told(mailbox)) == {"ada@acme.test"}


def test_a_mail_that_is_refused_is_lost_and_the_log_names_the_event_alone(
    acme: Tenant, ana: Actor, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    release = published(acme, author=ana)
    person(acme, "admin", "rejected@acme.test")  # the mailbox that refuses
    person(acme, "admin", "zoe@acme.test")
    forget()
    happened(acme, "rollout.halted", release.pk, reason="Too many.")
    event = OutboxEvent.objects.using("owner").latest("id")
    assert set(told(mailbox)) == {"zoe@acme.test"}
    lines = [one.getMessage() for one in caplog.records if "marketplace" in one.name]
    assert lines == [f"Mails about events were lost: {event.pk}"]
    assert told(mailbox) == {}


def test_without_a_mail_server_nothing_is_marked(
    acme: Tenant, ana: Actor, ada: Actor, settings: Any
) -> None:
    release = published(acme, author=ana)
    forget()
    happened(acme, "rollout.halted", release.pk, reason="Too many.")
    settings.PLATFORM_CONNECTIONS = {}
    assert tell_owners() == 0
    assert untold() == 1


def test_what_is_older_than_a_day_is_marked_and_not_told(
    acme: Tenant, ana: Actor, ada: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    forget()
    happened(acme, "rollout.halted", release.pk, reason="Too many.")
    rows = OutboxEvent.objects.using("owner").filter(told_at=None)
    rows.update(created_at=now() - timedelta(hours=25))
    assert told(mailbox) == {}
    assert untold() == 0


def test_a_line_break_in_a_title_makes_no_header_and_no_entry(
    acme: Tenant, ana: Actor, mailbox: Mailbox
) -> None:
    submission = submitted(acme, author=ana)
    forget()
    title = "Nice\r\nBcc: all@globex.test\r\n\r\n* Paid"
    Submission.objects.using("owner").update(title=title, rationale="So.\n\n* Paid too")
    happened(acme, "release.rejected", submission.pk)
    mail = told(mailbox)["ana@acme.test"]
    assert mail.recipients == ("ana@acme.test",)
    assert mail.subject == "Nice Bcc: all@globex.test * Paid 1.0.0 is rejected"
    assert "bcc" not in {name.lower() for name, _ in mail.headers}
    assert mail.text.count("\n* ") == 1


def test_a_run_costs_as_many_statements_for_many_events_as_for_one(
    acme: Tenant, ana: Actor, ada: Actor, gil: Actor, ivy: Actor, mailbox: Mailbox
) -> None:
    release = published(acme, author=ana)
    submission = Submission.objects.using("owner").get()
    instance = installed(gil)
    published(acme, author=ana, number="1.0.1")
    forget()

    def all_kinds() -> None:
        propose_upgrade(actor=ana, slug="tried", number="1.0.1", message="A leak.")
        happened(acme, "release.published", release.pk)
        happened(acme, "release.approved", submission.pk)
        happened(acme, "release.withdrawn", release.pk, mode="warn", reason="Old.")
        happened(Tenant.objects.get(slug="globex"), "installation.upgrade_waits", instance.pk)

    def cost() -> int:
        with CaptureQueriesContext(connections["jobs"]) as captured:
            tell_owners()
        return len(captured)

    all_kinds()
    one = cost()
    for number in range(5):
        installed(ivy, f"more-{number}", "@1.0.0")
    forget()
    for _ in range(5):
        all_kinds()
    assert one == cost() == 8
