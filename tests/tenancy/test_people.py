"""Changing a person's account, and two who take each other's place in a tenant."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from governance.models import Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, NotFound
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Membership, Tenant, User
from maestro.tenancy.services.create_token import create_token
from maestro.tenancy.services.edit_user import OwnAccess, edit_user
from maestro.tenancy.services.last_admin import LastAdmin
from maestro.tenancy.services.remove_member import remove_member
from tests.at_once import at_once
from tests.factories import actor_of, make_user
from tests.marketplace.worlds import staff
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def boss(acme: Tenant) -> Actor:
    """Who keeps the platform's accounts."""
    return staff(acme, "platform_admin")


def edit(actor: Actor, person: User, **changes: Any) -> User:
    """Their account as it is, with `changes`."""
    place = {"name": person.name, "platform_roles": [], "time_zone": "", "is_active": True}
    return edit_user(actor=actor, user_id=person.pk, **place | changes)


def proofs(kind: str) -> int:
    with tenant_scope(PLATFORM_TENANT):
        return Receipt.objects.filter(kind=kind).count()


def test_all_that_is_wrong_with_an_account_is_told_at_once(boss: Actor) -> None:
    person = make_user()
    wrong = {"name": " ", "platform_roles": ["king"], "time_zone": "Mars/Base"}
    with pytest.raises(InvalidInput) as refused:
        edit(boss, person, **wrong)
    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("/platform_roles", "unknown_role"),
        ("/name", "invalid"),
        ("/time_zone", "unknown_time_zone"),
    ]


def test_a_change_of_an_account_is_proved_and_no_change_is_not(boss: Actor) -> None:
    person = make_user()
    edit(boss, person)
    assert proofs("user.write") == 0
    assert edit(boss, person, platform_roles=["platform_admin"]).is_superuser
    assert proofs("user.write") == 1
    assert not edit(boss, person, platform_roles=["auditor"]).is_superuser


def test_nobody_takes_their_own_way_in(boss: Actor) -> None:
    own = User.objects.get(pk=boss.id)
    for change in ({"platform_roles": ["auditor"]}, {"is_active": False}):
        with pytest.raises(OwnAccess):
            edit(boss, own, **{"platform_roles": ["platform_admin"]} | change)
    own.refresh_from_db()
    assert (own.is_active, own.platform_roles) == (True, ["platform_admin"])


def test_a_token_is_made_with_a_receipt(acme: Tenant) -> None:
    actor = actor_of(acme, "operator")
    person = User.objects.get(pk=actor.id)
    create_token(actor=actor, tenant=acme, user=person, name="mine")
    with tenant_scope(acme.pk):
        assert Receipt.objects.filter(kind="token.create").count() == 1


def test_nobody_has_a_token_in_a_tenant_where_they_have_no_place(acme: Tenant) -> None:
    with pytest.raises(NotFound):
        create_token(actor=actor_of(acme, "admin"), tenant=acme, user=make_user(), name="theirs")


@pytest.mark.django_db(transaction=True, databases=ALIASES)
@pytest.mark.parametrize("turn", range(3))
def test_of_two_admins_who_remove_each_other_at_once_one_stays(acme: Tenant, turn: int) -> None:
    pair = [actor_of(acme, "admin") for _ in range(2)]
    with tenant_scope(acme.pk):
        places = {row.user_id: row.pk for row in Membership.objects.all()}
    met = at_once(
        *(
            partial(remove_member, actor=one, tenant_id=acme.pk, membership_id=places[other.id])
            for one, other in (pair, reversed(pair))
        )
    )
    assert sum(isinstance(one, LastAdmin) for one in met) == 1
    with tenant_scope(acme.pk):
        assert Membership.objects.filter(roles__contains=["admin"]).count() == 1
