"""Every model's list and page: to whom they open, whose rows they show, what they never show."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import models
from django.test import Client
from django.urls import reverse

from catalog.models import PartnerGroup, WorkflowDefinition, WorkflowTemplate
from governance.models import Decision, Receipt
from maestro.runtime.models import Execution, ExecutionEvent, StepRun
from maestro.tenancy.models import Tenant, User
from marketplace.services.partner_groups import set_partner_group
from tests.console.conftest import signed_in
from tests.console.rows import CANARY, registered
from tests.factories import actor_of
from tests.marketplace.worlds import submitted

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)
Rows = list[dict[type[models.Model], Any]]
# What is nobody's page: the clock of tests, the number of changes of policy, and what only libraries
# read.
LEFT_OUT = {
    "kernel.ClockOffset", "governance.PolicyChange", "auth.Permission", "contenttypes.ContentType", "sessions.Session",
    "django_celery_beat.PeriodicTasks", "guardian.GroupObjectPermission",
    "guardian.UserObjectPermission",
}  # fmt: skip

NESTED = re.compile(r"<a [^>]*/change/[^>]*>\s*<a ")


def _list(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _page(row: models.Model) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[quote(row.pk)])


def test_every_model_there_is_has_its_page_in_the_console() -> None:
    from django.apps import apps

    missing = {model._meta.label for model in apps.get_models()} - {
        model._meta.label for model in registered()
    }
    assert missing == LEFT_OUT


def test_the_menu_leads_to_every_model(platform_admin: User) -> None:
    page = signed_in(platform_admin).get(reverse("admin:index")).content.decode()
    assert [model._meta.label for model in registered() if f'"{_list(model)}"' not in page] == []


@pytest.mark.parametrize("who", ["platform_admin", "auditor"])
def test_every_list_and_every_page_opens_over_all_tenants(
    who: str, rows: Rows, request: pytest.FixtureRequest
) -> None:
    client = signed_in(request.getfixturevalue(who))
    acme, globex, shared = rows
    tried = []
    for model in registered():
        found = client.get(_list(model))
        assert found.status_code == 200, model
        for kept in (acme, globex, shared):
            if model in kept:
                page = _page(kept[model])
                assert f'href="{page}' in found.content.decode(), (model, page)
                opened = client.get(page)
                assert opened.status_code == 200, page
                tried.append(model)
    assert set(tried) == set(registered())


def test_no_link_of_a_list_is_within_another_and_so_without_words(
    platform_admin: User, rows: Rows
) -> None:
    client = signed_in(platform_admin)
    pages = {model: client.get(_list(model)).content.decode() for model in registered()}
    assert [model for model, page in pages.items() if NESTED.search(page)] == []


@pytest.mark.parametrize(
    "words", ["nothing is called this", "01a1fce5-43df-7218-a869-4e1ef2649d4f", "'; --", "\x00"]
)
def test_a_search_that_finds_nothing_says_so(words: str, platform_admin: User, rows: Rows) -> None:
    client = signed_in(platform_admin)
    for model in registered():
        found = client.get(_list(model), {"q": words}, follow=True)
        assert found.status_code == 200, model
        if "\x00" not in words and "'" not in words and found.context["cl"].search_fields:
            assert found.context["cl"].result_list == [], model


def test_an_id_finds_its_row(platform_admin: User, rows: Rows) -> None:
    client = signed_in(platform_admin)
    for model in (Execution, StepRun, Decision, Receipt, WorkflowDefinition, User):
        row = rows[0][model]
        found = client.get(_list(model), {"q": str(row.pk)})
        assert [one.pk for one in found.context["cl"].result_list] == [row.pk], model


def test_a_list_is_narrowed_to_one_tenant(platform_admin: User, rows: Rows) -> None:
    client = signed_in(platform_admin)
    for model, row in rows[0].items():
        if hasattr(row, "tenant_id") and model is not ExecutionEvent:
            found = client.get(_list(model), {"tenant": str(row.tenant_id)})
            assert {one.tenant_id for one in found.context["cl"].result_list} == {row.tenant_id}


def test_words_find_the_runs_of_a_workflow(platform_admin: User, rows: Rows) -> None:
    answer = signed_in(platform_admin).get(_list(Execution), {"q": "flow 0"})
    assert len(answer.context["cl"].result_list) == 2


def test_what_is_secret_is_on_no_page(platform_admin: User, rows: Rows) -> None:
    client = signed_in(platform_admin)
    hashes = list(User.objects.values_list("password", flat=True))
    for model in registered():
        pages = [_list(model), *(_page(kept[model]) for kept in rows if model in kept)]
        for page in pages:
            text = client.get(page).content.decode()
            assert CANARY not in text, page
            assert not any(digest in text for digest in hashes), page
            assert "<script>alert" not in text, page


def test_people_of_a_tenant_are_refused(tenant_admin: User, rows: Rows) -> None:
    client = signed_in(tenant_admin)
    for model in registered():
        answer = client.get(_list(model), follow=True)
        assert answer.status_code == 403, model
    for row in rows[0].values():
        assert client.get(_page(row), follow=True).status_code == 403


def test_who_is_not_signed_in_is_sent_to_the_one_door_and_back() -> None:
    answer = Client().get(reverse("admin:runtime_execution_changelist"), follow=True)
    assert answer.redirect_chain[-1][0] == ("/sign-in/?next=/admin/runtime/execution/")


def test_nobody_but_a_platform_admin_is_offered_a_change(auditor: User, rows: Rows) -> None:
    client = signed_in(auditor)
    for model in registered():
        page = f"{_list(model)}add/"
        assert client.get(page).status_code == 403, page
        for kept in rows:
            if model in kept:
                text = client.get(_page(kept[model])).content.decode()
                assert 'name="_save"' not in text, model
                assert "console-act" not in text, model
                assert client.post(_page(kept[model]), {}).status_code == 403, model


def test_nothing_is_deleted_here(platform_admin: User, rows: Rows) -> None:
    client = signed_in(platform_admin)
    for kept in rows:
        for row in kept.values():
            page = _page(row).replace("/change/", "/delete/")
            assert client.post(page, {"post": "yes"}).status_code == 403, page


def test_every_history_opens(platform_admin: User, rows: Rows) -> None:
    client = signed_in(platform_admin)
    for kept in rows:
        for row in kept.values():
            page = _page(row).replace("/change/", "/history/")
            assert client.get(page).status_code == 200, page


def test_the_console_alone_has_the_policy_that_alpine_needs(platform_admin: User) -> None:
    client = signed_in(platform_admin)
    console = client.get(reverse("admin:index"))["Content-Security-Policy"]
    assert "'unsafe-eval'" in console
    assert "default-src 'none'" in console
    for page in ("/sign-in/", "/admin-of-somebody/", "/catalog/admin/"):
        assert "unsafe" not in client.get(page)["Content-Security-Policy"], page


def test_a_refusal_of_the_console_keeps_the_strict_policy(tenant_admin: User) -> None:
    answer = signed_in(tenant_admin).get(reverse("admin:index"), follow=True)
    assert answer.status_code == 403
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_a_group_of_partners_says_who_is_in_it_and_what_names_it(
    platform_admin: User, acme: Tenant, globex: Tenant
) -> None:
    author = actor_of(acme, "author")
    set_partner_group(actor=author, name="resellers", members=["globex", "hooli"])
    submitted(acme, visibility="partner-curated", audience=["group:resellers"])
    group = PartnerGroup.objects.using("platform").get()
    page = signed_in(platform_admin).get(_page(group)).content.decode()
    named = WorkflowTemplate.objects.using("platform").get()
    for url in (
        reverse("admin:tenancy_tenant_change", args=[globex.pk]),
        reverse("admin:catalog_workflowtemplate_change", args=[named.pk]),
    ):
        assert f'href="{url}"' in page
    for shown in (group, named):  # which its publisher is not told
        assert "hooli (no tenant)" in signed_in(platform_admin).get(_page(shown)).content.decode()
