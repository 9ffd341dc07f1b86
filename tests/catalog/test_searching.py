"""The catalog finds by words and facts, counts each facet under the other filters, and leaks nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from catalog.models import WorkflowDefinition
from catalog.services.freeze_version import set_tags
from catalog.services.index_definition import index_definition
from catalog.services.search_catalog import CatalogPage, CatalogQuery, search_catalog
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant


def put(tenant: Tenant, slug: str, tags: tuple[str, ...] = (), **facts: Any) -> None:
    """A workflow with these facts."""
    facts = {
        "title": slug.replace("-", " ").title(),
        "category": "HR",
        "risk": "low",
        "owner_team": "People Ops",
        "status": "active",
        "publisher": tenant.slug,
    } | facts
    with tenant_scope(tenant.pk):
        row = WorkflowDefinition.objects.create(tenant_id=tenant.pk, slug=slug, **facts)
        set_tags(row, tags)
        index_definition(row)


@pytest.fixture
def shelves(acme: Tenant, globex: Tenant) -> None:
    """Some workflows in two tenants."""
    put(acme, "offboard-employee", ("leaver",), risk="high", description="Closes accounts.")
    put(acme, "welcome-newcomer", ("joiner",))
    put(acme, "cost-anomaly", ("spend",), category="FinOps", owner_team="Cloud", risk="medium")
    put(acme, "old-one", (), category="FinOps", owner_team="Cloud", status="deprecated")
    put(acme, "put-away", (), category="FinOps", status="archived")
    put(globex, "their-secret-plan", ("leaver",), owner_team="Globex Secret", risk="high")
    put(globex, "shared-review", ("audit",), category="Compliance", scope="global")


def find(tenant: Tenant, query: str = "") -> CatalogPage:
    """What `?query` finds."""
    with tenant_scope(tenant.pk):
        return search_catalog(
            tenant_id=tenant.pk, query=CatalogQuery.from_parameters(QueryDict(query))
        )


def slugs(page: CatalogPage) -> set[str]:
    """What was found."""
    return {row.slug for row in page.workflows}


def counts(page: CatalogPage, facet: str) -> dict[str, int]:
    """A facet's values and counts."""
    return {
        value.value: value.count
        for each in page.facets
        if each.name == facet
        for value in each.values
    }


def test_a_tenant_finds_its_own_and_what_is_global(acme: Tenant, shelves: None) -> None:
    page = find(acme)
    assert slugs(page) == {
        "offboard-employee",
        "welcome-newcomer",
        "cost-anomaly",
        "old-one",
        "shared-review",
    }
    assert page.total == 5


def test_no_facet_count_or_value_tells_of_another_tenants_row(acme: Tenant, shelves: None) -> None:
    page = find(acme)
    told = {
        (facet.name, value.value, value.count) for facet in page.facets for value in facet.values
    }
    assert not [value for _, value, _ in told if "Secret" in value or "secret" in value]
    assert counts(page, "risk") == {"high": 1, "medium": 1, "low": 3}
    assert counts(page, "tag") == {"audit": 1, "joiner": 1, "leaver": 1, "spend": 1}
    assert counts(page, "tenant") == {"acme": 4, "globex": 1}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=offboard", {"offboard-employee"}),
        ("q=accounts", {"offboard-employee"}),
        ("q=spend", {"cost-anomaly"}),
        ("q=secret+plan", set()),
        ("category=FinOps", {"cost-anomaly", "old-one"}),
        ("category=FinOps&risk=medium", {"cost-anomaly"}),
        ("risk=high&risk=medium", {"offboard-employee", "cost-anomaly"}),
        ("owner=Cloud", {"cost-anomaly", "old-one"}),
        ("status=deprecated", {"old-one"}),
        ("status=archived", {"put-away"}),
        ("scope=global", {"shared-review"}),
        ("tenant=globex", {"shared-review"}),
        ("tag=leaver", {"offboard-employee"}),
        ("tag=leaver&tag=joiner", {"offboard-employee", "welcome-newcomer"}),
        ("category=Nonsense", set()),
    ],
)
def test_words_and_facts_narrow(acme: Tenant, shelves: None, query: str, found: set[str]) -> None:
    page = find(acme, query)
    assert slugs(page) == found
    assert page.total == len(found)


def test_a_facet_counts_what_every_other_filter_leaves(acme: Tenant, shelves: None) -> None:
    page = find(acme, "category=FinOps")
    # Its own filter does not narrow its own counts: another value could still be added.
    assert counts(page, "category") == {"HR": 2, "FinOps": 2, "Security": 0, "Compliance": 1}
    assert counts(page, "risk") == {"high": 0, "medium": 1, "low": 1}
    assert counts(page, "owner") == {"Cloud": 2}
    assert counts(page, "tag") == {"spend": 1}
    tagged = find(acme, "tag=leaver")
    assert counts(tagged, "category") == {"HR": 1, "FinOps": 0, "Security": 0, "Compliance": 0}
    assert counts(tagged, "tag")["joiner"] == 1


def test_pages_hold_twenty_and_say_where_one_is(acme: Tenant) -> None:
    for number in range(45):
        put(acme, f"flow-{number}")
    page = find(acme, "page=3&sort=title")
    assert (page.total, page.pages, page.first, page.last) == (45, 3, 41, 45)
    assert len(find(acme, "page=9").workflows) == 0


@pytest.mark.parametrize("query", ["page=x", "page=0", "page=²", "sort=evil", "q=%00", "q='\"("])
def test_nonsense_in_the_address_is_harmless(acme: Tenant, shelves: None, query: str) -> None:
    assert find(acme, query).query.page == 1


def test_a_page_takes_four_statements_whatever_is_asked(acme: Tenant, shelves: None) -> None:
    for query in ("", "q=offboard&category=HR&tag=leaver&risk=high"):
        with (
            tenant_scope(acme.pk),
            CaptureQueriesContext(
                connection,
            ) as asked,
        ):
            search_catalog(tenant_id=acme.pk, query=CatalogQuery.from_parameters(QueryDict(query)))
        assert len(asked) == 4  # the cube, the use cases, the rows, their use cases
