"""What each list costs: a number of statements that does not grow with its rows."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.db import connections, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import WorkflowDefinition
from maestro.kernel.console import paging
from maestro.runtime.models import Execution, StepRun
from maestro.tenancy.models import Tenant, User
from tests.console.conftest import signed_in
from tests.console.rows import fill, fill_libraries, registered

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)
# Statements besides those of every request: its session, its person, their tenants, the transaction.
# Four of every list: the plan of the count, the count, the rows, the menu's badge.
SHARED = 4
# Two more of a list over tenants: the tenants to choose from, the slugs of those on the page.
OF_TENANTS = 6
BUDGET = {
    "admin.LogEntry": SHARED,
    "auth.Group": SHARED,
    "axes.AccessAttempt": SHARED,
    "axes.AccessAttemptExpiration": SHARED,
    "axes.AccessFailureLog": SHARED,
    "axes.AccessLog": SHARED,
    "catalog.GroupMember": OF_TENANTS,
    "catalog.PartnerGroup": OF_TENANTS,
    "catalog.TemplateAudience": OF_TENANTS,
    "catalog.WorkflowDefinition": OF_TENANTS,
    "catalog.WorkflowTag": OF_TENANTS,
    "catalog.WorkflowTemplate": OF_TENANTS,
    "catalog.WorkflowVersion": OF_TENANTS,
    "connectors.Connection": OF_TENANTS,
    "django_celery_beat.ClockedSchedule": SHARED,
    "django_celery_beat.CrontabSchedule": SHARED,
    "django_celery_beat.IntervalSchedule": SHARED,
    "django_celery_beat.PeriodicTask": SHARED,
    "django_celery_beat.SolarSchedule": SHARED,
    "governance.ApprovalDecision": OF_TENANTS,
    "governance.ApprovalRequest": OF_TENANTS,
    "governance.AuditDue": OF_TENANTS,
    "governance.AuditLink": OF_TENANTS,
    "governance.Decision": OF_TENANTS,
    "governance.EvidenceBundle": OF_TENANTS,
    "governance.EvidenceDue": OF_TENANTS,
    "governance.PolicyBundle": SHARED,
    "governance.PolicyData": OF_TENANTS,
    "governance.PolicyInput": OF_TENANTS,
    "governance.PurposeEntry": OF_TENANTS,
    "governance.Receipt": OF_TENANTS,
    "governance.Secret": OF_TENANTS,
    "governance.TrustedKey": SHARED,
    "kernel.Heartbeat": SHARED,
    "kernel.OutboxEvent": OF_TENANTS,
    "marketplace.Adoption": OF_TENANTS,
    "marketplace.Certification": OF_TENANTS,
    "marketplace.Finding": OF_TENANTS,
    "marketplace.InstanceChange": OF_TENANTS,
    "marketplace.Release": OF_TENANTS,
    "marketplace.ReleaseHealth": OF_TENANTS,
    "marketplace.Review": OF_TENANTS,
    "marketplace.ReviewEvidence": OF_TENANTS,
    "marketplace.ReviewLease": OF_TENANTS,
    "marketplace.Rollout": OF_TENANTS,
    "marketplace.Submission": OF_TENANTS + 2,  # who is looking, and how long reviews take
    "marketplace.TemplateGroupObjectPermission": OF_TENANTS,
    "marketplace.TemplateUserObjectPermission": OF_TENANTS,
    "marketplace.UpgradeProposal": OF_TENANTS,
    "marketplace.VerifiedPublisher": SHARED,
    "marketplace.WorkflowInstance": OF_TENANTS,
    "runtime.Execution": OF_TENANTS,
    "runtime.ExecutionEvent": OF_TENANTS - 1,
    "runtime.Grant": OF_TENANTS,
    "runtime.RunPreset": OF_TENANTS,
    "runtime.SavedFilter": OF_TENANTS,
    "runtime.StepRun": OF_TENANTS,
    "runtime.Withdrawal": OF_TENANTS,
    "tenancy.ApiToken": OF_TENANTS,
    "tenancy.Membership": OF_TENANTS,
    "tenancy.Tenant": SHARED,
    "tenancy.User": SHARED,
}
OVERVIEW = 3  # the figures, the queues, the menu's badge


def statements(client: Client, url: str) -> list[str]:
    """What a page asks of the tables it is about."""
    with (
        CaptureQueriesContext(connections["default"]) as here,
        CaptureQueriesContext(connections["platform"]) as everywhere,
    ):
        assert client.get(url).status_code == 200, url
    own = [query["sql"] for query in here if not _is_every_requests(query["sql"])]
    return own + [query["sql"] for query in everywhere]


def _is_every_requests(sql: str) -> bool:
    """The session, the person who asks and their tenants, the transaction."""
    return sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) or any(
        mark in sql
        for mark in (
            "django_session",
            "kernel_clockoffset",
            "maestro_seats",
            "set_config",
            'WHERE "tenancy_user"."id" =',
        )
    )


def address(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_a_list_costs_the_same_for_few_rows_and_for_many(
    acme: Tenant, globex: Tenant, platform_admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(platform_admin)
    costs: dict[int, dict[str, int]] = {}
    for size in (2, 6):
        for tenant in (acme, globex):
            fill(tenant, size, tag=str(size))
        fill_libraries(size)
        for console in admin.site._registry.values():  # every list has more than one page
            monkeypatch.setattr(console, "list_per_page", size - 1)
        costs[size] = {
            model._meta.label: len(statements(client, address(model))) for model in registered()
        }
    assert costs[2] == costs[6]
    assert costs[6] == BUDGET


def test_the_overview_costs_two_queries_and_the_badge(acme: Tenant, platform_admin: User) -> None:
    client = signed_in(platform_admin)
    fill(acme, 3)
    assert len(statements(client, reverse("admin:index"))) == OVERVIEW


def test_a_page_costs_the_same_however_much_belongs_to_it(
    acme: Tenant, platform_admin: User
) -> None:
    client = signed_in(platform_admin)
    rows = fill(acme)
    execution, definition = rows[Execution], rows[WorkflowDefinition]
    pages = [
        reverse("admin:runtime_execution_change", args=[execution.pk]),
        reverse("admin:catalog_workflowdefinition_change", args=[definition.pk]),
        reverse("admin:tenancy_tenant_change", args=[acme.pk]),
    ]
    for page in pages:
        client.get(page)  # what is kept for good, such as content types, is asked once
    few = [len(statements(client, page)) for page in pages]
    for index in range(12):
        StepRun.objects.using("owner").create(
            tenant_id=acme.pk,
            execution=execution,
            step_id=f"more-{index}",
            task="core.set@1",
            status="succeeded",
        )
    fill(acme, 12, tag="more")
    assert [len(statements(client, page)) for page in pages] == few


def test_a_long_list_is_not_counted(
    acme: Tenant, platform_admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(acme, 2)
    client = signed_in(platform_admin)
    monkeypatch.setattr(admin.site._registry[Execution], "list_per_page", 1)
    monkeypatch.setattr(paging, "MOST_COST", 0.0)  # what a million rows would exceed
    asked = statements(client, address(Execution))
    assert not any(sql.startswith("SELECT COUNT") for sql in asked)
    page = client.get(address(Execution)).content.decode()
    assert "about" in page


def test_pages_go_by_key_and_never_by_offset(
    acme: Tenant, platform_admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(acme, 5)
    client = signed_in(platform_admin)
    monkeypatch.setattr(admin.site._registry[Execution], "list_per_page", 2)
    seen, url, turns = [], address(Execution), 0
    while url and turns < 10:
        answer = client.get(url)
        changes = answer.context["cl"]
        seen += [row.pk for row in changes.result_list]
        back = changes.newer_url
        assert not any("OFFSET" in sql for sql in statements(client, url))
        url = address(Execution) + changes.older_url if changes.older_url else ""
        turns += 1
    newest_first = Execution.objects.using("platform").order_by("-id")
    assert seen == list(newest_first.values_list("pk", flat=True))
    before = client.get(address(Execution) + back).context["cl"]
    assert [row.pk for row in before.result_list] == seen[2:4]


def test_a_key_that_is_none_leads_to_the_first_page(platform_admin: User) -> None:
    answer = signed_in(platform_admin).get(address(Execution), {"before": "nonsense"})
    assert answer.status_code == 302
    assert answer["Location"].endswith("?e=1")
