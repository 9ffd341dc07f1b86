"""Filters of the executions list under a name: links above it, one of which it may open with."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from governance.models import Receipt
from maestro.kernel.errors import InvalidInput
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import SavedFilter
from maestro.runtime.services.save_filter import MOST, save_filter
from maestro.tenancy.models import Tenant
from tests.factories import actor_of, make_member
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

LIST = reverse("runtime:list")


def signed_in(tenant: Tenant, role: str = "operator") -> Client:
    client = Client()
    client.force_login(make_member(tenant, role))
    return client


@pytest.fixture
def browser(acme: Tenant) -> Client:
    return signed_in(acme)


def save(client: Client, name: str, *, opens: bool = False, **filters: str) -> str:
    """The query of the page after saving."""
    posted = {"view_name": name} | ({"view_opens": "1"} if opens else {})
    response = client.post(f"{LIST}?{urlencode(filters)}", posted)
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def views(tenant: Tenant) -> list[SavedFilter]:
    with tenant_scope(tenant.pk):
        return list(SavedFilter.objects.for_tenant(tenant.pk).order_by("id"))


def links(text: str) -> dict[str, str]:
    """The saved views of a page: name → address."""
    found = re.findall(r'<a class="chip"\s+href="([^"]*)"[^>]*>([^<]*)</a>', text)
    return {name.strip(): href.replace("&amp;", "&") for href, name in found}


def current(text: str) -> list[str]:
    return re.findall(r'<a class="chip"[^>]*aria-current="true"[^>]*>([^<]*)</a>', text)


def test_what_the_list_shows_is_saved_and_found_above_it(acme: Tenant, browser: Client) -> None:
    query = save(browser, " Failed   here ", status="failed", workflow="acme/tried", cursor="x")
    (kept,) = views(acme)
    assert kept.name == "Failed here"
    assert kept.query == "status=failed&workflow=acme%2Ftried"
    text = browser.get(LIST + query).content.decode()
    assert links(text) == {"All": f"{LIST}?view=all", "Failed here": query}
    assert current(text) == ["Failed here"]
    assert 'value="Failed here"' in text
    assert current(browser.get(f"{LIST}?view=all").content.decode()) == ["All"]


def test_the_list_opens_with_one_of_them(acme: Tenant, browser: Client) -> None:
    save(browser, "Mine", opens=True, mine="1")
    query = save(browser, "Failed", opens=True, status="failed")
    assert [each.name for each in views(acme) if each.opens] == ["Failed"]
    opened = browser.get(LIST)
    assert opened.status_code == 302
    assert opened["Location"] == query
    # Neither taking the last filter away nor clearing all leads back to it.
    text = browser.get(LIST + query).content.decode()
    without = re.search(r'href="([^"]*)"\s+aria-label="Remove filter Status', text)
    assert without is not None
    assert browser.get(LIST + without[1]).status_code == 200
    assert f'href="{LIST}?view=all">Clear all' in text
    assert browser.get(f"{LIST}?view=all").status_code == 200


def test_it_opens_with_all_again(acme: Tenant, browser: Client) -> None:
    save(browser, "Failed", status="failed")
    (kept,) = views(acme)
    opening = reverse("runtime:open-view", args=[kept.pk])
    assert browser.post(opening, {"opens": "1"}).status_code == 302
    assert browser.get(LIST).status_code == 302
    assert browser.post(opening).status_code == 302
    assert browser.get(LIST).status_code == 200


def test_the_same_name_stands_for_the_new_filters(acme: Tenant, browser: Client) -> None:
    save(browser, "Look at", status="failed")
    save(browser, "Look at", status="cancelled", risk="high")
    (kept,) = views(acme)
    assert kept.query == "status=cancelled&risk=high"


def test_what_is_no_filter_is_neither_kept_nor_used(acme: Tenant, browser: Client) -> None:
    save(browser, "Odd", status="failed", risk="enormous", next="https://elsewhere.test", to="x")
    (kept,) = views(acme)
    assert kept.query == "status=failed"
    with tenant_scope(acme.pk):
        odd = "status=gone&next=https%3A%2F%2Felsewhere.test&risk=low&from=0001-01-01"
        SavedFilter.objects.for_tenant(acme.pk).update(query=odd)
    text = browser.get(f"{LIST}?view=all").content.decode()
    used = parse_qs(urlsplit(links(text)["Odd"]).query)
    assert used == {"view": [str(kept.pk)], "risk": ["low"]}


def test_the_service_takes_no_filter_that_the_list_has_not(acme: Tenant) -> None:
    actor = actor_of(acme, "operator")
    with pytest.raises(InvalidInput) as refused:
        save_filter(actor=actor, name="Odd", filters={"status": "failed", "next": "x"})
    assert [each.code for each in refused.value.problems] == ["unknown_filter"]


@pytest.mark.parametrize(
    ("name", "filters", "said"),
    [
        (" ", {"status": "failed"}, "Give this view a name"),
        ("x" * 81, {"status": "failed"}, "at most 80 characters"),
        ("All of them", {}, "There is no filter to save"),
        ("Long", {"person": "x" * 1001}, "too long to keep"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_saved(
    acme: Tenant, browser: Client, name: str, filters: dict[str, str], said: str
) -> None:
    response = browser.post(f"{LIST}?{urlencode(filters)}", {"view_name": name})
    text = response.content.decode()
    assert response.status_code == 400
    assert said in text
    assert "Nothing was saved." in text
    assert views(acme) == []


def test_no_more_than_some_are_kept(acme: Tenant, browser: Client) -> None:
    for number in range(MOST):
        save(browser, f"Number {number}", status="failed")
    response = browser.post(f"{LIST}?status=failed", {"view_name": "One more"})
    assert response.status_code == 400
    assert "Delete one" in response.content.decode()
    save(browser, "Number 3", status="cancelled")
    assert len(views(acme)) == MOST


def test_another_person_s_and_another_tenant_s_are_not_there(
    acme: Tenant, globex: Tenant, browser: Client
) -> None:
    save(browser, "Failed", opens=True, status="failed")
    (kept,) = views(acme)
    for stranger in (signed_in(acme, "admin"), signed_in(globex, "admin")):
        page = stranger.get(LIST)
        assert page.status_code == 200
        assert links(page.content.decode()) == {}
        for name in ("runtime:delete-view", "runtime:open-view"):
            assert stranger.post(reverse(name, args=[kept.pk])).status_code == 404
    assert len(views(acme)) == 1
    assert browser.post(reverse("runtime:delete-view", args=[kept.pk])).status_code == 302
    assert views(acme) == []
    assert browser.post(reverse("runtime:delete-view", args=[new_id()])).status_code == 404


def test_a_viewer_saves_views_and_a_receipt_is_kept(acme: Tenant) -> None:
    viewer = signed_in(acme, "viewer")
    save(viewer, "Failed", status="failed")
    (kept,) = views(acme)
    viewer.post(reverse("runtime:delete-view", args=[kept.pk]))
    with tenant_scope(acme.pk):
        kinds = Receipt.objects.filter(subject_id=str(kept.pk)).values_list("kind", flat=True)
        assert sorted(kinds) == ["view.delete", "view.write"]


def test_saved_views_cost_one_read(browser: Client) -> None:
    for number in range(3):
        save(browser, f"Number {number}", status="failed")
    with statements_at_most(4):  # the views, the workflows to filter by, the page, the menu's count
        browser.get(f"{LIST}?status=failed")
