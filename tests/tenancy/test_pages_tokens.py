"""The page of API tokens: who sees which, the text that is shown once, the end of one."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.clock import now
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.identity import actor_for_token
from maestro.tenancy.models import ApiToken, Tenant, User
from maestro.tenancy.services.create_token import create_token
from tests.factories import actor_of, make_member
from tests.tenancy.settings_forms import reads_at_most, receipts, refusals, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

FORM = {
    "name": "Nightly job",
    "reach": "chosen",
    "scopes": ["execution.start", "execution.read"],
    "expires_at": "2126-01-31",
    "purpose": "practice",
}


def url() -> str:
    return reverse("tenancy:tokens")


def token_of(tenant: Tenant, user: User, name: str, **fields: object) -> ApiToken:
    actor = actor_of(tenant, "operator", user=user)
    token, _ = create_token(actor=actor, tenant=tenant, user=user, name=name, **fields)  # type: ignore[arg-type]
    return token


def tokens(tenant: Tenant) -> list[ApiToken]:
    with tenant_scope(tenant.pk):
        return list(ApiToken.objects.for_tenant(tenant.pk).order_by("id"))


@pytest.fixture
def operating(acme: Tenant) -> tuple[Client, User]:
    return signed_in_as(acme, "operator")


class TestMaking:
    def test_shows_the_text_in_the_answer_and_nowhere_afterwards(
        self, acme: Tenant, operating: tuple[Client, User]
    ) -> None:
        client, user = operating
        answer = client.post(url(), FORM)
        text = answer.content.decode()
        assert answer.status_code == 200
        found = re.findall(r"mst_[\w-]{43}", text)
        assert len(found) == 1
        assert "no-store" in answer["Cache-Control"]
        actor, _ = actor_for_token(found[0])
        assert (actor.id, actor.scopes) == (user.pk, {"execution.start", "execution.read"})
        assert found[0] not in client.get(url()).content.decode()
        assert found[0] not in str(dict(client.session))
        assert found[0] not in str(
            [receipt.statement for receipt in receipts(acme, "token.create")]
        )
        assert receipts(acme, "token.create")[0].purpose == "practice"

    def test_the_token_works_until_that_day_ends_where_the_viewer_is(
        self, acme: Tenant, operating: tuple[Client, User]
    ) -> None:
        client, user = operating
        User.objects.filter(pk=user.pk).update(time_zone="Asia/Tokyo")
        client.post(url(), FORM)
        (token,) = tokens(acme)
        assert token.expires_at is not None
        assert token.expires_at.isoformat() == "2126-01-31T15:00:00+00:00"

    def test_says_everything_that_is_wrong_beside_its_question_and_keeps_what_was_typed(
        self, acme: Tenant, operating: tuple[Client, User]
    ) -> None:
        client, _ = operating
        wrong = FORM | {
            "name": " ",
            "scopes": ["no.such"],
            "expires_at": "2001-01-01",
            "purpose": "",
        }
        answer = client.post(url(), wrong)
        text = answer.content.decode()
        assert answer.status_code == 400
        assert "Fix 4 answers" in text
        assert set(re.findall(r'id="s-(\w+)-e"', text)) == {
            "name",
            "scopes",
            "expires_at",
            "purpose",
        }
        assert 'value="2001-01-01"' in text
        assert tokens(acme) == []

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"expires_at": "soon"}, "expires_at"),
            ({"expires_at": "9999-12-31"}, "expires_at"),
            ({"scopes": []}, "scopes"),
            ({"reach": "all"}, "scopes"),
            ({"reach": "further"}, "reach"),
            ({"name": "n" * 81}, "name"),
            ({"purpose": ""}, "purpose"),
            ({"purpose": "fun"}, "purpose"),
        ],
    )
    def test_what_can_t_be_is_said_at_its_question(
        self,
        acme: Tenant,
        operating: tuple[Client, User],
        change: dict[str, object],
        place: str,
    ) -> None:
        client, _ = operating
        answer = client.post(url(), FORM | change)
        assert answer.status_code == 400
        assert f'id="s-{place}-e"' in answer.content.decode()
        assert tokens(acme) == []

    def test_all_that_one_may_is_a_token_without_scopes(
        self, acme: Tenant, operating: tuple[Client, User]
    ) -> None:
        client, _ = operating
        client.post(url(), FORM | {"reach": "all", "scopes": [], "expires_at": ""})
        (token,) = tokens(acme)
        assert (token.scopes, token.expires_at) == (None, None)

    def test_is_not_for_a_viewer_who_is_told_why(self, acme: Tenant) -> None:
        client, _ = signed_in_as(acme, "viewer")
        for answer in (client.get(url()), client.post(url(), FORM)):
            assert answer.status_code == 403
            assert "role_missing" in answer.content.decode()
        assert tokens(acme) == []
        assert refusals(acme, "token.create")


class TestTheList:
    def test_has_one_s_own_tokens_and_an_admin_s_has_everybody_s(
        self, acme: Tenant, operating: tuple[Client, User]
    ) -> None:
        client, user = operating
        token_of(acme, user, "Mine")
        token_of(acme, make_member(acme, "operator"), "Theirs")
        text = client.get(url()).content.decode()
        assert "Mine" in text
        assert "Theirs" not in text
        admin, _ = signed_in_as(acme, "admin")
        text = admin.get(url()).content.decode()
        assert "Mine" in text
        assert "Theirs" in text

    def test_has_nothing_of_another_tenant(self, acme: Tenant, globex: Tenant) -> None:
        theirs = token_of(globex, make_member(globex, "operator"), "Elsewhere")
        admin, _ = signed_in_as(acme, "admin")
        assert "Elsewhere" not in admin.get(url()).content.decode()
        address = reverse("tenancy:token_revoke", args=[theirs.pk])
        assert admin.get(address).status_code == 404
        assert admin.post(address, {"purpose": "practice"}).status_code == 404
        assert tokens(globex)[0].revoked_at is None

    def test_says_which_work_and_when_they_were_used(
        self, acme: Tenant, operating: tuple[Client, User]
    ) -> None:
        client, user = operating
        token_of(acme, user, "Works")
        ended = token_of(acme, user, "Ended")
        with tenant_scope(acme.pk):
            past = now() - timedelta(hours=2)
            ApiToken.objects.filter(pk=ended.pk).update(expires_at=past, last_used_at=past)
        text = client.get(url()).content.decode()
        assert "Active" in text
        assert "Expired" in text
        assert "2 h ago" in text

    def test_costs_the_same_however_many_there_are(self, acme: Tenant) -> None:
        admin, _ = signed_in_as(acme, "admin")
        for number in range(8):
            token_of(acme, make_member(acme, "operator"), f"Token {number}")
        with reads_at_most(1, "tenancy_apitoken"):
            admin.get(url())
        with reads_at_most(1, "governance_"):
            admin.get(url())


class TestRevoking:
    def test_asks_what_for_and_ends_it(self, acme: Tenant, operating: tuple[Client, User]) -> None:
        client, user = operating
        token = token_of(acme, user, "Old laptop")
        address = reverse("tenancy:token_revoke", args=[token.pk])
        assert "Old laptop" in client.get(address).content.decode()
        missing = client.post(address)
        assert missing.status_code == 400
        assert 'id="s-purpose-e"' in missing.content.decode()
        assert tokens(acme)[0].revoked_at is None
        answer = client.post(address, {"purpose": "security.rotation"}, follow=True)
        assert "opens nothing any more" in answer.content.decode()
        assert "Revoked" in answer.content.decode()
        assert receipts(acme, "token.revoke")[0].purpose == "security.rotation"

    def test_is_not_done_by_looking(self, acme: Tenant, operating: tuple[Client, User]) -> None:
        client, user = operating
        token = token_of(acme, user, "Kept")
        client.get(reverse("tenancy:token_revoke", args=[token.pk]), {"purpose": "practice"})
        assert tokens(acme)[0].revoked_at is None

    def test_somebody_else_s_is_not_there(
        self, acme: Tenant, operating: tuple[Client, User]
    ) -> None:
        client, _ = operating
        theirs = token_of(acme, make_member(acme, "operator"), "Theirs")
        for token_id in (theirs.pk, uuid4()):
            address = reverse("tenancy:token_revoke", args=[token_id])
            assert client.post(address, {"purpose": "practice"}).status_code == 404
        assert tokens(acme)[0].revoked_at is None


def test_who_is_not_signed_in_signs_in_first(client: Client, acme: Tenant) -> None:
    for name in ("tenancy:tokens", "tenancy:preferences", "tenancy:settings"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("tenancy:login"))
