"""Admins are told what becomes of a release: of the publisher, and of those who have it installed."""

from __future__ import annotations

import pytest

from maestro.kernel.actor import Actor
from maestro.practice.mail import Mailbox
from maestro.tenancy.models import Tenant
from marketplace.checklists import CERTIFICATION
from marketplace.services.certify_release import certify_release, revoke_certification
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.stop_installation import uninstall
from marketplace.services.withdraw_release import withdraw_release
from tests.marketplace.telling.owners import forget, happened, installed, person, told
from tests.marketplace.worlds import published, staff
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


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
        actor=person(acme, "admin", "ann@acme.test"), release="acme/tried@1.0.1", mode="stop", reason="It leaks.",
        replacement="acme/tried@1.0.0",
    )  # fmt: skip
    mails = told(mailbox)
    assert set(mails) == {"ada@acme.test", "gil@globex.test"}
    theirs = mails["gil@globex.test"]
    assert theirs.subject.endswith("1.0.1 of acme was withdrawn")
    assert "In Globex:" in theirs.text
    assert "You have installed it as greeting, second." in theirs.text
    assert "Why: It leaks.\n  Use instead: acme/tried@1.0.0\n  Nothing starts" in theirs.text
    assert "Look at it: https://maestro.test/tenant/globex/?next=/installations/\n" in theirs.text
    assert "greeting" not in mails["ada@acme.test"].text
    page = "https://maestro.test/tenant/acme/?next=/marketplace/acme/tried/1.0.1/"
    assert f"Look at it: {page}\n" in mails["ada@acme.test"].text
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
    of_installation = "https://maestro.test/tenant/globex/?next=/installations/greeting/"
    assert f"Look at it: {of_installation}\n" in mails["gil@globex.test"].text
    of_roll_outs = "https://maestro.test/tenant/acme/?next=/marketplace/acme/tried/tenants/"
    assert f"Look at it: {of_roll_outs}\n" in mails["ada@acme.test"].text
