"""The catalog's list as a page: what is found, filtered, paged, and what it costs."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from catalog.models import WorkflowDefinition
from catalog.pages.searching import _numbers
from catalog.services.index_definition import index_definition
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import make_member, make_user
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

HTMX = {"HX-Request": "true"}
MOST_STATEMENTS = 4  # the facets, the use cases, the page of workflows, their use cases


@pytest.fixture
def viewer(acme: Tenant, client: Client) -> Client:
    client.force_login(make_member(acme, "viewer"))
    return client


def workflow(tenant: Tenant, slug: str, **facts: object) -> WorkflowDefinition:
    facts = {
        "title": slug.replace("-", " ").title(),
        "category": "HR",
        "risk": "low",
        "owner_team": "People Ops",
        "status": "active",
        "latest_version": "1.0.0",
        **facts,
    }
    with tenant_scope(tenant.pk):
        made = WorkflowDefinition.objects.create(
            tenant_id=tenant.pk, slug=slug, publisher=tenant.slug, **facts
        )
        index_definition(made)
    return made


def shown(response: object) -> list[str]:
    """The addresses of the workflows in the answer, in order."""
    text = response.content.decode()  # type: ignore[attr-defined]
    return re.findall(r'<h3>\s*<a href="/catalog/([^"]+)/"', text)


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in_and_back(client: Client) -> None:
    response = client.get(reverse("catalog:list"), {"q": "leaver"})
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/catalog/%3Fq%3Dleaver"


def test_a_live_part_of_a_page_sends_the_whole_page_to_sign_in(client: Client) -> None:
    headers = {**HTMX, "HX-Current-URL": "http://testserver/catalog/?q=x"}
    response = client.get(reverse("catalog:list"), headers=headers)
    assert response["HX-Redirect"] == "/sign-in/?next=/catalog/%3Fq%3Dx"
    assert b"<form" not in response.content


def test_a_tenant_sees_its_own_workflows_and_the_global_ones(
    acme: Tenant, globex: Tenant, viewer: Client
) -> None:
    workflow(acme, "ours")
    workflow(globex, "theirs")
    workflow(globex, "everybodys", scope="global")
    assert set(shown(viewer.get(reverse("catalog:list")))) == {"acme/ours", "globex/everybodys"}


def test_words_and_filters_narrow_the_list_and_can_be_taken_away_one_by_one(
    acme: Tenant, viewer: Client
) -> None:
    workflow(acme, "close-access", description="For a leaver.", risk="high")
    workflow(acme, "open-access", description="For a newcomer.")
    workflow(acme, "count-cost", category="FinOps")
    response = viewer.get(reverse("catalog:list"), {"q": "access", "risk": ["high", "medium"]})
    assert shown(response) == ["acme/close-access"]
    text = response.content.decode()
    assert 'href="?risk=high&amp;risk=medium"' in text  # without the words
    assert 'href="?q=access&amp;risk=medium"' in text  # without one of the two risks
    assert "<b>1 workflow</b>" in text


def test_an_empty_result_says_which_filter_to_loosen_and_how_much_that_finds(
    acme: Tenant, viewer: Client
) -> None:
    workflow(acme, "a", risk="low", category="HR")
    workflow(acme, "b", risk="low", category="HR")
    workflow(acme, "c", risk="high", category="FinOps")
    query = {"risk": "high", "category": "HR"}
    text = viewer.get(reverse("catalog:list"), query).content.decode()
    assert "Nothing here matches" in text
    assert re.search(r'href="\?category=HR">Any risk</a>\s*<span class="mute">2 workflows', text)
    assert re.search(r'href="\?risk=high">Any category</a>\s*<span class="mute">1 workflow<', text)


@pytest.mark.parametrize(
    ("role", "said", "linked"),
    [("viewer", "Ask an author of your tenant", False), ("author", "Write a workflow", True)],
)
def test_an_empty_catalog_leads_to_a_new_workflow_those_who_may_write_one(
    acme: Tenant, client: Client, role: str, said: str, linked: bool
) -> None:
    client.force_login(make_member(acme, role))
    results = client.get(reverse("catalog:list"), headers=HTMX).content.decode()
    assert said in results
    assert (f'href="{reverse("catalog:new")}"' in results) is linked


def test_htmx_gets_the_results_alone_with_the_new_counts_of_the_facets(
    acme: Tenant, viewer: Client
) -> None:
    workflow(acme, "a", risk="low")
    whole = viewer.get(reverse("catalog:list"))
    part = viewer.get(reverse("catalog:list"), {"risk": "low"}, headers=HTMX)
    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert shown(part) == ["acme/a"]
    places = set(re.findall(rb'<span id="(n-[^"]+)">', whole.content))
    counted = set(re.findall(rb'<span id="(n-[^"]+)"\s+data-hx-swap-oob', part.content))
    assert counted
    assert counted == places
    assert "HX-Request" in part["Vary"]


def test_pages_are_linked_with_the_filters_that_are_set(acme: Tenant, viewer: Client) -> None:
    for number in range(45):
        workflow(acme, f"w-{number:02}")
    response = viewer.get(reverse("catalog:list"), {"sort": "title", "risk": "low", "page": "2"})
    assert shown(response)[0] == "acme/w-20"
    text = response.content.decode()
    assert "21–40 of 45" in text
    assert 'href="?sort=title&amp;risk=low&amp;page=3"' in text


def test_a_page_beyond_the_last_leads_to_the_last(acme: Tenant, viewer: Client) -> None:
    workflow(acme, "only")
    response = viewer.get(reverse("catalog:list"), {"page": "7", "risk": "low"})
    assert response.status_code == 302
    assert response["Location"] == "?page=1&risk=low"


@pytest.mark.parametrize(
    ("number", "last", "expected"),
    [
        (1, 1, [1]),
        (1, 4, [1, 2, 3, 4]),
        (5, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (1, 9, [1, 2, 3, None, 9]),
        (6, 20, [1, None, 4, 5, 6, 7, 8, None, 20]),
    ],
)
def test_a_gap_in_the_pages_stands_for_more_than_one(
    number: int, last: int, expected: list[int | None]
) -> None:
    assert list(_numbers(number, last)) == expected


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "tag=%00",
        "page=0",
        "page=-1",
        "page=²",
        "page=99999999",
        "sort=x",
        "risk=",
        "q=a'%26|",
    ],
)
def test_nonsense_in_the_address_is_left_out(viewer: Client, query: str) -> None:
    response = viewer.get(f"{reverse('catalog:list')}?{query}", follow=True)
    assert response.status_code == 200


def test_the_list_costs_no_more_for_more_workflows_and_filters(
    acme: Tenant, viewer: Client
) -> None:
    for number in range(25):
        workflow(acme, f"w-{number}")
    with statements_at_most(MOST_STATEMENTS):
        viewer.get(reverse("catalog:list"))
    with statements_at_most(MOST_STATEMENTS):
        viewer.get(reverse("catalog:list"), {"q": "w", "risk": "low", "tag": "x", "page": "1"})


def test_somebody_without_a_tenant_is_told_to_choose_one(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("alone@example.test", "a password"))
    response = client.get(reverse("catalog:list"))
    assert response.status_code == 400
    assert "Choose a tenant" in response.content.decode()


def test_the_platform_s_people_see_what_is_global_and_can_t_run_it(
    acme: Tenant, client: Client
) -> None:
    workflow(acme, "ours")
    workflow(acme, "everybodys", scope="global")
    client.force_login(make_user(platform_roles=["auditor"]))
    assert shown(client.get(reverse("catalog:list"))) == ["acme/everybodys"]
    page = client.get(reverse("catalog:detail", args=["acme", "everybodys"]))
    assert page.status_code == 200
    assert 'aria-disabled="true"' in page.content.decode()
