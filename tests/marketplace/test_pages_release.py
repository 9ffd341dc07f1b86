"""A release's page: who may see it, what it says, and whether it verifies."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from catalog.models import WorkflowTemplate
from governance.signing import signing_ring
from governance.trust.dsse import ENVELOPE
from governance.trust.statement import RELEASE_TYPE, verify_statement
from maestro.kernel.clock import now
from maestro.kernel.identity import new_id
from maestro.tenancy.models import Tenant
from marketplace.models import Adoption, Certification, Release, ReleaseHealth, VerifiedPublisher
from tests.factories import make_member
from tests.marketplace.making import installation_rows, latest, listed, ran, shown_to
from tests.marketplace.worlds import published
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(
    databases=["default", "owner", "jobs", "platform"], transaction=True
)
PAGE = "/marketplace/acme/cost-anomaly/"
MOST_STATEMENTS = 9
# the template, the release, all releases, the certification, the health, the publisher, the
# installations, their runs; and the keys, if it was imported


@pytest.fixture
def viewer(globex: Tenant, client: Client) -> Client:
    client.force_login(make_member(globex, "viewer"))
    return client


@pytest.fixture
def owner(acme: Tenant) -> Client:
    client = Client()
    client.force_login(make_member(acme, "viewer"))
    return client


def text(client: Client, address: str = PAGE, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return " ".join(answer.content.decode().split())


def change(release: Release, **fields: Any) -> None:
    Release.objects.using("owner").filter(pk=release.pk).update(**fields)


def tamper(release: Release, **fields: Any) -> None:
    """Change what nobody can change, as somebody with the database in hand."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE marketplace_release DISABLE TRIGGER USER")
        change(release, **fields)
        cursor.execute("ALTER TABLE marketplace_release ENABLE TRIGGER USER")


def test_it_says_what_it_is_reaches_and_by_whom_it_was_reviewed(
    viewer: Client, acme: Tenant
) -> None:
    listed(acme, "cost-anomaly", title="Investigate a cost anomaly", author_name="Tomás Okafor")
    page = text(viewer)
    for said in (
        "<h1>Investigate a cost anomaly</h1>", "version 1.0.0", "<code>billing.example</code>",
        "Mara Lindqvist", "AC-6, SC-7", "Approved by Petra", "Tomás Okafor", "People Ops",
        "What is new in 1.0.0.", "It is not installed here.", "It is not certified now.",
    ):  # fmt: skip
        assert said in page, said
    assert "is-ok" in page and "Verified" in page  # noqa: PT018 - one mark


def test_what_is_not_visible_is_not_there_and_the_same_as_nothing(
    viewer: Client, acme: Tenant, globex: Tenant
) -> None:
    hidden = listed(acme, "cost-anomaly", visibility="partner-curated")
    listed(acme, "own", visibility="internal-only")
    nothing = text(viewer, "/marketplace/acme/cost-anomalx/", 404)
    for address in (PAGE, f"{PAGE}1.0.0/", f"{PAGE}1.0.0/attestation/", f"{PAGE}tenants/"):
        text(viewer, address, 404)
    assert text(viewer, PAGE, 404).replace("cost-anomaly", "cost-anomalx") == nothing
    text(viewer, "/marketplace/acme/own/", 404)
    shown_to(hidden, globex)
    text(viewer)


def test_an_older_release_has_a_page_of_its_own_that_leads_to_the_latest(
    viewer: Client, acme: Tenant
) -> None:
    listed(acme, "cost-anomaly", "1.0.0", "1.1.0")
    assert "version 1.1.0" in text(viewer)
    older = text(viewer, f"{PAGE}1.0.0/")
    assert "version 1.0.0" in older
    assert "There is another release: 1.1.0" in older
    text(viewer, f"{PAGE}9.9.9/", 404)


def test_a_template_without_a_release_says_so_to_its_publisher(owner: Client, acme: Tenant) -> None:
    template = listed(acme, "cost-anomaly", standing="unlisted")
    WorkflowTemplate.objects.using("owner").filter(pk=template.pk).update(latest_release_id=None)
    assert "is published yet" in text(owner, PAGE, 404)


def test_a_forged_release_is_told_to_be_one_and_can_not_be_installed(
    viewer: Client, acme: Tenant
) -> None:
    release = latest(listed(acme, "cost-anomaly"))
    forged = release.statement["predicate"] | {"approvedBy": "Mallory"}
    tamper(release, statement=release.statement | {"predicate": forged})
    page = text(viewer)
    assert "This release does not verify" in page
    assert "Its signature does not verify." in page
    assert "Not valid" in page


def test_a_statement_about_another_document_does_not_verify(viewer: Client, acme: Tenant) -> None:
    release = latest(listed(acme, "cost-anomaly"))
    tamper(release, digest="sha256:" + "1" * 64)
    assert "The statement is about another version." in text(viewer)


def test_the_attestation_can_be_taken_away_and_verifies(viewer: Client, acme: Tenant) -> None:
    listed(acme, "cost-anomaly")
    answer = viewer.get(f"{PAGE}1.0.0/attestation/")
    assert answer["Content-Type"] == ENVELOPE
    assert 'filename="cost-anomaly-1.0.0.dsse.json"' in answer["Content-Disposition"]
    claim, signers = verify_statement(
        answer.content, signing_ring().trusted, predicate_type=RELEASE_TYPE
    )
    assert claim["predicate"]["approvedBy"] == "Petra"
    assert signers
    assert json.loads(answer.content)["signatures"]


