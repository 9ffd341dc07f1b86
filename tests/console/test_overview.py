"""The first page: what waits for people, and whether the engine keeps up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from governance.models import ApprovalRequest
from maestro.console.dashboard import work_waiting
from maestro.console.menu import waiting_in_queues
from maestro.kernel.clock import now
from maestro.kernel.identity import first_id_at
from maestro.kernel.models import Heartbeat
from maestro.runtime.models import Execution, StepRun
from maestro.tenancy.models import Tenant, User
from tests.console.conftest import signed_in
from tests.console.rows import fill
from tests.marketplace.worlds import submitted
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


def figures() -> dict[str, tuple[str, str]]:
    return {one.title: (one.value, one.tone) for one in work_waiting().figures}


def test_when_nothing_waits_it_says_so(auditor: User) -> None:
    assert figures() == {
        "Waiting for people": ("0", "good"),
        "Failed in the last day": ("0", "good"),
        "Queue age": ("0 s", "good"),
        "Worker heard from": ("never", "bad"),
    }
    page = signed_in(auditor).get(reverse("admin:index")).content.decode()
    assert "Nothing waits for anybody." in page
    assert "Nothing failed in the last day." in page


def test_approvals_of_every_tenant_come_by_their_due_date(acme: Tenant, globex: Tenant) -> None:
    later, sooner, never = fill(acme), fill(globex), fill(acme, tag="n")
    for rows, hours in ((later, 5), (sooner, 1), (never, None)):
        ApprovalRequest.objects.using("owner").filter(pk=rows[ApprovalRequest].pk).update(
            expires_at=now() + timedelta(hours=hours) if hours else None
        )
    waiting = [one for one in work_waiting().approvals if "approvalrequest" in one.url]
    assert [one.tenant for one in waiting] == ["globex", "acme", "acme"]
    assert waiting[2].until is None
    assert waiting[0].title == sooner[Execution].title


def test_a_submission_waits_by_its_due_date_and_its_reviews_are_not_counted_beside_it(
    acme: Tenant,
) -> None:
    asked = fill(acme)[ApprovalRequest]
    rows = ApprovalRequest.objects.using("owner").filter(pk=asked.pk)
    rows.update(expires_at=now() + timedelta(hours=1))
    submission = submitted(acme)
    before = figures()["Waiting for people"]
    waiting = [one for one in work_waiting().approvals if one.title.startswith(submission.title)]
    assert [one.until for one in waiting] == [submission.due_at]
    assert str(submission.pk) in waiting[0].url
    rows.update(subject_type="review")
    assert int(figures()["Waiting for people"][0]) == int(before[0]) - 1
    assert waiting_in_queues()["approvals"] == 0


def test_a_failure_is_shown_for_a_day(acme: Tenant) -> None:
    rows = fill(acme)
    assert figures()["Failed in the last day"] == ("1", "bad")
    assert [one.title for one in work_waiting().failures] == [rows[Execution].title]
    old = rows[Execution]
    Execution.objects.using("owner").filter(pk=old.pk).update(status="succeeded")
    old.pk = first_id_at(now() - timedelta(days=2))
    old.save(using="owner", force_insert=True)
    assert figures()["Failed in the last day"] == ("0", "good")


def test_the_queue_is_as_old_as_its_oldest_step_that_is_due(acme: Tenant) -> None:
    step = fill(acme)[StepRun]
    assert figures()["Queue age"] == ("0 s", "good")
    due = now() - timedelta(minutes=5)
    StepRun.objects.using("owner").filter(pk=step.pk).update(next_attempt_at=due)
    assert figures()["Queue age"] == ("5 min", "bad")


def test_a_silent_worker_is_seen(db: None) -> None:
    Heartbeat.objects.using("owner").create(name="worker", seen_at=now())
    assert figures()["Worker heard from"][1] == "good"
    Heartbeat.objects.using("owner").update(seen_at=now() - timedelta(minutes=10))
    assert figures()["Worker heard from"] == ("10 min ago", "bad")


def test_the_menu_says_how_many_approvals_wait(acme: Tenant, auditor: User) -> None:
    fill(acme, 3)
    page = signed_in(auditor).get(reverse("admin:tenancy_tenant_changelist"))
    request: Any = page.wsgi_request
    assert request.console_waiting["approvals"] == 3
