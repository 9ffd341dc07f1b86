"""What a publisher does on its own release's page, and what others do not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from catalog.models import TemplateAudience, WorkflowTemplate
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Withdrawal
from maestro.tenancy.models import Tenant
from marketplace.models import Release
from tests.factories import make_member
from tests.marketplace.worlds import published
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner", "platform"], transaction=True)
PAGE = "/marketplace/acme/tried/"
ACT = "/marketplace/acme/tried/1.0.0/act/"
PURPOSE = "platform.operations"


def client_of(tenant: Tenant, role: str) -> Client:
    client = Client()
    client.force_login(make_member(tenant, role))
    return client


def send(client: Client, status: int, **given: Any) -> str:
    answer = client.post(ACT, {"purpose": PURPOSE, "form": "ending"} | given)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return " ".join(answer.content.decode().split())


def at(client: Client) -> str:
    """The revision that the form of who finds it was made from."""
    return client.get(PAGE).content.decode().partition('name="at" value="')[2].partition('"')[0]


def state(acme: Tenant) -> str:
    with tenant_scope(acme.pk):
        return Release.objects.get(slug="tried", number="1.0.0").status


def test_its_receipts_are_listed_with_their_marks_for_its_publisher_alone(
    acme: Tenant, globex: Tenant
) -> None:
    published(acme)
    owner = client_of(acme, "viewer")
    with statements_at_most(16):
        page = owner.get(PAGE).content.decode()
    receipts = page.split('id="receipts"')[1].split("</section>")[0]
    assert "Published" in receipts
    assert "Verified" in receipts
    assert "Yours to manage" not in page
    page = client_of(globex, "admin").get(PAGE).content.decode()
    assert 'id="receipts"' not in page
    assert "Yours to manage" not in page


def test_an_author_deprecates_it_and_an_admin_withdraws_it(acme: Tenant) -> None:
    published(acme)
    author, admin = client_of(acme, "author"), client_of(acme, "admin")
    page = author.get(PAGE).content.decode()
    assert "Deprecate release" in page
    assert "Withdraw release" not in page
    send(author, 403, action="withdraw", reason="It leaks.", mode="stop")
    send(author, 302, action="deprecate", reason="Old.")
    assert state(acme) == "deprecated"
    send(admin, 302, action="withdraw", reason="It leaks.", mode="stop")
    assert state(acme) == "withdrawn"
    with tenant_scope(acme.pk):
        assert Withdrawal.objects.get().mode == "stop"
    page = admin.get("/marketplace/acme/tried/1.0.0/").content.decode()
    assert "Withdraw release" not in page


def test_what_is_wrong_is_said_beside_what_was_given(acme: Tenant) -> None:
    published(acme)
    admin = client_of(acme, "admin")
    page = send(admin, 400, action="withdraw", reason="", replacement="acme/none", mode="never")
    assert "Nothing was changed." in page
    assert "Say why." in page
    assert 'value="acme/none"' in page
    send(admin, 400, action="withdraw", reason="It leaks.", mode="stop", purpose="")
    send(admin, 400, action="forget")
    assert state(acme) == "published"


def test_who_finds_it_is_changed(acme: Tenant, globex: Tenant) -> None:
    published(acme)
    author = client_of(acme, "author")
    given = {"form": "finding", "action": "update", "at": at(author)}
    page = send(author, 400, visibility="partner-curated", audience="no body", **given)
    assert "no body" in page
    page = send(author, 400, visibility="partner-curated", audience="", **given)
    assert "Name at least one partner or group: nobody else finds it." in page
    send(author, 302, visibility="partner-curated", audience="globex", **given)
    with tenant_scope(acme.pk):
        assert WorkflowTemplate.objects.get(slug="tried").visibility == "partner-curated"
        assert TemplateAudience.objects.get().member_slug == "globex"


def test_of_two_who_change_who_finds_it_the_later_one_is_told(acme: Tenant, globex: Tenant) -> None:
    published(acme)
    author = client_of(acme, "author")
    given = {"form": "finding", "action": "update", "at": at(author)}
    send(author, 302, visibility="partner-curated", audience="globex", **given)
    for _ in range(2):  # the form that came too late stays so
        page = send(author, 409, visibility="internal-only", audience="", **given)
        assert "Somebody changed it since you looked" in page
        assert "Start from what it is now" in page
        given["at"] = re.findall('name="at" value="([^"]*)"', page)[0]
    with tenant_scope(acme.pk):
        assert TemplateAudience.objects.get().member_slug == "globex"
    send(author, 302, visibility="internal-only", audience="", **given | {"at": at(author)})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": " \x00 "}, "Reason: Say why."),
        ({"reason": "x" * 501}, "Reason: At most 500 characters."),
        ({"replacement": "acme/tried"}, "There is no other release acme/tried"),
        ({"replacement": "acme/tried@1.0.0"}, "There is no other release acme/tried@1.0.0"),
        ({"replacement": "globex/hidden"}, "There is no other release globex/hidden"),
        ({"replacement": "globex/hidden@1.0.0"}, "There is no other release globex/hidden@1.0.0"),
        ({"replacement": "tried"}, "There is no other release tried"),
        ({"replacement": "@"}, "There is no other release @"),
        ({"mode": ""}, "When it is withdrawn: Choose"),
        ({"purpose": "fun"}, "Purpose: "),
    ],
)
def test_each_wrong_answer_is_said_at_its_question(
    acme: Tenant, globex: Tenant, given: dict[str, str], said: str
) -> None:
    published(acme)
    published(globex, slug="hidden", visibility="internal-only")
    fine = {"action": "withdraw", "reason": "It leaks.", "mode": "stop"}
    page = send(client_of(acme, "admin"), 400, **fine | given)
    assert said in page.partition('id="errors"')[2].partition("Nothing was changed.")[0]
    assert state(acme) == "published"


def test_another_tenant_s_release_that_is_found_stands_in_for_one_s_own(
    acme: Tenant, globex: Tenant
) -> None:
    published(acme)
    published(globex, slug="better")
    given = {"action": "deprecate", "reason": "Old.", "replacement": " globex/better@1.0.0 "}
    send(client_of(acme, "author"), 302, **given)
    assert state(acme) == "deprecated"


def test_what_somebody_else_has_done_meanwhile_is_said_where_the_form_was(acme: Tenant) -> None:
    published(acme)
    author, admin = client_of(acme, "author"), client_of(acme, "admin")
    send(author, 302, action="deprecate", reason="Old.")
    for client in (author, admin):
        page = send(client, 409, action="deprecate", reason="Old.")
        told = page.partition('id="errors"')[2].partition("</div>")[0]
        assert "This release is deprecated" in told
    send(admin, 302, action="withdraw", reason="It leaks.", mode="stop")
    page = send(admin, 409, action="withdraw", reason="It leaks.", mode="warn")
    assert "This release is withdrawn" in page.partition('id="errors"')[2].partition("</div>")[0]


def test_nobody_else_acts_on_it(acme: Tenant, globex: Tenant) -> None:
    published(acme)
    send(client_of(globex, "admin"), 404, action="withdraw", reason="Envy.", mode="stop")
    page = send(client_of(acme, "viewer"), 403, action="deprecate", reason="Bored.")
    assert "This needs the role author here." in page.partition('id="errors"')[2][:600]
    assert state(acme) == "published"