@pytest.mark.parametrize(
    ("status", "said"), [("withdrawn", "Withdrawn: it can’t"), ("deprecated", "Deprecated: it")]
)
def test_what_is_deprecated_or_withdrawn_says_why_and_what_to_use(
    status: str, said: str, viewer: Client, acme: Tenant
) -> None:
    release = latest(listed(acme, "cost-anomaly"))
    change(
        release, status=status, status_reason="It repeats itself.",
        replacement="acme/cost-watch@2.0.0",
    )  # fmt: skip
    page = text(viewer)
    assert said in page
    assert "It repeats itself." in page
    assert '<a href="/marketplace/acme/cost-watch/2.0.0/">' in page
    assert ("It was withdrawn." in page) == (status == "withdrawn")


def test_every_badge_opens_its_evidence(viewer: Client, acme: Tenant) -> None:
    template = listed(acme, "cost-anomaly", last_reviewed_at=now())
    release = latest(template)
    own: dict[str, Any] = {"tenant_id": acme.pk, "template": template, "release": release}
    Certification.objects.using("owner").create(
        **own, rationale="All 22 points hold.", certified_by=new_id(), certified_by_name="Amara",
        expires_at=now() + timedelta(days=90),
    )  # fmt: skip
    ReleaseHealth.objects.using("owner").create(
        **own, runs_7=100, runs_30=1200, tenants_30=15, failure_rate_7=0.01, failure_rate_30=0.004,
        average_seconds=72.0, p95_seconds=110.0, last_run_status="succeeded", last_run_at=now(),
        rolled_up_at=now(),
    )  # fmt: skip
    VerifiedPublisher.objects.using("owner").create(
        publisher="acme", evidence="By a record in acme.test.", verified_by_name="Hana",
        verified_at=now(),
    )  # fmt: skip
    page = text(viewer)
    for opened in ("certification", "health", "publisher"):
        assert f'<a href="#{opened}">' in page
        assert f'id="{opened}"' in page
    for said in (
        "Held against the certification checklist by Amara", "0.4 % of 1200 runs", "1 min 12 s",
        "1 min 50 s", "By a record in acme.test.", "All 22 points hold.",
    ):  # fmt: skip
        assert said in page, said


def test_figures_of_too_few_are_not_told_but_ones_own_are(
    viewer: Client, acme: Tenant, globex: Tenant
) -> None:
    instance = installation_rows(latest(listed(acme, "cost-anomaly")), globex, "costs")
    ran(instance, "succeeded", "failed", "cancelled")
    ran(instance, "failed", ago=timedelta(days=40))
    page = text(viewer)
    assert "Too few runs to tell" in page
    assert "2 runs, 1 failed" in page
    assert "costs" in page


def test_another_tenants_installations_and_runs_are_not_on_the_page(
    owner: Client, viewer: Client, acme: Tenant, globex: Tenant
) -> None:
    ran(installation_rows(latest(listed(acme, "cost-anomaly")), globex, "quiet-costs"), "failed")
    assert "quiet-costs" in text(viewer)
    page = text(owner)
    assert "quiet-costs" not in page
    assert "1 run, " not in page


def test_the_publisher_alone_sees_who_is_on_which_version(
    owner: Client, viewer: Client, acme: Tenant, globex: Tenant
) -> None:
    template = listed(acme, "cost-anomaly")
    assert "Nobody has it installed" in text(owner, f"{PAGE}tenants/")
    Adoption.objects.using("owner").bulk_create(
        Adoption(
            tenant_id=acme.pk, template_id=template.pk, installation_id=new_id(),
            installer_id=globex.pk, installer_slug=f"tenant-{number}", since=now(),
            number="1.0.0" if number < 40 else "1.1.0", channel="patch", status="active",
        )
        for number in range(60)
    )  # fmt: skip
    assert f'href="{PAGE}tenants/"' in text(owner)
    assert f'href="{PAGE}tenants/"' not in text(viewer)
    text(viewer, f"{PAGE}tenants/", 404)
    first = text(owner, f"{PAGE}tenants/")
    assert first.count('<th scope="row">tenant-') == 50
    assert "<td>Patches</td>" in first
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert text(owner, f"{PAGE}tenants/{following}").count('<th scope="row">tenant-') == 10
    assert text(owner, f"{PAGE}tenants/?number=1.1.0").count('<th scope="row">tenant-') == 20


def test_it_costs_no_more_for_many_releases_and_installations(
    viewer: Client, acme: Tenant, globex: Tenant
) -> None:
    template = listed(acme, "cost-anomaly", *(f"1.{number}.0" for number in range(8)))
    for number in range(5):
        installation_rows(latest(template), globex, f"costs-{number}")
    with statements_at_most(MOST_STATEMENTS):
        text(viewer)


def test_the_workflows_own_page_leads_to_what_is_published_of_it(
    owner: Client, acme: Tenant
) -> None:
    published(acme, slug="cost-anomaly")
    assert f'href="{PAGE}"' in text(owner, "/catalog/acme/cost-anomaly/")
    WorkflowTemplate.objects.using("owner").update(latest_release_id=None)
    assert f'href="{PAGE}"' not in text(owner, "/catalog/acme/cost-anomaly/")


def test_what_the_pipeline_signs_is_what_the_page_shows(owner: Client, acme: Tenant) -> None:
    published(acme, slug="greeting")
    page = text(owner, "/marketplace/acme/greeting/")
    assert "Verified" in page
    assert "Controls" in page
    assert "core.set@1" in page
    assert "This release does not verify" not in page
