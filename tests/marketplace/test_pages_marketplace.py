"""The marketplace's list as a page: what is found, what it says of it, what it costs."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import WorkflowTemplate
from maestro.kernel.clock import now
from maestro.tenancy.models import Tenant
from tests.factories import make_member
from tests.marketplace.making import installation_rows, latest, listed
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)
LIST = "/marketplace/"
HTMX = {"HX-Request": "true"}
MOST_STATEMENTS = 4  # who is verified, the facets, the publishers, the page of templates


@pytest.fixture
def viewer(globex: Tenant, client: Client) -> Client:
    client.force_login(make_member(globex, "viewer"))
    return client


def shown(response: object) -> list[str]:
    text = response.content.decode()  # type: ignore[attr-defined]
    return re.findall(r'<h3>\s*<a href="/marketplace/([^"]+)/"', text)


def test_the_menu_leads_to_what_others_published(viewer: Client, acme: Tenant) -> None:
    listed(acme, "cost-anomaly")
    listed(acme, "ours", visibility="internal-only")
    assert reverse("marketplace:list") == LIST
    response = viewer.get(LIST)
    assert shown(response) == ["acme/cost-anomaly"]
    page = response.content.decode()
    assert re.search(r'<a href="/marketplace/"\s+aria-current="page">Marketplace', page)


def test_a_row_says_what_it_wears_how_it_does_and_that_it_is_installed(
    viewer: Client, acme: Tenant, globex: Tenant
) -> None:
    template = listed(acme, "cost-anomaly", risk="high", standing="deprecated", installs=12)
    installation_rows(latest(template), globex)
    WorkflowTemplate.objects.using("owner").filter(pk=template.pk).update(
        health_of=template.latest_release_id, failure_rate=0.31, runs=1200,
        last_run_status="failed", last_run_at=now(),
    )  # fmt: skip
    page = viewer.get(LIST).content.decode()
    address = "/marketplace/acme/cost-anomaly/"
    assert f'<a class="badge gone" href="{address}#standing">' in page
    assert f'<a class="badge care" href="{address}#health">' in page
    for text in ("High risk", "31 % of 1200 runs failed", "12 installations", "Installed here"):
        assert text in page


def test_few_installations_are_told_to_the_publisher_alone(
    viewer: Client, acme: Tenant, globex: Tenant, client: Client
) -> None:
    listed(acme, "cost-anomaly", installs=4)
    detail = f"{LIST}acme/cost-anomaly/"
    assert "4 installations" not in viewer.get(LIST).content.decode()
    assert "fewer than 5" in viewer.get(detail).content.decode()
    client.force_login(make_member(acme, "viewer"))
    assert "4 installations" in client.get(LIST).content.decode()
    assert "fewer than 5" not in client.get(detail).content.decode()


def test_what_may_not_be_told_is_not_on_the_page(viewer: Client, acme: Tenant) -> None:
    listed(acme, "cost-anomaly")
    page = viewer.get(LIST).content.decode()
    assert "runs failed" not in page
    assert "Updated" in page


def test_with_htmx_the_results_come_alone_with_the_new_counts(viewer: Client, acme: Tenant) -> None:
    listed(acme, "cost-anomaly")
    whole = viewer.get(LIST).content.decode()
    part = viewer.get(LIST, {"q": "cost"}, headers=HTMX).content.decode()
    assert "<main" in whole
    assert "<main" not in part
    assert part.lstrip().startswith("<section")
    assert "hx-swap-oob" in part


def test_filters_that_leave_nothing_say_how_to_loosen_them(viewer: Client, acme: Tenant) -> None:
    listed(acme, "cost-anomaly", category="FinOps")
    page = viewer.get(LIST, {"category": "FinOps", "risk": "high"}).content.decode()
    assert "Nothing here matches all of these filters" in page
    assert re.search(r'href="\?category=FinOps">Any risk</a>\s*<span class="mute">1 template', page)


def test_an_empty_marketplace_says_where_to_look_next(viewer: Client) -> None:
    page = viewer.get(LIST).content.decode()
    assert "Nothing is published for you yet" in page
    assert 'href="/catalog/"' in page


def test_a_page_beyond_the_last_leads_to_the_last(viewer: Client, acme: Tenant) -> None:
    for number in range(21):
        listed(acme, f"flow-{number}")
    response = viewer.get(LIST, {"page": "7"})
    assert (response.status_code, response["Location"]) == (302, "?page=2")
    assert len(shown(viewer.get(LIST, {"page": "2"}))) == 1


def test_it_costs_the_same_for_few_and_many(viewer: Client, acme: Tenant) -> None:
    for number in range(12):
        listed(acme, f"flow-{number}")
    with statements_at_most(MOST_STATEMENTS):
        viewer.get(LIST, {"q": "flow", "badge": "trusted"})


@pytest.mark.parametrize("asked", ["q=%00", "page=x", "category=%00", "sort=nothing", "q=%27%3B--"])
def test_nonsense_finds_nothing_and_breaks_nothing(asked: str, viewer: Client) -> None:
    assert viewer.get(f"{LIST}?{asked}").status_code == 200
