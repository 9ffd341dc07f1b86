"""The reviewers' queues: what is in which, in which order, who is looking, and what they cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.clock import now
from maestro.kernel.errors import Denied
from maestro.kernel.identity import new_id
from maestro.tenancy.models import Tenant, User
from marketplace.models import Finding, Release, Review, ReviewLease, Submission
from marketplace.services.decide_review import NotInReview, decide_review
from marketplace.services.hold_lease import LEASE, hold_lease
from tests.console.conftest import signed_in
from tests.console.rows import fill
from tests.console.test_budgets import statements
from tests.factories import make_user
from tests.marketplace.worlds import reviewed, staff, submitted

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)
QUEUE = 8  # the plan, the count, the rows, their leases, medians; tenants twice; the menu's badges
LIST = reverse("admin:marketplace_submission_changelist")
RELEASES = reverse("admin:marketplace_release_changelist")


@pytest.fixture
def reviewer(db: None) -> Client:
    return signed_in(make_user("sana@platform.test", platform_roles=["security_reviewer"]))


def rows_of(client: Client, queue: str, **more: str) -> list[Submission]:
    answer = client.get(LIST, {"queue": queue, **more})
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def badges(client: Client) -> dict[str, int]:
    request: Any = client.get(reverse("admin:index")).wsgi_request
    found: dict[str, int] = request.console_waiting
    return found


def test_a_submission_waits_in_the_queue_of_each_review_until_that_is_done(
    acme: Tenant, reviewer: Client
) -> None:
    submission = submitted(acme)
    for kind in ("security", "performance", "docs"):
        assert [row.pk for row in rows_of(reviewer, kind)] == [submission.pk], kind
    assert rows_of(reviewer, "approve") == []
    reviewed(acme, submission, "security")
    assert rows_of(reviewer, "security") == []
    assert [row.pk for row in rows_of(reviewer, "docs")] == [submission.pk]
    assert (badges(reviewer)["security"], badges(reviewer)["docs"]) == (0, 1)


def test_what_is_reviewed_and_free_of_errors_waits_for_the_approver(
    acme: Tenant, reviewer: Client
) -> None:
    submission = submitted(acme)
    reviewed(acme, submission)
    assert [row.pk for row in rows_of(reviewer, "approve")] == [submission.pk]
    assert badges(reviewer)["approve"] == 1
    Finding.objects.using("owner").create(
        tenant_id=acme.pk, submission=submission, check_name="facts", level="error", code="no",
        message="No owner.",
    )  # fmt: skip
    assert rows_of(reviewer, "approve") == []
    assert badges(reviewer)["approve"] == 0


def test_what_is_ended_waits_for_nobody(acme: Tenant, reviewer: Client) -> None:
    submission = submitted(acme)
    decide_review(
        actor=staff(acme, "docs_reviewer"), submission_id=submission.pk, kind="docs",
        decision="reject", rationale="No.",
    )  # fmt: skip
    for queue in ("security", "performance", "docs", "approve"):
        assert rows_of(reviewer, queue) == [], queue
    assert set(badges(reviewer).values()) == {0}


def test_the_first_due_is_first_and_of_one_day_the_riskiest(acme: Tenant, reviewer: Client) -> None:
    noon = (now() + timedelta(days=9)).replace(hour=12)
    made = {}
    for name, risk, due in (
        ("late", "low", now() - timedelta(days=2)),
        ("low", "low", noon),
        ("high", "high", noon + timedelta(hours=1)),
        ("medium", "medium", noon + timedelta(minutes=5)),
    ):
        row = fill(acme, tag=name)[Submission]
        Submission.objects.using("owner").filter(pk=row.pk).update(
            risk=risk, due_at=due, required_reviews=["docs"], title=name
        )
        made[name] = row
    assert [row.title for row in rows_of(reviewer, "docs")] == ["late", "high", "medium", "low"]
    page = reviewer.get(LIST, {"queue": "docs"}).content.decode()
    assert page.count("Overdue</span>") == 1
    assert [row.title for row in rows_of(reviewer, "docs", due="late")] == ["late"]
    assert [row.title for row in rows_of(reviewer, "docs", risk="high")] == ["high"]


def test_a_list_says_why_each_is_there(acme: Tenant, reviewer: Client) -> None:
    submitted(acme)
    assert "First release" in reviewer.get(LIST).content.decode()
    Submission.objects.using("owner").update(
        compared_with="1.0.0", changes=[{"class": "breaking"}, {"class": "capability"}], risk="high"
    )
    page = reviewer.get(LIST).content.decode()
    for reason in ("Breaking", "Reaches more", "High risk"):
        assert f">{reason}</span>" in page, reason
    assert "First release" not in page


def test_the_list_says_who_is_looking_while_they_are(acme: Tenant, reviewer: Client) -> None:
    submission = submitted(acme)
    sana = staff(acme, "docs_reviewer", name="Sana Idris")
    lease = hold_lease(actor=sana, submission_id=submission.pk, kind="docs")
    assert timedelta() < lease.until - now() <= LEASE
    assert "Sana Idris (docs)" in reviewer.get(LIST).content.decode()
    ReviewLease.objects.using("owner").update(until=now())
    assert "Sana Idris" not in reviewer.get(LIST).content.decode()


def test_a_lease_is_a_hint_and_no_lock(acme: Tenant) -> None:
    submission = submitted(acme)
    first, second = (staff(acme, "docs_reviewer", name=name) for name in ("Sana", "Omar"))
    hold_lease(actor=first, submission_id=submission.pk, kind="docs")
    again = hold_lease(actor=second, submission_id=submission.pk, kind="docs")
    assert again.holder_id == first.id
    taken = hold_lease(actor=second, submission_id=submission.pk, kind="docs", take=True)
    assert taken.holder_id == second.id
    decide_review(
        actor=first, submission_id=submission.pk, kind="docs", decision="approve", rationale="Fine."
    )
    assert not ReviewLease.objects.using("platform").exists()
    with pytest.raises(NotInReview):
        hold_lease(actor=second, submission_id=submission.pk, kind="docs")


def test_only_who_may_review_it_says_that_they_look(acme: Tenant) -> None:
    submission = submitted(acme)
    with pytest.raises(Denied):
        hold_lease(actor=staff(acme, "docs_reviewer"), submission_id=submission.pk, kind="security")


def test_a_reviewer_takes_several_at_once(acme: Tenant, reviewer: Client) -> None:
    rows = [submitted(acme, name=name) for name in ("one", "two")]
    answer = reviewer.post(
        LIST,
        {
            "action": "look",
            "index": "0",
            "purpose": "platform.operations",
            "_selected_action": [str(row.pk) for row in rows],
        },
        follow=True,
    )
    assert "2 submissions taken" in answer.content.decode()
    leases = ReviewLease.objects.using("platform").values_list("kind", "submission_id")
    assert sorted(leases) == sorted(("security", row.pk) for row in rows)


def test_the_list_says_how_long_reviews_took(acme: Tenant, reviewer: Client) -> None:
    assert "No review was decided" in reviewer.get(LIST).content.decode()
    for hours in (1, 3, 50):
        row = fill(acme, tag=str(hours))
        Review.objects.using("owner").create(
            tenant_id=acme.pk, submission=row[Submission], kind="docs", decision="approve",
            rationale="Fine.", reviewer_id=new_id(), reviewer_name="Sana", took=hours * 3600,
            requested_by=row[Submission].requested_by, author_id=row[Submission].author_id,
        )  # fmt: skip
    assert "Docs review 3.0 h (of 3)" in " ".join(reviewer.get(LIST).content.decode().split())


def test_what_others_find_waits_to_be_certified_until_it_is(
    acme: Tenant, platform_admin: User
) -> None:
    client = signed_in(platform_admin)
    rows = fill(acme)
    assert not client.get(RELEASES, {"queue": "certify"}).context["cl"].result_list
    template = rows[Release].template
    type(template).objects.using("owner").filter(pk=template.pk).update(
        visibility="public-ecosystem"
    )
    # Certified for 180 days by `fill`.
    assert not client.get(RELEASES, {"queue": "certify"}).context["cl"].result_list
    assert badges(client)["certify"] == 0
    Release.objects.using("owner").filter(pk=rows[Release].pk).update(status="superseded")
    from tests.marketplace.worlds import published

    made = published(acme, slug="bare")
    found = client.get(RELEASES, {"queue": "certify"}).context["cl"].result_list
    assert [row.pk for row in found] == [made.pk]
    assert badges(client)["certify"] == 1


def test_a_queue_costs_the_same_for_few_and_for_many(acme: Tenant, platform_admin: User) -> None:
    client = signed_in(platform_admin)
    fill(acme, 2, tag="few")
    Submission.objects.using("owner").update(required_reviews=["docs"])
    few = statements(client, f"{LIST}?queue=docs")
    fill(acme, 12, tag="many")
    Submission.objects.using("owner").update(required_reviews=["docs"])
    many = statements(client, f"{LIST}?queue=docs")
    assert len(client.get(f"{LIST}?queue=docs").context["cl"].result_list) == 14
    assert len(many) == len(few) == QUEUE
