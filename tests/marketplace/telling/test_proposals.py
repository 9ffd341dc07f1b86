"""Who is asked to upgrade is told what they were asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.practice.mail import Mailbox
from maestro.tenancy.models import Tenant
from marketplace.services.propose_upgrade import propose_upgrade
from tests.marketplace.telling.owners import forget, installed, told
from tests.marketplace.worlds import published
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


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
    page = "https://maestro.test/tenant/globex/?next=/installations/greeting/"
    assert f"You have it as greeting.\n  Look at it: {page}\n" in text


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
