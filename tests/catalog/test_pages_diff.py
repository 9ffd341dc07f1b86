"""The page that says what changed between two versions."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.actor import Actor
from maestro.tenancy.models import Tenant
from tests.catalog.test_pages_detail import freeze, page
from tests.factories import make_member
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

# The workflow, the numbers to choose from, the two versions.
MOST_STATEMENTS = 3


@pytest.fixture
def viewer_client(acme: Tenant, client: Client) -> Client:
    client.force_login(make_member(acme, "viewer"))
    return client


def diff(client: Client, status: int = 200, **query: str) -> str:
    response = client.get(reverse("catalog:diff", args=["acme", "close-access"]), query)
    assert response.status_code == status
    return response.content.decode()


def test_the_latest_is_compared_with_the_one_before_it(
    author: Actor, viewer_client: Client
) -> None:
    freeze(author)
    freeze(author, version="1.1.0", risk="high")
    freeze(author, version="1.2.0", risk="high", count=2)
    text = diff(viewer_client)
    assert "From 1.1.0 to 1.2.0: 3 changes." in text
    assert "<code>with.count</code>" in text
    assert "Risk" not in text
    assert "<ins>+   version: 1.2.0</ins>" in text
    assert "From 1.0.0 to 1.2.0: 4 changes." in diff(viewer_client, **{"from": "1.0.0"})


def test_the_versions_link_to_what_changed(author: Actor, viewer_client: Client) -> None:
    freeze(author)
    freeze(author, version="1.1.0")
    text = page(viewer_client)
    url = reverse("catalog:diff", args=["acme", "close-access"])
    assert f"{url}?to=1.1.0" in text
    assert f"{url}?to=1.0.0" not in text


def test_a_version_against_itself_says_that_nothing_differs(
    author: Actor, viewer_client: Client
) -> None:
    freeze(author)
    assert "Nothing differs" in diff(viewer_client)


def test_a_version_that_is_not_there_can_t_be_compared(
    author: Actor, viewer_client: Client
) -> None:
    freeze(author)
    assert "has no version 9.9.9" in diff(viewer_client, status=404, to="9.9.9")
    assert "has no version 9.9.9" in diff(viewer_client, status=404, **{"from": "9.9.9"})


def test_another_tenant_s_versions_are_not_there(
    globex: Tenant, author: Actor, client: Client
) -> None:
    freeze(author)
    client.force_login(make_member(globex, "admin"))
    diff(client, status=404)


def test_comparing_has_a_budget_however_many_versions_there_are(
    author: Actor, viewer_client: Client
) -> None:
    for number in range(5):
        freeze(author, version=f"1.{number}.0")
    diff(viewer_client)
    with statements_at_most(MOST_STATEMENTS):
        diff(viewer_client)
