"""Finding templates: who sees what, filters, counts, order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from catalog.models import WorkflowTemplate
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import VerifiedPublisher
from marketplace.services.search_marketplace import (
    FACETS,
    MarketplacePage,
    MarketplaceQuery,
    conditions_in_sql,
    facts_of,
    search_marketplace,
)
from marketplace.trust import REVIEW_HOLDS, conditions
from tests.factories import actor_of, make_tenant
from tests.marketplace.making import installation_rows, latest, listed, shown_to

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)
DAY = timedelta(days=1)


def search(tenant: Tenant, asked: str = "", **more: Any) -> MarketplacePage:
    query = MarketplaceQuery.from_parameters(QueryDict(asked))
    with tenant_scope(tenant.pk):
        return search_marketplace(actor=actor_of(tenant, "viewer", **more), query=query)


def slugs(page: MarketplacePage) -> list[str]:
    return [each.template.slug for each in page.templates]


def counts(page: MarketplacePage, facet: str) -> dict[str, int]:
    found = next(each for each in page.facets if each.name == facet)
    return {value.value: value.count for value in found.values if value.count}


@pytest.fixture
def many(acme: Tenant, globex: Tenant) -> None:
    """Templates of acme that differ in every facet."""
    moment = now()
    reviews = {"reviewed": moment - DAY, "old": moment - REVIEW_HOLDS - DAY, "none": None}
    for number, (category, risk, review) in enumerate(
        product(("HR", "FinOps"), ("low", "high"), reviews)
    ):
        template = listed(
            acme, f"flow-{number}", category=category, risk=risk,
            last_reviewed_at=reviews[review], installs=number,
            certified_until=moment + DAY if number % 2 else None,
            standing=("listed", "listed", "deprecated", "withdrawn", "unlisted")[number % 5],
            visibility="partner-curated" if number % 3 == 0 else "public-ecosystem",
        )  # fmt: skip
        shown_to(template, globex)
        WorkflowTemplate.objects.using("owner").filter(pk=template.pk).update(
            health_of=template.latest_release_id if number % 4 else None,
            failure_rate=(0.01, 0.3, 0.1)[number % 3],
        )
        if number % 3 == 1:
            installation_rows(latest(template), globex)
    listed(globex, "own", title="Own flow")
    VerifiedPublisher.objects.using("owner").create(
        publisher="globex", evidence="By DNS.", verified_by_name="Amara", verified_at=moment
    )


def test_a_tenant_finds_its_own_everybodys_and_those_that_name_it(
    acme: Tenant, globex: Tenant
) -> None:
    initech = make_tenant("initech")
    for visibility in ("internal-only", "partner-curated", "public-ecosystem"):
        shown_to(listed(acme, visibility, visibility=visibility), globex)
    listed(acme, "not-yet", standing="unlisted")
    assert sorted(slugs(search(acme))) == ["internal-only", "partner-curated", "public-ecosystem"]
    assert sorted(slugs(search(globex))) == ["partner-curated", "public-ecosystem"]
    assert slugs(search(initech)) == ["public-ecosystem"]
    assert slugs(search(acme, "standing=unlisted")) == ["not-yet"]
    assert slugs(search(initech, "standing=unlisted")) == []


def test_no_facet_tells_of_what_is_not_seen(acme: Tenant, globex: Tenant) -> None:
    listed(acme, "secret", category="Security", visibility="internal-only")
    listed(acme, "hidden", category="FinOps", standing="unlisted")
    page = search(globex)
    assert page.total == 0
    assert [value.count for facet in page.facets for value in facet.values if value.count] == []
    assert counts(page, "publisher") == {}


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("words", ["", "q=flow&"])
def test_each_count_is_what_choosing_it_alone_with_the_other_filters_finds(
    words: str, globex: Tenant
) -> None:
    """The classic mistake is a filter that one facet's counts forget."""
    for asked in ("", "category=HR", "risk=low&badge=certified", "standing=deprecated&category=HR",
                  "installed=yes", "badge=unhealthy&badge=trusted&risk=high",
                  "publisher=acme&visibility=public-ecosystem"):  # fmt: skip
        page = search(globex, words + asked)
        for facet in FACETS:
            others = QueryDict(words + asked, mutable=True)
            others.pop(facet, None)
            for value, count in counts(page, facet).items():
                alone = others.copy()
                alone[facet] = value
                assert search(globex, alone.urlencode()).total == count, (asked, facet, value)
        assert page.total == len(page.templates)


