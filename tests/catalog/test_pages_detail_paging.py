"""Versions and receipts beyond those that a workflow's page shows at first."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.services.edit_metadata import edit_metadata
from catalog.services.read_detail import RECEIPTS_SHOWN, VERSIONS_SHOWN
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.catalog.test_pages_detail import freeze
from tests.factories import make_member
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

# The workflow, its use cases, its versions, its receipts; the menu's count; the place to begin
# below, the version that is shown, all versions’ ids, and whether it is published.
MOST_STATEMENTS = 9
NUMBERS = [
    *(f"1.{number}.0" for number in range(VERSIONS_SHOWN)),
    *(f"2.0.0-rc.{number}" for number in (2, 10, 1)),  # among each other by age
    *(f"2.{number}.0" for number in range(VERSIONS_SHOWN - 1)),  # a page ends among the former
]


@pytest.fixture
def admin_client(acme: Tenant, client: Client) -> Client:
    client.force_login(make_member(acme, "admin"))
    return client


@pytest.fixture
def many(author: Actor) -> list[str]:
    """The numbers of many versions, newest first."""
    freeze(author, version=NUMBERS[0])
    assert author.tenant_id is not None
    with tenant_scope(author.tenant_id):
        first = WorkflowVersion.objects.get()
        for number in NUMBERS[1:]:
            release, _, pre = number.partition("-")
            WorkflowVersion.objects.create(
                tenant_id=first.tenant_id,
                definition_id=first.definition_id,
                version=number,
                order=[*map(int, release.split(".")), 0 if pre else 1],
                digest=first.digest,
                frozen=first.frozen,
                source=first.source,
                media_type=first.media_type,
            )
        WorkflowDefinition.objects.update(latest_version=NUMBERS[-1])
    return NUMBERS[::-1]


def shown(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def part(page: str, name: str) -> str:
    text = page[page.index(f'<section class="section" id="{name}">') :]
    return text[: text.index("</table>")]


def link(page: str, word: str, what: str) -> str:
    found = re.search(rf'<a href="([^"]*)"[^>]*>{word}<span class="vh">: {what}', page)
    return unescape(found[1]) if found else ""


def versions_on(page: str) -> list[str]:
    rows = re.findall(r'<th scope="row">(.*?)</th>', part(page, "versions"), re.S)
    return [re.findall(r"[\d]+\.[\d]+\.[\d]+(?:-rc\.\d+)?", row)[-1] for row in rows]


def walked(client: Client, what: str) -> list[str]:
    """The pages, from the newest on by the links."""
    url = reverse("catalog:detail", args=["acme", "close-access"])
    pages = [shown(client, url)]
    while more := link(pages[-1], "Older", what):
        pages.append(shown(client, url + more.partition("#")[0]))
        assert len(pages) < 10
    return pages


def test_every_version_is_on_one_page_in_the_order_of_versions(
    many: list[str], admin_client: Client
) -> None:
    pages = walked(admin_client, "Versions")
    assert [number for page in pages for number in versions_on(page)] == many
    assert [len(versions_on(page)) for page in pages] == [50, 50, 2]
    assert [bool(link(page, "Newest", "Versions")) for page in pages] == [False, True, True]


def test_only_the_very_first_version_has_none_to_be_compared_with(
    many: list[str], admin_client: Client
) -> None:
    compared = [
        part(page, "versions").count("diff/?to=") for page in walked(admin_client, "Versions")
    ]
    assert compared == [50, 50, 1]


def test_as_many_versions_as_a_page_holds_need_no_other_page(
    author: Actor, admin_client: Client
) -> None:
    for number in range(3):
        freeze(author, version=f"1.{number}.0")
    page = walked(admin_client, "Versions")
    assert len(page) == 1
    assert "Older" not in page[0]


def test_every_receipt_is_found_also_of_versions_that_are_not_shown(
    author: Actor, many: list[str], admin_client: Client
) -> None:
    assert author.tenant_id is not None
    with tenant_scope(author.tenant_id):
        definition = WorkflowDefinition.objects.get()
    for number in range(RECEIPTS_SHOWN + 3):
        edit_metadata(
            actor=author,
            tenant_id=author.tenant_id,
            definition_id=definition.pk,
            changes={"description": f"Text {number}."},
        )
    pages = walked(admin_client, "Receipts")
    found = [
        re.findall(r"<td>(Freeze of [\d.]+|Edit: [a-z ]+)</td>", part(each, "receipts"))
        for each in pages
    ]
    assert [len(each) for each in found] == [RECEIPTS_SHOWN, 4]
    assert found[1][-1] == "Freeze of 1.0.0"
    receipts = [
        re.findall(r'href="[^"]*receipts/([^/"]+)/"', part(each, "receipts")) for each in pages
    ]
    assert len({each for page in receipts for each in page}) == RECEIPTS_SHOWN + 4


def test_the_two_lists_are_paged_apart_and_keep_the_version(
    author: Actor, many: list[str], admin_client: Client
) -> None:
    url = reverse("catalog:detail", args=["acme", "close-access"])
    page = shown(admin_client, f"{url}?version=1.7.0&receipts=01900000-0000-7000-8000-000000000000")
    older = link(page, "Older", "Versions")
    assert older.endswith("#versions")
    assert "version=1.7.0&" in older
    assert "receipts=01900000" in older
    assert "Version 1.7.0" in shown(admin_client, url + older.partition("#")[0])
    assert link(page, "Newest", "Receipts") == "?version=1.7.0#receipts"


@pytest.mark.parametrize(
    "query", ["versions=9.9.9", "versions=%00", "receipts=nothing", "receipts=%00"]
)
def test_a_place_that_is_not_there_is_the_beginning(
    many: list[str], admin_client: Client, query: str
) -> None:
    url = reverse("catalog:detail", args=["acme", "close-access"])
    assert versions_on(shown(admin_client, f"{url}?{query}"))[0] == many[0]


def test_a_later_page_has_a_budget(many: list[str], admin_client: Client) -> None:
    url = reverse("catalog:detail", args=["acme", "close-access"])
    shown(admin_client, f"{url}?versions=1.40.0")
    with statements_at_most(MOST_STATEMENTS):
        shown(admin_client, f"{url}?versions=1.40.0")
