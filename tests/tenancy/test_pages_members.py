"""The page of members: who sees them, who changes them, and the admin who stays."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.models import Decision
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Membership, Tenant, User
from maestro.tenancy.services.add_member import add_member
from maestro.tenancy.services.last_admin import LastAdmin
from maestro.tenancy.services.remove_member import remove_member
from tests.factories import actor_of, make_member, make_user
from tests.tenancy.settings_forms import reads_at_most, receipts, refusals, signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PURPOSE = "platform.operations"


def url() -> str:
    return reverse("tenancy:members")


def one(membership: Membership, name: str = "tenancy:member") -> str:
    return reverse(name, args=[membership.pk])


def place(tenant: Tenant, user: User) -> Membership | None:
    with tenant_scope(tenant.pk):
        return Membership.objects.for_tenant(tenant.pk).filter(user=user).first()


def member(tenant: Tenant, user: User) -> Membership:
    found = place(tenant, user)
    assert found is not None
    return found


def form(**change: Any) -> dict[str, Any]:
    return {"roles": ["operator"], "teams": "", "purpose": PURPOSE, **change}


@pytest.fixture
def admin(acme: Tenant) -> tuple[Client, User]:
    return signed_in_as(acme, "admin")


class TestTheList:
    def test_is_for_every_member_and_changes_are_for_admins(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        viewer, person = signed_in_as(acme, "viewer", teams=["People Ops"])
        text = viewer.get(url()).content.decode()
        assert person.email in text
        assert "People Ops" in text
        assert "Add member" not in text
        assert "Add member" in admin[0].get(url()).content.decode()

    def test_has_nobody_of_another_tenant(
        self, acme: Tenant, globex: Tenant, admin: tuple[Client, User]
    ) -> None:
        theirs = make_member(globex, "operator")
        assert theirs.email not in admin[0].get(url()).content.decode()
        for name in ("tenancy:member", "tenancy:member_remove"):
            address = one(member(globex, theirs), name)
            assert admin[0].get(address).status_code == 404
            assert admin[0].post(address, form()).status_code == 404
        assert member(globex, theirs).roles == ["operator"]

    def test_costs_the_same_however_many_there_are(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        for _ in range(8):
            make_member(acme, "viewer")
        with reads_at_most(1, 'FROM "tenancy_membership"'):
            admin[0].get(url())
        with reads_at_most(1, "governance_"):
            admin[0].get(url())


class TestAdding:
    def test_makes_somebody_an_installer(self, acme: Tenant, admin: tuple[Client, User]) -> None:
        person = make_user("ines@acme.test")
        posted = form(email="ines@acme.test", roles=["installer"])
        answer = admin[0].post(url(), posted, follow=True)
        added = member(acme, person)
        assert Membership._meta.get_field("roles").clean(added.roles, added) == ["installer"]
        assert "Installer" in answer.content.decode()

    def test_gives_somebody_known_a_place_and_leaves_a_receipt(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        person = make_user("ines@acme.test")
        posted = form(email=" INES@acme.test", roles=["operator", "author"], teams="Ops, ,Legal")
        answer = admin[0].post(url(), posted, follow=True)
        assert "has a place here now" in answer.content.decode()
        added = member(acme, person)
        assert (added.roles, added.teams) == (["author", "operator"], ["Legal", "Ops"])
        (receipt,) = receipts(acme, "member.add")
        assert receipt.purpose == PURPOSE
        assert receipt.statement["predicate"]["what"]["after"]["roles"] == ["author", "operator"]

    @pytest.mark.parametrize(
        ("change", "places"),
        [
            ({"email": "nobody@acme.test"}, {"email"}),
            ({"email": "nobody@acme.test", "roles": []}, {"email", "roles"}),
            ({"roles": ["owner"]}, {"roles"}),
            ({"teams": "t" * 81}, {"teams"}),
            ({"purpose": ""}, {"purpose"}),
        ],
    )
    def test_says_what_is_wrong_at_its_question(
        self,
        acme: Tenant,
        admin: tuple[Client, User],
        change: dict[str, Any],
        places: set[str],
    ) -> None:
        person = make_user("ines@acme.test")
        answer = admin[0].post(url(), form(email=person.email) | change)
        text = answer.content.decode()
        assert answer.status_code == 400
        assert set(re.findall(r'id="s-(\w+)-e"', text)) == places
        assert place(acme, person) is None

    def test_somebody_who_has_a_place_or_can_t_sign_in_is_not_added(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        here = make_member(acme, "viewer")
        gone = make_user(is_active=False)
        text = admin[0].post(url(), form(email=here.email)).content.decode()
        assert "has a place here already" in text
        text = admin[0].post(url(), form(email=gone.email)).content.decode()
        assert "Nobody here has this address" in text
        assert member(acme, here).roles == ["viewer"]

    def test_who_may_not_add_is_told_why_and_not_whether_an_address_is_known(
        self, acme: Tenant
    ) -> None:
        author, _ = signed_in_as(acme, "author")
        known = make_user()
        for email in (known.email, "nobody@acme.test"):
            answer = author.post(url(), form(email=email))
            assert answer.status_code == 403
            assert "role_missing" in answer.content.decode()
            assert "Nobody here" not in answer.content.decode()
        assert place(acme, known) is None
        assert len(refusals(acme, "member.write")) == 2


class TestChanging:
    def test_saves_roles_and_teams_and_keeps_attributes(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        person = make_member(acme, "viewer", attributes={"region": "eu"})
        address = one(member(acme, person))
        text = admin[0].get(address).content.decode()
        assert re.search(r'value="viewer"\s+checked', text)
        answer = admin[0].post(address, form(roles=["author"], teams="Ops"))
        assert answer.status_code == 302
        changed = member(acme, person)
        assert (changed.roles, changed.teams) == (["author"], ["Ops"])
        assert changed.attributes == {"region": "eu"}
        (receipt,) = receipts(acme, "member.change")
        assert receipt.statement["predicate"]["what"]["before"]["roles"] == ["viewer"]

    def test_what_stays_as_it_is_leaves_no_receipt(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        person = make_member(acme, "viewer")
        admin[0].post(one(member(acme, person)), form(roles=["viewer"]))
        assert receipts(acme, "member.change") == []

    def test_the_last_admin_stays_one(self, acme: Tenant, admin: tuple[Client, User]) -> None:
        client, user = admin
        asleep = make_member(acme, "admin")
        User.objects.filter(pk=asleep.pk).update(is_active=False)
        answer = client.post(one(member(acme, user)), form(roles=["viewer"]))
        assert answer.status_code == 409
        assert "left without an admin" in answer.content.decode()
        answer = client.post(one(member(acme, user), "tenancy:member_remove"), form())
        assert answer.status_code == 409
        assert member(acme, user).roles == ["admin"]
        make_member(acme, "admin")
        assert client.post(one(member(acme, user)), form(roles=["viewer"])).status_code == 302

    def test_is_not_for_others(self, acme: Tenant) -> None:
        author, user = signed_in_as(acme, "author")
        for name in ("tenancy:member", "tenancy:member_remove"):
            answer = author.post(one(member(acme, user), name), form(roles=["admin"]))
            assert answer.status_code == 403
        assert member(acme, user).roles == ["author"]


class TestRemoving:
    def test_asks_what_for_and_takes_the_place_away(
        self, acme: Tenant, admin: tuple[Client, User]
    ) -> None:
        theirs, person = signed_in_as(acme, "operator")
        address = one(member(acme, person), "tenancy:member_remove")
        assert person.email in admin[0].get(address).content.decode()
        assert admin[0].post(address).status_code == 400
        assert place(acme, person) is not None
        answer = admin[0].post(address, {"purpose": PURPOSE}, follow=True)
        assert "no place here any more" in answer.content.decode()
        assert place(acme, person) is None
        assert len(receipts(acme, "member.remove")) == 1
        assert theirs.get(url()).status_code != 200


def test_the_services_keep_the_last_admin_whoever_asks(acme: Tenant, globex: Tenant) -> None:
    actor = actor_of(acme, "admin")
    make_member(globex, "admin")
    assert actor.id is not None
    user = User.objects.get(pk=actor.id)
    with pytest.raises(LastAdmin):
        remove_member(actor=actor, tenant_id=acme.pk, membership_id=member(acme, user).pk)
    with pytest.raises(LastAdmin):
        add_member(actor=actor, tenant=acme, user=user, roles=["operator"])
    with tenant_scope(acme.pk):
        assert Decision.objects.for_tenant(acme.pk).filter(action="member.write").count() == 0
