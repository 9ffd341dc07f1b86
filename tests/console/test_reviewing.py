"""The page on which a submission is decided: all that it takes is there, and the services decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from governance.models import Decision, Receipt
from maestro.tenancy.models import Tenant, User
from marketplace.checklists import CERTIFICATION, REVIEWS
from marketplace.models import Review, ReviewEvidence, ReviewLease, Submission
from marketplace.services.attach_evidence import LARGEST, file_name, media_type_of
from marketplace.services.decide_review import decide_review
from tests.console.conftest import signed_in
from tests.console.test_budgets import statements
from tests.factories import actor_of, make_member, make_user
from tests.marketplace.worlds import published, reviewed, staff, submitted

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)
PURPOSE = "platform.operations"
# The row, its tenant, leases, findings, reviews, evidence, grants, the versions; the menu's badges.
PAGE = 9
REACHES = """
- id: tell
  task: http.request@1
  with: {method: GET, url: "${{ endpoints.desk }}"}
"""
ENDPOINT = """
endpoints:
  desk: {description: The desk, default: "https://desk.example"}
examples:
  - title: As it is
    parameters: {}
"""


@dataclass
class Desk:
    """Somebody of the platform at the page of a submission."""

    client: Client
    submission: Submission

    def url(self, page: str) -> str:
        return reverse(f"admin:marketplace_submission_{page}", args=[self.submission.pk])

    def look(self) -> str:
        answer = self.client.get(self.url("change"))
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    def send(self, what: str, **fields: Any) -> str:
        """Post a form; the page that follows."""
        answer = self.client.post(
            self.url("decide"), {"what": what, "purpose": PURPOSE, **fields}, follow=True
        )
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    @property
    def status(self) -> str:
        return Submission.objects.using("platform").get(pk=self.submission.pk).status


def desk(submission: Submission, *roles: str, user: User | None = None) -> Desk:
    return Desk(signed_in(user or make_user(platform_roles=list(roles))), submission)


def test_a_reviewer_decides_on_the_page_with_checklist_controls_and_links(acme: Tenant) -> None:
    at = desk(submitted(acme), "security_reviewer")
    page = at.look()
    for item in REVIEWS["security"]:
        assert escape(item.text) in page
    assert 'id="decide-docs"' not in page
    said = at.send(
        "review", kind="security", decision="approve", rationale="Every host is needed.",
        **{"done-0": "on", "note-1": "None leaves."}, controls=["SOC2:CC6.1"],
        other_controls="NIST:AC-6; PCI:6.2", links="https://wiki.example/7\r\nhttps://wiki.example/8",
    )  # fmt: skip
    assert "Security review: decided." in said
    review = Review.objects.using("platform").get()
    assert [item["done"] for item in review.checklist] == [True, False, False, False, False]
    assert review.checklist[1]["note"] == "None leaves."
    assert review.controls == ["SOC2:CC6.1", "NIST:AC-6", "PCI:6.2"]
    assert review.links == ["https://wiki.example/7", "https://wiki.example/8"]
    assert "Every host is needed." in at.look()
    assert 'id="decide-security"' not in at.look()


@pytest.mark.parametrize(
    ("decision", "status"), [("request_changes", "changes_requested"), ("reject", "rejected")]
)
def test_the_other_buttons_end_it(acme: Tenant, decision: str, status: str) -> None:
    at = desk(submitted(acme), "docs_reviewer")
    at.send("review", kind="docs", decision=decision, rationale="Say to whom.")
    assert at.status == status


def test_what_was_typed_survives_a_refusal_and_every_problem_is_told(acme: Tenant) -> None:
    at = desk(submitted(acme), "security_reviewer")
    page = at.send(
        "review", kind="security", decision="approve", rationale=" ", links="ftp://no.example",
        controls=["SOC2:CC8.1"], **{"done-2": "on", "note-3": "kept words"},
    )  # fmt: skip
    assert "Nothing was decided." in page
    assert "Say why." in page
    assert "Write an http or https address" in page
    assert "ftp://no.example</textarea>" in page
    assert 'value="kept words"' in page
    assert 'name="done-2" checked' in page
    assert 'value="SOC2:CC8.1" checked' in page
    assert not Review.objects.using("platform").exists()
    assert "kept words" not in at.look()


def test_the_page_says_who_looks_and_opening_it_renews_that(acme: Tenant) -> None:
    submission = submitted(acme)
    first = desk(submission, "docs_reviewer")
    assert "Others see that you look at it (docs)" in first.look()
    before = ReviewLease.objects.using("platform").get().until
    first.look()
    assert ReviewLease.objects.using("platform").get().until > before
    second = desk(
        submission, user=make_user("omar@platform.test", platform_roles=["docs_reviewer"])
    )
    page = second.look()
    assert "is looking at it (docs)" in page
    assert "I look at it instead of" in page
    assert "Others see that you look at it, for 15 minutes." in second.send("lease", kind="docs")
    assert ReviewLease.objects.using("platform").get().holder_name == "Omar"


def test_looking_leaves_no_record_and_an_auditor_no_lease(acme: Tenant) -> None:
    submission = submitted(acme)
    before = Decision.objects.using("platform").count()
    desk(submission, "docs_reviewer").look()
    assert Decision.objects.using("platform").count() == before
    ReviewLease.objects.using("owner").all().delete()
    desk(submission, "auditor").look()
    assert not ReviewLease.objects.using("platform").exists()


def test_policy_says_beforehand_what_is_missing(acme: Tenant) -> None:
    submission = submitted(acme)
    page = desk(submission, "approver").look()
    assert "Security review is not done." in page
    assert "<code>reviews_missing</code>" in page
    assert 'value="approve" class="console-button" disabled' in page


def test_nobody_is_offered_a_review_of_their_own(acme: Tenant) -> None:
    person = make_user("both@acme.test", platform_roles=["docs_reviewer"])
    make_member(acme, "author", user=person)
    submission = submitted(acme, author=actor_of(acme, "author", user=person))
    page = desk(submission, user=person).look()
    assert "<code>own_review</code>" in page
    assert 'id="decide-docs"' not in page


def test_an_approver_approves_the_template_with_a_rationale(acme: Tenant) -> None:
    at = desk(reviewed(acme, submitted(acme)), "approver")
    assert "disabled" not in at.look().split('id="approve"')[1].split("</form>")[0]
    assert "Say why." in at.send("approve", decision="approve", rationale="")
    assert at.status == "in_review"
    assert "You approved it." in at.send(
        "approve", decision="approve", rationale="All reviews pass."
    )
    assert at.status == "approved"
    receipt = Receipt.objects.using("platform").get(kind="release.approve")
    assert receipt.statement["predicate"]["what"]["rationale"] == "All reviews pass."


def test_an_approver_rejects_what_lacks_reviews(acme: Tenant) -> None:
    at = desk(submitted(acme), "approver")
    at.send("approve", decision="reject", rationale="We have one like it.")
    assert at.status == "rejected"


def test_who_may_not_is_told_by_policy(acme: Tenant) -> None:
    at = desk(submitted(acme), "auditor")
    page = at.send("review", kind="docs", decision="approve", rationale="Fine.")
    assert "Nothing was decided." in page
    assert not Review.objects.using("platform").exists()
    assert Decision.objects.using("platform").filter(action="release.review", allow=False).exists()


def test_a_publisher_overrides_a_review_and_both_stay(acme: Tenant) -> None:
    submission = submitted(acme)
    decide_review(
        actor=staff(acme, "docs_reviewer"), submission_id=submission.pk, kind="docs",
        decision="reject", rationale="Too short.",
    )  # fmt: skip
    at = desk(submission, "publisher")
    rejected = Review.objects.using("platform").get()
    assert "Override the review of" in at.look()
    page = at.send(
        "override", kind="docs", decision="approve", rationale="Short is good.",
        overrides=str(rejected.pk),
    )  # fmt: skip
    assert "Docs review: overridden." in page
    assert at.status == "in_review"
    assert ">Overridden</span>" in page
    assert "Too short." in page
    assert "Short is good." in page


def test_the_page_shows_what_changes_since_the_last_release(acme: Tenant) -> None:
    published(acme)
    submission = submitted(acme, name="tried", version="2.0.0", steps=REACHES, rest=ENDPOINT)
    page = desk(submission, "docs_reviewer").look()
    assert "What changes since 1.0.0" in page
    assert "<code>desk.example</code>" in page
    assert "It reaches more than 1.0.0." in page
    assert "<ins>+ " in page
    assert "Place by place" in page


def test_a_first_release_shows_its_whole_document(acme: Tenant) -> None:
    page = desk(submitted(acme, steps=REACHES, rest=ENDPOINT), "docs_reviewer").look()
    assert "A first release" in page
    assert "There is no release before: all of it is new." in page
    assert "Says hello to whoever runs it." in page


def test_the_example_is_rehearsed_when_asked_and_calls_nothing(acme: Tenant) -> None:
    at = desk(submitted(acme, steps=REACHES, rest=ENDPOINT), "security_reviewer")
    answer = at.client.post(at.url("rehearse"))
    page = " ".join(answer.content.decode().split())
    assert "Rehearsed: As it is" in page
    assert "<code>GET desk.example</code>" in page
    assert 'id="decide-security"' in page


# --- evidence


def test_a_file_is_kept_by_what_it_is_and_comes_back_as_it_was(acme: Tenant) -> None:
    at = desk(submitted(acme), "security_reviewer")
    content = b"%PDF-1.7\n<script>alert(1)</script>"
    sent = SimpleUploadedFile("../../scan .png", content, content_type="image/png")
    assert "is kept as application/pdf" in at.send("evidence", kind="security", file=sent)
    kept = ReviewEvidence.objects.using("platform").get()
    assert (kept.name, kept.media_type, kept.size) == ("scan .png", "application/pdf", len(content))
    url = reverse("admin:marketplace_reviewevidence_download", args=[kept.pk])
    assert f'href="{url}"' in at.look()
    answer = at.client.get(url)
    assert answer.content == content
    assert answer["Content-Disposition"] == 'attachment; filename="scan .png"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_same_file_twice_is_one(acme: Tenant) -> None:
    at = desk(submitted(acme), "docs_reviewer")
    for _ in range(2):
        at.send("evidence", kind="docs", file=SimpleUploadedFile("note.txt", b"Read it."))
    assert ReviewEvidence.objects.using("platform").count() == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x7fELF\x02\x01\x01\x00", "Send a PDF, PNG"),
        (b"%PDF-" + b"x" * LARGEST, "At most 5 MiB."),
        (b"", "The file is empty."),
    ],
)
def test_a_file_that_is_not_kept_says_why(acme: Tenant, content: bytes, why: str) -> None:
    at = desk(submitted(acme), "docs_reviewer")
    page = at.send("evidence", kind="docs", file=SimpleUploadedFile("a.pdf", content))
    assert why in page
    assert not ReviewEvidence.objects.using("platform").exists()


def test_evidence_is_put_only_by_who_may_review(acme: Tenant) -> None:
    at = desk(submitted(acme), "docs_reviewer")
    at.send("evidence", kind="security", file=SimpleUploadedFile("a.txt", b"Mine."))
    assert not ReviewEvidence.objects.using("platform").exists()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b'{"open": []}', "application/json"),
        ("Größe".encode(), "text/plain"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"<html>\x00", ""),
        (b"<html>", "text/plain"),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_what_a_file_is_is_told_by_its_bytes(content: bytes, media_type: str) -> None:
    assert media_type_of(content) == media_type


def test_the_name_of_a_file_leads_nowhere() -> None:
    assert file_name("C:\\tmp\\..\\a\x00b\n.txt") == "ab.txt"
    assert file_name("///") == "evidence"


def test_the_page_costs_the_same_however_much_belongs_to_it(acme: Tenant) -> None:
    submission = submitted(acme)
    at = desk(submission, "auditor")
    at.look()
    few = statements(at.client, at.url("change"))
    reviewer = desk(submission, "security_reviewer")
    for number in range(5):
        file = SimpleUploadedFile("a.txt", f"Number {number}".encode())
        reviewer.send("evidence", kind="security", file=file)
    reviewed(acme, submission)
    many = statements(at.client, at.url("change"))
    assert len(many) == len(few) == PAGE


def test_the_guide_names_every_item_of_the_checklists() -> None:
    guide = (settings.BASE_DIR / "docs" / "reviewing.md").read_text()
    items = [*CERTIFICATION, *(item for kind in REVIEWS.values() for item in kind)]
    assert [item.text for item in items if item.text not in guide] == []


def test_a_nul_in_a_form_is_refused_in_words(acme: Tenant) -> None:
    said = desk(submitted(acme), "security_reviewer").send(
        "review", kind="security", decision="approve", rationale="Fine.\x00"
    )
    assert "There is a NUL character in it." in said
    assert not Review.objects.using("owner").exists()