@pytest.mark.usefixtures("many")
def test_the_database_is_asked_for_the_conditions_that_the_rules_name(globex: Tenant) -> None:
    moment, verified = now(), {"globex"}
    with tenant_scope(globex.pk):
        found = list(WorkflowTemplate.objects.visible_to(globex.pk))
        assert len(found) > 8
        for name, condition in conditions_in_sql(moment, verified).items():
            asked = set(WorkflowTemplate.objects.filter(condition).values_list("pk", flat=True))
            told = {
                each.pk for each in found if name in conditions(facts_of(each, verified), at=moment)
            }
            assert asked == told, name


@pytest.mark.usefixtures("many")
def test_every_badge_that_is_asked_for_is_worn_by_what_is_found(globex: Tenant) -> None:
    seen = set()
    for badge in counts(search(globex, "standing=listed&standing=withdrawn"), "badge"):
        page = search(globex, f"badge={badge}&standing=listed&standing=withdrawn")
        for each in page.templates:
            assert badge in {rule.name for rule in each.marks}
            seen.add(badge)
    assert seen >= {"certified", "verified_publisher", "unhealthy", "review_expired", "withdrawn"}


def test_health_of_a_release_before_says_nothing_of_the_latest(acme: Tenant) -> None:
    template = listed(acme, "flow", "1.0.0", "1.1.0")
    WorkflowTemplate.objects.using("owner").filter(pk=template.pk).update(
        health_of=acme.pk, failure_rate=0.9
    )
    assert counts(search(acme), "badge") == {}


def test_what_is_withdrawn_is_found_by_those_who_ask_for_it(acme: Tenant) -> None:
    listed(acme, "gone", standing="withdrawn")
    assert search(acme).total == 0
    assert slugs(search(acme, "standing=withdrawn")) == ["gone"]
    assert counts(search(acme), "standing") == {"withdrawn": 1}


def test_most_installed_newest_and_best_match_come_first(acme: Tenant) -> None:
    listed(acme, "first", installs=5, description="Finds a leaver.")
    listed(acme, "second", installs=9, title="Leaver leaver", description="Leaver.")
    assert slugs(search(acme, "sort=installs")) == ["second", "first"]
    assert slugs(search(acme, "sort=newest")) == ["second", "first"]
    assert slugs(search(acme, "q=leaver")) == ["second", "first"]
    assert slugs(search(acme, "q=nothing+of+it")) == []


def test_what_the_tenant_has_installed_is_told_and_no_other_tenants(
    acme: Tenant, globex: Tenant
) -> None:
    here, gone = listed(acme, "here"), listed(acme, "gone")
    installation_rows(latest(here), globex)
    installation_rows(latest(gone), globex, status="uninstalled")
    assert {each.template.slug: each.is_installed for each in search(globex).templates} == {
        "here": True, "gone": False,
    }  # fmt: skip
    assert slugs(search(globex, "installed=yes")) == ["here"]
    assert slugs(search(globex, "installed=no")) == ["gone"]
    assert search(globex, "installed=yes&installed=no").total == 2
    assert search(globex, "installed=perhaps").total == 0
    assert counts(search(acme), "installed") == {"no": 2}


@pytest.mark.usefixtures("many")
def test_it_takes_four_statements_whatever_is_asked(globex: Tenant) -> None:
    for asked in ("", "q=flow&badge=trusted&installed=no&category=HR&sort=installs"):
        actor = actor_of(globex, "viewer")
        with tenant_scope(globex.pk), CaptureQueriesContext(connection) as captured:
            search_marketplace(
                actor=actor, query=MarketplaceQuery.from_parameters(QueryDict(asked))
            )
        said = [one["sql"] for one in captured if "clockoffset" not in one["sql"]]
        assert len(said) == 4, said


def test_somebody_without_a_place_is_refused(acme: Tenant) -> None:
    query = MarketplaceQuery()
    nowhere = replace(actor_of(acme, "viewer"), tenant_id=None)
    with pytest.raises(TenantRequired):
        search_marketplace(actor=nowhere, query=query)
    with pytest.raises(Denied), tenant_scope(acme.pk):
        search_marketplace(actor=actor_of(acme), query=query)
