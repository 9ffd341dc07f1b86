"""Reviewers are told by mail what came in and what is late: once a day, by a real SMTP server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from maestro.kernel.clock import now
from maestro.kernel.models import Heartbeat
from maestro.practice.mail import Mailbox
from maestro.tenancy.models import Tenant
from marketplace.models import Submission
from marketplace.services.tell_reviewers import CLAIM, tell_reviewers
from tests.factories import make_user
from tests.marketplace.worlds import reviewed, submitted

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)


def a_day_later() -> None:
    Heartbeat.objects.using("owner").filter(name=CLAIM).update(seen_at=now() - timedelta(days=1))


def test_each_reviewer_is_told_of_their_own_queues_once_a_day(
    acme: Tenant, mailbox: Mailbox
) -> None:
    submission = submitted(acme)
    make_user("sana@platform.test", platform_roles=["security_reviewer"])
    make_user("ana@platform.test", platform_roles=["approver"])
    make_user("idle@platform.test", platform_roles=["docs_reviewer"], is_active=False)
    assert tell_reviewers() == 1
    (mail,) = mailbox.newest_first()
    assert mail.recipients == ("sana@platform.test",)
    assert mail.subject == "Reviews: 1 new, 0 overdue"
    assert "Security reviews: 1" in mail.text
    assert f"acme/{submission.title} 1.0.0" in mail.text
    console = "https://maestro.test/admin/"
    assert f"{console}marketplace/submission/{submission.pk}/change/" in mail.text
    assert mail.text.rstrip().endswith(f"All that waits: {console}")
    assert tell_reviewers() == 0
    a_day_later()
    reviewed(acme, submission)  # makes reviewers of its own, who have nothing left to do
    assert tell_reviewers() == 1
    assert mailbox.newest_first()[0].recipients == ("ana@platform.test",)
    assert "To approve: 1" in mailbox.newest_first()[0].text


def test_what_is_neither_new_nor_late_is_not_told_again(acme: Tenant, mailbox: Mailbox) -> None:
    submitted(acme)
    make_user("sana@platform.test", platform_roles=["docs_reviewer"])
    rows = Submission.objects.using("owner")
    rows.update(created_at=now() - timedelta(days=2))
    assert tell_reviewers() == 0
    a_day_later()
    rows.update(due_at=now() - timedelta(hours=1))
    assert tell_reviewers() == 1
    mail = mailbox.newest_first()[0]
    assert mail.subject == "Reviews: 0 new, 1 overdue"
    assert "OVERDUE since" in mail.text


def test_without_a_mail_server_nothing_is_sent_and_nothing_noted(
    acme: Tenant, settings: Any
) -> None:
    submitted(acme)
    make_user("sana@platform.test", platform_roles=["docs_reviewer"])
    settings.PLATFORM_CONNECTIONS = {}
    assert tell_reviewers() == 0
    assert not Heartbeat.objects.using("platform").filter(name=CLAIM).exists()


def test_a_server_that_is_away_stops_nobody(acme: Tenant, mailbox: Mailbox, settings: Any) -> None:
    submitted(acme)
    for name in ("sana", "omar"):
        make_user(f"{name}@platform.test", platform_roles=["docs_reviewer"])
    settings.PLATFORM_CONNECTIONS["smtp"]["port"] = 1
    assert tell_reviewers() == 0
