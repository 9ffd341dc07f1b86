"""Who put a version forward, and who wrote it, are told what became of it."""

from __future__ import annotations

import pytest

from maestro.kernel.actor import Actor
from maestro.practice.mail import Mailbox
from maestro.tenancy.models import Tenant
from marketplace.services.decide_review import decide_review
from marketplace.services.end_submission import reject_submission, retract_submission
from marketplace.services.request_publish import request_publish
from tests.marketplace.telling.owners import forget, person, told
from tests.marketplace.worlds import approved, frozen, published, reviewed, staff, submitted
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


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
    page = f"https://maestro.test/tenant/acme/?next=/submissions/{submission.pk}/"
    assert f"\n  Look at it: {page}\n" in mail.text
    assert "Turn them off: https://maestro.test/settings/preferences/\n" in mail.text
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
    text = mails["ana@acme.test"].text
    page = "https://maestro.test/tenant/acme/?next=/marketplace/acme/tried/1.0.0/"
    assert f"* {release.title} 1.0.0 is published\n  Look at it: {page}\n" in text
    count = text.count("\n* ")
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
