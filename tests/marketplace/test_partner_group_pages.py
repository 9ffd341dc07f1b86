"""Groups of partners on their pages, as a browser without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from catalog.models import PartnerGroup
from governance.models import Receipt
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.services.partner_groups import (
    delete_partner_group,
    read_partner_groups,
    set_partner_group,
)
from marketplace.services.update_template import update_template
from tests.factories import actor_of, make_tenant
from tests.marketplace.test_pages_managing import client_of
from tests.marketplace.worlds import published
from tests.pages.browser import faults, parse
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

GROUPS = "/partner-groups/"
NEW = "/partner-groups/new/"


def given(**more: str) -> dict[str, str]:
    return {"name": "resellers", "members": "globex", "purpose": "platform.operations"} | more


def text(answer: Any) -> str:
    page = answer.content.decode()
    assert faults(parse(page)) == []
    return " ".join(page.split())


def groups(acme: Tenant) -> dict[str, list[str]]:
    return {
        one.name: list(one.members) for one in read_partner_groups(actor=actor_of(acme, "author"))
    }


def url_of(acme: Tenant, name: str = "resellers") -> str:
    with tenant_scope(acme.pk):
        return f"{GROUPS}{PartnerGroup.objects.get(name=name).pk}/"


def at(page: str) -> str:
    found = re.search(r'name="at" value="([^"]*)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def author(acme: Tenant, globex: Tenant) -> Client:
    return client_of(acme, "author")


@pytest.fixture
def resellers(acme: Tenant, globex: Tenant) -> str:
    """The page of a group of globex."""
    set_partner_group(actor=actor_of(acme, "author"), name="resellers", members=["globex"])
    return url_of(acme)


def test_where_there_is_none_one_is_made(acme: Tenant, author: Client) -> None:
    page = text(author.get(GROUPS))
    assert "There are no groups of partners yet" in page
    assert NEW in page
    assert at(text(author.get(NEW))) == ""
    answer = author.post(NEW, given(members=" globex \r\n\r\nacme"))
    assert (answer.status_code, answer["Location"]) == (302, GROUPS)
    assert groups(acme) == {"resellers": ["acme", "globex"]}
    assert "2 partners" in text(author.get(GROUPS))


def test_the_list_says_which_templates_name_each_group(
    acme: Tenant, author: Client, resellers: str
) -> None:
    set_partner_group(actor=actor_of(acme, "author"), name="others", members=["acme"])
    published(acme, visibility="partner-curated", audience=["group:resellers"])
    with statements_at_most(8):
        page = text(author.get(GROUPS))
    assert 'href="/marketplace/acme/tried/"' in page
    assert page.count("No template names it") == 1
    assert "<code>group:resellers</code>" in page


def test_everything_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    acme: Tenant, author: Client, resellers: str
) -> None:
    answer = author.post(NEW, given(name="Re Sellers", members="no body\nglobex\nno-"))
    page = text(answer)
    assert answer.status_code == 400
    assert "No tenant can be called no body. No tenant can be called no-." in page
    assert "Give it a name of lower-case letters" in page
    assert 'value="Re Sellers"' in page
    assert "no body globex no-</textarea>" in page
    assert "Nothing was saved." in page
    for wrong in (given(), given(purpose=""), given(members="")):
        answer = author.post(NEW, wrong)
        assert answer.status_code == 400
        assert "Nothing was saved." in text(answer)
    assert groups(acme) == {"resellers": ["globex"]}


def test_a_group_that_is_there_is_not_made_again(
    acme: Tenant, author: Client, resellers: str
) -> None:
    page = text(author.post(NEW, given(members="acme")))
    assert "There is a group called resellers already." in page
    assert groups(acme) == {"resellers": ["globex"]}


def test_a_group_gets_other_partners_and_another_name(
    acme: Tenant, author: Client, resellers: str
) -> None:
    published(acme, visibility="partner-curated", audience=["group:resellers"])
    page = text(author.get(resellers))
    assert 'value="resellers"' in page
    changed = given(name="dealers", members="acme", at=at(page))
    assert author.post(resellers, changed).status_code == 302
    assert groups(acme) == {"dealers": ["acme"]}
    page = text(author.get(resellers))
    assert "<code>group:dealers</code>" in page
    assert "Tried" in page
    receipt = re.search(r'href="(/[^"]+)">its receipt</a>', page)
    assert receipt is not None
    with tenant_scope(acme.pk):
        what = Receipt.objects.get(pk=receipt[1].strip("/").split("/")[-1]).statement["predicate"]
    assert what["what"] == {
        "group": "dealers", "was": "resellers", "before": ["globex"], "after": ["acme"],
    }  # fmt: skip


def test_a_group_does_not_take_another_ones_name(
    acme: Tenant, author: Client, resellers: str
) -> None:
    set_partner_group(actor=actor_of(acme, "author"), name="dealers", members=["acme"])
    page = text(author.get(resellers))
    answer = author.post(resellers, given(name="dealers", at=at(page)))
    assert answer.status_code == 400
    assert "There is a group called dealers already." in text(answer)


def test_who_is_late_keeps_the_form_and_sees_who_was_faster(
    acme: Tenant, author: Client, resellers: str
) -> None:
    looked = at(text(author.get(resellers)))
    other = actor_of(acme, "author")
    set_partner_group(actor=other, name="resellers", members=["acme"])
    for _ in range(2):  # sent once more it is as late as before
        answer = author.post(resellers, given(members="globex\nacme", at=looked))
        page = text(answer)
        assert answer.status_code == 409
        assert "Somebody changed it since you looked" in page
        assert f"{other.name} changed it" in page
        assert "globex acme</textarea>" in page
    assert groups(acme) == {"resellers": ["acme"]}


def test_who_changes_what_was_taken_away_keeps_the_form(
    acme: Tenant, author: Client, resellers: str
) -> None:
    looked = at(text(author.get(resellers)))
    delete_partner_group(actor=actor_of(acme, "author"), name="resellers")
    answer = author.post(resellers, given(members="acme", at=looked))
    page = text(answer)
    assert answer.status_code == 409
    assert "Somebody took this group away since you looked" in page
    assert "acme</textarea>" in page
    assert groups(acme) == {}


def test_before_one_is_taken_away_its_page_says_who_loses_what(
    acme: Tenant, author: Client, resellers: str
) -> None:
    make_tenant("initech")
    someone = actor_of(acme, "author")
    set_partner_group(actor=someone, name="resellers", members=["globex", "initech"])
    published(acme, visibility="partner-curated", audience=["group:resellers"])
    update_template(actor=someone, template="tried", audience=["globex", "group:resellers"])
    page = text(author.get(f"{resellers}delete/"))
    assert "1 partner no longer finds it: <code>initech</code>" in page
    assert author.post(f"{resellers}delete/", given(at=at(page))).status_code == 302
    assert groups(acme) == {}
    assert author.post(f"{resellers}delete/", given(at=at(page))).status_code == 404


def test_nobody_loses_what_names_them_otherwise_or_is_not_for_partners(
    acme: Tenant, author: Client, resellers: str
) -> None:
    someone = actor_of(acme, "author")
    assert "No template names it" in text(author.get(f"{resellers}delete/"))
    published(acme, visibility="partner-curated", audience=["globex", "group:resellers"])
    assert "all named in another way" in text(author.get(f"{resellers}delete/"))
    update_template(actor=someone, template="tried", visibility="internal-only")
    assert "not for named partners now" in text(author.get(f"{resellers}delete/"))


def test_what_changed_since_its_page_was_read_is_not_taken_away(
    acme: Tenant, author: Client, resellers: str
) -> None:
    looked = at(text(author.get(f"{resellers}delete/")))
    set_partner_group(actor=actor_of(acme, "author"), name="resellers", members=["acme"])
    answer = author.post(f"{resellers}delete/", given(at=looked))
    page = text(answer)
    assert answer.status_code == 409
    assert "Nothing was taken away." in page
    assert groups(acme) == {"resellers": ["acme"]}
    assert author.post(f"{resellers}delete/", given(at=at(page))).status_code == 302


def test_who_may_not_sees_it_and_why_not(acme: Tenant, author: Client, resellers: str) -> None:
    viewer = client_of(acme, "viewer")
    why = "This needs the role author here."
    for address in (GROUPS, resellers, f"{resellers}delete/", NEW):
        page = text(viewer.get(address))
        assert why in page, address
        assert "<textarea" not in page
    assert "<code>globex</code>" in text(viewer.get(resellers))
    assert f'href="{NEW}"' not in text(viewer.get(GROUPS))
    for address in (NEW, resellers, f"{resellers}delete/"):
        assert viewer.post(address, given(at="", name="mine")).status_code == 403, address
    assert groups(acme) == {"resellers": ["globex"]}


def test_another_tenants_group_is_not_there(globex: Tenant, resellers: str) -> None:
    other = client_of(globex, "author")
    assert "group:resellers" not in text(other.get(GROUPS))
    assert other.get(resellers).status_code == 404
    assert other.post(f"{resellers}delete/", given()).status_code == 404


def test_who_finds_a_template_is_asked_with_its_groups_as_they_are_named(
    acme: Tenant, author: Client, resellers: str
) -> None:
    published(acme, visibility="partner-curated", audience=["group:resellers", "acme"])
    page = text(author.get("/marketplace/acme/tried/"))
    assert "group:resellers acme</textarea>" in page
    assert f'href="{GROUPS}"' in page
    assert f'href="{GROUPS}"' in text(author.get("/submissions/"))
