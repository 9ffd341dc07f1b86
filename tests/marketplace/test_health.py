"""How releases did, over all tenants, and what is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections

from catalog.models import WorkflowTemplate
from maestro.kernel.clock import now
from maestro.tenancy.models import Tenant
from marketplace.models import Release, ReleaseHealth
from marketplace.services.roll_up_health import roll_up_health
from marketplace.tasks import roll_up_health as task
from marketplace.trust import DAYS, MIN_RUNS, MIN_TENANTS
from tests.factories import make_tenant
from tests.marketplace.making import installation_rows, latest, listed, ran

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)
DAY = timedelta(days=1)


@pytest.fixture
def release(acme: Tenant) -> Release:
    return latest(listed(acme, "cost-anomaly"))


def run_in(release: Release, tenants: int, *statuses: str, **facts: object) -> None:
    for _ in range(tenants):
        ran(installation_rows(release, make_tenant()), *statuses, **facts)  # type: ignore[arg-type]


def health(release: Release) -> ReleaseHealth:
    return ReleaseHealth.objects.using("owner").get(release_id=release.pk)


def test_figures_of_enough_tenants_are_counted_and_rounded(release: Release) -> None:
    run_in(release, MIN_TENANTS, "succeeded", "succeeded", "succeeded", "failed", seconds=3.0)
    assert roll_up_health() == 1
    found = health(release)
    assert (found.runs_7, found.runs_30, found.tenants_30) == (20, 20, 5)
    assert (found.failure_rate_7, found.failure_rate_30) == (0.25, 0.25)
    assert (found.average_seconds, found.p95_seconds) == (3.0, 3.0)
    assert found.tenant_id == release.tenant_id
    assert found.last_run_at is not None
    assert (found.last_run_at.minute, found.last_run_at.second) == (0, 0)


def test_one_tenant_too_few_is_told_nothing_of(release: Release) -> None:
    run_in(release, MIN_TENANTS - 1, *["failed"] * MIN_RUNS)
    assert roll_up_health() == 1
    found = health(release)
    assert found.runs_7 is found.runs_30 is found.tenants_30 is None
    assert found.failure_rate_7 is found.failure_rate_30 is None
    assert found.average_seconds is found.p95_seconds is None
    assert found.last_run_at is None
    assert found.last_run_status == ""


def test_a_week_of_few_is_not_told_though_the_month_is(release: Release) -> None:
    run_in(release, MIN_TENANTS, *["succeeded"] * 4, ago=10 * DAY)
    run_in(release, 1, *["failed"] * MIN_RUNS)
    roll_up_health()
    found = health(release)
    assert found.runs_7 is found.failure_rate_7 is None
    assert found.runs_30 == 40
    assert found.last_run_status == "failed"


def test_what_was_cancelled_or_is_older_is_not_counted(release: Release) -> None:
    run_in(release, MIN_TENANTS, *["succeeded"] * 4)
    run_in(release, 1, *["cancelled"] * 50)
    run_in(release, 1, *["failed"] * 50, ago=(DAYS + 1) * DAY)
    roll_up_health()
    assert (health(release).runs_30, health(release).failure_rate_30) == (20, 0.0)


def test_what_could_be_told_is_taken_back_when_it_can_no_more(release: Release) -> None:
    run_in(release, MIN_TENANTS, *["succeeded"] * 4)
    roll_up_health()
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE runtime_execution SET finished_at = %s", [now() - 40 * DAY])
    roll_up_health()
    assert health(release).runs_30 is None
    template = WorkflowTemplate.objects.using("owner").get(pk=release.template_id)
    assert template.runs is template.failure_rate is None


def test_a_list_reads_the_latest_releases_figures_from_the_template(acme: Tenant) -> None:
    template = listed(acme, "cost-anomaly", "1.0.0", "1.1.0")
    first = Release.objects.using("owner").get(template=template, number="1.0.0")
    run_in(first, MIN_TENANTS, *["failed"] * 4)
    run_in(latest(template), MIN_TENANTS, *["succeeded"] * 4)
    task()
    template.refresh_from_db(using="owner")
    assert template.health_of == template.latest_release_id
    assert (template.runs, template.failure_rate) == (20, 0.0)
    assert template.last_run_status == "succeeded"


def test_releases_are_counted_in_batches_each_once(acme: Tenant) -> None:
    releases = [latest(listed(acme, f"flow-{number}")) for number in range(5)]
    for release in releases:
        run_in(release, 1, "succeeded")
    assert roll_up_health(batch=2) == 5
    assert roll_up_health(batch=2) == 5
    assert ReleaseHealth.objects.using("owner").count() == 5


def test_a_release_that_nobody_ran_gets_no_row(release: Release) -> None:
    assert roll_up_health() == 0
    assert not ReleaseHealth.objects.using("owner").exists()
