"""Each event is told at most once, whatever the mail server does and however many there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.models import OutboxEvent
from maestro.practice.mail import Mailbox
from maestro.tenancy.models import Tenant
from marketplace.models import Submission
from marketplace.services.propose_upgrade import propose_upgrade
from marketplace.services.tell_owners import BATCH, tell_owners
from tests.at_once import at_once
from tests.marketplace.telling.owners import forget, happened, installed, person, told, untold
from tests.marketplace.worlds import published
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


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
