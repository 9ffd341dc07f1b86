"""The page of accesses: who accessed what for which purpose."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.actions import SECRET_READ, secret_resource
from governance.services.authorize import authorize
from maestro.kernel.errors import Denied
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from maestro.tenancy.views.accesses import PAGE_SIZE
from tests.factories import actor_of, make_member
from tests.pages.browser import faults, parse
from tests.tenancy.settings_forms import reads_at_most, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def url(**asked: str) -> str:
    return reverse("tenancy:accesses", query=asked)


@pytest.fixture
def admin(acme: Tenant) -> Client:
    return signed_in_as(acme, "admin")[0]


def read(tenant: Tenant, name: str = "tracker", role: str = "operator", **actor: Any) -> str:
    """Somebody reads a secret; who."""
    somebody = make_member(tenant, role)
    who = actor_of(tenant, role, user=somebody, **actor)
    with tenant_scope(tenant.pk), suppress(Denied):
        authorize(actor=who, action=SECRET_READ, resource=secret_resource(tenant.pk, name))
    return somebody.name


def rows(client: Client, **asked: str) -> list[str]:
    """What is listed: each row's text."""
    text = client.get(url(**asked)).content.decode()
    assert faults(parse(text)) == []
    body = text.partition("<tbody")[2].partition("</tbody>")[0]
    return [" ".join(row.split()) for row in body.split("</tr>") if "<tr" in row]


def test_it_says_who_read_what_and_what_for(acme: Tenant, admin: Client) -> None:
    name = read(acme, "tracker", purpose="audit.evidence")
    (row,) = rows(admin, resource_type="secret")
    for part in (name, "secret.read", "secret tracker", "audit.evidence"):
        assert part in row


def test_a_refusal_is_there_with_its_reason(acme: Tenant, admin: Client) -> None:
    read(acme, role="viewer")
    (row,) = rows(admin, action="secret.read")
    assert "role_missing" in row


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"purpose": "audit.evidence"}, {"one"}),
        ({"resource_type": "secret"}, {"one", "two"}),
        ({"resource_type": "decision"}, set()),
        ({"action": "secret.read", "from": "2020-01-01", "to": "9998-01-01"}, {"one", "two"}),
        ({"action": "secret.read", "to": "2020-01-01"}, set()),
        ({"action": "secret.read", "from": "never"}, {"one", "two"}),
    ],
)
def test_a_filter_finds_what_it_says(
    acme: Tenant, admin: Client, asked: dict[str, str], found: set[str]
) -> None:
    read(acme, "one", purpose="audit.evidence")
    read(acme, "two", purpose="practice")
    listed = " ".join(rows(admin, **asked))
    assert {name for name in ("one", "two") if f"secret {name}" in listed} == found


def test_a_person_is_found_by_a_part_of_their_name(acme: Tenant, admin: Client) -> None:
    name = read(acme, "one")
    read(acme, "two")
    (row,) = rows(admin, person=name.lower(), action="secret.read")
    assert "secret one" in row


def test_nothing_found_says_so_and_loosens(admin: Client) -> None:
    text = admin.get(url(person="nobody at all")).content.decode()
    assert "Nobody accessed anything like this" in text
    assert f'href="{url()}"' in text


def test_the_next_page_goes_on_and_costs_the_same(acme: Tenant, admin: Client) -> None:
    who = actor_of(acme, "operator")
    with tenant_scope(acme.pk):
        for place in range(PAGE_SIZE + 2):
            authorize(actor=who, action=SECRET_READ, resource=secret_resource(acme.pk, f"s{place}"))
    with reads_at_most(1, 'FROM "governance_decision"'):
        page = admin.get(url(action="secret.read")).content.decode()
    assert page.count("secret s") == PAGE_SIZE
    following = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    page = admin.get(url() + following.replace("&amp;", "&")).content.decode()
    assert ("secret s1<" in page, "secret s0<" in page, "secret s2<" in page) == (True, True, False)


def test_all_that_match_are_taken_away_as_json_lines(acme: Tenant, admin: Client) -> None:
    read(acme, "one", purpose="audit.evidence")
    read(acme, "two")
    page = admin.get(url(purpose="audit.evidence")).content.decode()
    address = reverse("tenancy:accesses_export", query={"purpose": "audit.evidence"})
    assert f'href="{address}"' in page
    answer = admin.get(address)
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]  # type: ignore[attr-defined]
    assert [(line["action"], line["resource_id"]) for line in lines] == [("secret.read", "one")]
    assert answer["Content-Disposition"] == 'attachment; filename="acme-access.jsonl"'


@pytest.mark.parametrize("role", ["viewer", "operator", "author"])
def test_it_is_for_admins(acme: Tenant, role: str) -> None:
    client = signed_in_as(acme, role)[0]
    assert client.get(url()).status_code == 403
    assert client.get(reverse("tenancy:accesses_export")).status_code == 403


def test_another_tenants_are_not_there(acme: Tenant, globex: Tenant, admin: Client) -> None:
    read(globex, "theirs")
    assert rows(admin, action="secret.read") == []
