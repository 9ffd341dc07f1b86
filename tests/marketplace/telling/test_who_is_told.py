"""Only those whom an event concerns are told, once, and in their own tenant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maestro.kernel.actor import Actor, ActorKind, Channel
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.practice.mail import Mailbox
from maestro.tenancy.models import Membership, Tenant, User
from marketplace.models import Submission
from marketplace.services.end_submission import retract_submission
from marketplace.services.withdraw_release import withdraw_release
from tests.factories import actor_of, make_member, make_user
from tests.marketplace.telling.owners import forget, happened, installed, person, told, untold
from tests.marketplace.worlds import published, submitted
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


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


def test_nobody_is_told_of_what_they_did_themselves_by_a_page_or_a_token(
    acme: Tenant, ana: Actor, ada: Actor, mailbox: Mailbox
) -> None:
    submitted(acme, author=ana)
    forget()
    submission = Submission.objects.using("owner").get()
    retract_submission(actor=ana, submission_id=submission.pk, reason="Not yet.")
    assert told(mailbox) == {}
    release = published(acme, author=ana, number="1.0.1")
    sam = person(acme, "admin", "sam@acme.test")
    forget()
    token = replace(ada, kind=ActorKind.TOKEN, channel=Channel.API)
    withdraw_release(actor=token, release="acme/tried@1.0.1", mode="warn", reason="Old.")
    assert set(told(mailbox)) == {"sam@acme.test"}
    happened(acme, "rollout.halted", release.pk, reason="Too many.")  # nobody's doing
    assert set(told(mailbox)) == {ada.email, sam.email}


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
