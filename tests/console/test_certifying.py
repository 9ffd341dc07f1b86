"""What becomes of releases in the console: certified, taken back, deprecated, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import TemplateAudience, WorkflowTemplate
from maestro.kernel.clock import now
from maestro.runtime.models import Withdrawal
from maestro.tenancy.models import Tenant, User
from marketplace.checklists import CERTIFICATION
from marketplace.models import Certification, Release, WorkflowInstance
from tests.console.conftest import signed_in
from tests.console.rows import fill
from tests.factories import make_user
from tests.marketplace.worlds import published

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)
PURPOSE = "platform.operations"
LIST = reverse("admin:marketplace_release_changelist")
ALL_DONE = {f"done-{index}": "on" for index in range(len(CERTIFICATION))}


@dataclass
class Shelf:
    """Somebody of the platform at the page of a release."""

    client: Client
    release: Release

    def url(self, page: str) -> str:
        return reverse(f"admin:marketplace_release_{page}", args=[self.release.pk])

    def look(self) -> str:
        return " ".join(self.client.get(self.url("change")).content.decode().split())

    def send(self, what: str, **fields: Any) -> str:
        answer = self.client.post(
            self.url("decide"), {"what": what, "purpose": PURPOSE, **fields}, follow=True
        )
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    @property
    def now(self) -> Release:
        return Release.objects.using("platform").get(pk=self.release.pk)


def shelf(release: Release, *roles: str) -> Shelf:
    return Shelf(signed_in(make_user(platform_roles=list(roles))), release)


def test_a_publisher_certifies_against_the_checklist_for_some_days(acme: Tenant) -> None:
    at = shelf(published(acme), "publisher")
    for item in CERTIFICATION:
        assert item.text in at.look()
    said = at.send("certify", reason="Ran a month.", days="30", **ALL_DONE, **{"note-1": "Twice."})
    assert "is certified until" in said
    made = Certification.objects.using("platform").get()
    assert (made.rationale, made.checklist[1]["note"]) == ("Ran a month.", "Twice.")
    assert 29 <= (made.expires_at - now()).days <= 30
    assert "By " in at.look()
    assert "Take the certification back" in at.look()


def test_an_item_that_is_not_done_is_told_and_nothing_typed_is_lost(acme: Tenant) -> None:
    at = shelf(published(acme), "publisher")
    page = at.send("certify", reason="Nearly.", days="40", **{"done-0": "on", "note-2": "kept"})
    assert f"{CERTIFICATION[1].text}: this is not done." in page
    assert 'name="done-0" checked' in page
    assert 'value="kept"' in page
    assert "Nearly.</textarea>" in page
    assert 'value="40"' in page
    assert not Certification.objects.using("platform").exists()


@pytest.mark.parametrize("days", ["", "0", "731", "ten", "99999999999"])
def test_days_that_are_none_are_refused(acme: Tenant, days: str) -> None:
    at = shelf(published(acme), "publisher")
    assert "Between 1 and 730 days." in at.send("certify", reason="Fine.", days=days, **ALL_DONE)


@pytest.mark.parametrize(
    ("what", "given", "said"),
    [
        ("certify", {"reason": " "}, "Say why. Others read it, and auditors do."),
        ("certify", {"reason": "x" * 4001}, "At most 4000 characters."),
        ("certify", {"days": "-1"}, "Between 1 and 730 days."),
        ("revoke", {"reason": ""}, "Say why. Others read it, and auditors do."),
        ("deprecate", {"reason": " "}, "Say why. Whoever installed it reads this."),
        ("deprecate", {"replacement": "globex/hidden"}, "There is no other release globex/hidden"),
        ("withdraw", {"reason": "x" * 501, "mode": "stop"}, "At most 500 characters."),
    ],
)
def test_what_is_wrong_is_said_beside_its_question_with_what_was_typed(
    acme: Tenant, globex: Tenant, what: str, given: dict[str, str], said: str
) -> None:
    published(globex, slug="hidden", visibility="internal-only")
    at = shelf(published(acme), "publisher")
    at.send("certify", reason="Fine.", days="30", **ALL_DONE)
    page = at.send(what, **{"reason": "Slow.", "days": "30", **ALL_DONE, **given})
    form = page.partition(f'name="what" value="{what}"')[2].partition("</form>")[0]
    assert said in form.partition('class="console-wrong">')[2][:200]
    for name, text in given.items():
        assert name == "mode" or text in form
    assert at.now.status == "published"


def test_a_certification_is_taken_back_and_both_stay(acme: Tenant) -> None:
    at = shelf(published(acme), "publisher")
    at.send("certify", reason="Fine.", days="30", **ALL_DONE)
    assert "is certified no more." in at.send("revoke", reason="It leaks.")
    page = at.look()
    assert "Taken back</td>" in page
    assert "Take the certification back" not in page
    assert Certification.objects.using("platform").count() == 2


def test_a_release_is_deprecated_with_what_to_use_instead(acme: Tenant) -> None:
    other = published(acme, slug="better")
    at = shelf(published(acme), "publisher")
    page = at.send("deprecate", reason="Slow.", replacement="acme/nothing")
    assert "There is no other release acme/nothing" in page
    assert 'value="acme/nothing"' in page
    assert "is deprecated" in at.send("deprecate", reason="Slow.", replacement=other.address)
    assert (at.now.status, at.now.replacement) == ("deprecated", "acme/better")


def test_a_release_is_withdrawn_with_a_reason_and_a_mode(acme: Tenant) -> None:
    at = shelf(published(acme), "platform_admin")
    assert "Certify" not in at.look().split("console-summary")[1].split("</details>")[0]
    page = at.send("withdraw", reason="It leaks.")
    assert "Choose" in page
    assert at.now.status == "published"
    at.send("withdraw", reason="It leaks.", mode="warn")
    assert at.now.status == "withdrawn"
    assert Withdrawal.objects.using("platform").get().mode == "warn"
    assert 'value="withdraw"' not in at.look()


def test_several_are_withdrawn_with_one_reason(acme: Tenant, platform_admin: User) -> None:
    rows = [published(acme, slug=slug) for slug in ("one", "two")]
    client = signed_in(platform_admin)
    form = {
        "action": "withdraw_and_stop", "index": "0", "purpose": PURPOSE,
        "_selected_action": [str(row.pk) for row in rows],
    }  # fmt: skip
    page = client.post(LIST, form, follow=True).content.decode()
    assert "2 releases refused" in page
    page = client.post(LIST, form | {"reason": "Both leak."}, follow=True).content.decode()
    assert "2 releases withdrawn" in page
    kept = Withdrawal.objects.using("platform").values_list("mode", "reason")
    assert list(kept) == [("stop", "Both leak.")] * 2


def test_the_mark_says_whether_it_is_what_was_signed(acme: Tenant) -> None:
    at = shelf(published(acme), "auditor")
    assert "Verified now" in at.look()
    forged = shelf(fill(acme)[Release], "auditor")
    assert "Not verified:" in forged.look()


def test_an_auditor_is_offered_nothing_and_refused(acme: Tenant) -> None:
    at = shelf(published(acme), "auditor")
    assert 'name="what"' not in at.look()
    assert "Nothing was decided." in at.send("withdraw", reason="No.", mode="stop")
    assert at.now.status == "published"


def test_a_template_says_who_finds_it(acme: Tenant, globex: Tenant, platform_admin: User) -> None:
    release = published(acme, visibility="partner-curated", audience=["globex"])
    assert TemplateAudience.objects.using("platform").exists()
    url = reverse("admin:catalog_workflowtemplate_change", args=[release.template_id])
    page = signed_in(platform_admin).get(url).content.decode()
    assert ">globex</a>" in page
    WorkflowTemplate.objects.using("owner").update(visibility="public-ecosystem")
    TemplateAudience.objects.using("owner").all().delete()
    assert "Everybody: it is public." in signed_in(platform_admin).get(url).content.decode()


def test_a_platform_admin_stops_an_installation_with_a_reason(
    acme: Tenant, platform_admin: User
) -> None:
    row = fill(acme)[WorkflowInstance]
    url = reverse("admin:marketplace_workflowinstance_act", args=[row.pk])
    client = signed_in(platform_admin)
    client.post(url, {"act": "stop", "purpose": PURPOSE, "rationale": "It floods us."})
    stopped = WorkflowInstance.objects.using("platform").get(pk=row.pk)
    assert (stopped.status, stopped.status_reason) == ("stopped", "It floods us.")
