"""Two who change the same thing at once: the second goes by what the first one left."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from catalog.services.edit_metadata import edit_metadata
from governance.models import Receipt, Secret, TrustedKey
from governance.services.delete_secret import delete_secret
from governance.services.link_secret import link_secret
from governance.services.set_purpose import set_purpose
from governance.services.trust_key import distrust_key, trust_keys
from governance.trust.keys import new_key
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Tenant, User
from maestro.tenancy.services.edit_tenant import edit_tenant
from maestro.tenancy.services.edit_user import edit_user
from maestro.tenancy.services.write_group import (
    GroupChanged,
    members_of_group,
    revision_of_group,
    write_group,
)
from tests.api.calling import store_secret
from tests.at_once import overtaking
from tests.factories import actor_of, make_user
from tests.marketplace.worlds import staff
from tests.runtime.driving import ALIASES, freeze

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

STEP = "- {id: a, task: core.set@1, with: {values: {n: 1}}}"


Pair = tuple[Actor, Actor]


@pytest.fixture
def admins(acme: Tenant) -> Pair:
    """Acme's. Two, as one person's decisions on one thing come one after the other anyhow."""
    return actor_of(acme, "admin"), actor_of(acme, "admin")


@pytest.fixture
def platform(acme: Tenant) -> Pair:
    """Those who look after the platform."""
    return staff(acme, "platform_admin"), staff(acme, "platform_admin")


def told(tenant_id: UUID, subject: str) -> list[tuple[Any, Any]]:
    """What each receipt of a kind of thing says: before and after, the oldest first."""
    with tenant_scope(tenant_id):
        rows = Receipt.objects.filter(subject_type=subject).order_by("id")
        found = [row.statement["predicate"]["what"] for row in rows]
    return [(what.get("before"), what.get("after")) for what in found]


def test_the_second_change_of_a_tenant_begins_with_the_first(acme: Tenant, platform: Pair) -> None:
    one, two = (
        partial(edit_tenant, actor=who, tenant_id=acme.pk, name=name, time_zone="UTC")
        for who, name in zip(platform, ("One", "Two"), strict=True)
    )
    overtaking(acme.pk, one, two)
    (_, first), (before, _) = told(acme.pk, "tenant")
    assert before == first == {"name": "One", "time_zone": "UTC"}


def test_what_a_person_may_is_all_that_the_second_change_says(platform: Pair) -> None:
    user = make_user(name="Ana")
    edit = partial(edit_user, user_id=user.pk, time_zone="", is_active=True)
    overtaking(
        PLATFORM_TENANT,
        partial(edit, actor=platform[0], name="Ana", platform_roles=["platform_admin"]),
        partial(edit, actor=platform[1], name="Anna", platform_roles=[]),
    )
    now = User.objects.get(pk=user.pk)
    assert (now.name, now.platform_roles, now.is_superuser) == ("Anna", [], False)


def test_who_changes_a_group_that_somebody_is_changing_is_told(platform: Pair) -> None:
    people = [make_user(platform_roles=["approver"]).email for _ in range(2)]
    group = write_group(actor=platform[0], name="Deciders", members=[])
    looked = revision_of_group("Deciders", [])
    one, two = (
        partial(
            write_group, actor=who, name="Deciders", members=[member], group_id=group.pk,
            expected_revision=looked,
        )
        for who, member in zip(platform, people, strict=True)
    )  # fmt: skip
    met = overtaking(PLATFORM_TENANT, one, two)
    assert isinstance(met, GroupChanged)
    assert members_of_group(group) == [people[0]]


def test_the_second_change_of_a_purpose_begins_with_the_first(acme: Tenant, admins: Pair) -> None:
    put = partial(set_purpose, tenant_id=acme.pk, name="legal.hold", description="Held.")
    put(actor=admins[0], title="Hold")
    overtaking(
        acme.pk,
        partial(put, actor=admins[0], title="One"),
        partial(put, actor=admins[1], title="Two"),
    )
    _, (_, first), (before, _) = told(acme.pk, "purpose")
    assert before == first
    assert before["title"] == "One"


def test_a_key_is_distrusted_once(platform: Pair, globex: Tenant) -> None:
    key = new_key().public
    trust_keys(actor=platform[0], publisher="hooli", pem=key.pem, holder_id=globex.pk)
    distrust = partial(distrust_key, publisher="hooli", key_id=key.id)
    met = overtaking(PLATFORM_TENANT, *(partial(distrust, actor=who) for who in platform))
    assert isinstance(met, NotFound)
    with tenant_scope(PLATFORM_TENANT):
        assert Receipt.objects.filter(kind="publisher_key.revoke").count() == 1
        assert TrustedKey.objects.get().revoked_at is not None


def test_each_place_of_a_secret_is_a_version_of_its_own(
    acme: Tenant, admins: Pair, settings: Settings
) -> None:
    settings.SECRET_SOURCES = ["environment"]
    store_secret(acme, "token")
    link = partial(link_secret, tenant_id=acme.pk, name="token", source="environment")
    overtaking(
        acme.pk,
        partial(link, actor=admins[0], reference="one"),
        partial(link, actor=admins[1], reference="two"),
    )
    with tenant_scope(acme.pk):
        assert Secret.objects.get().version == 3
    _, (_, first), (before, _) = told(acme.pk, "secret")
    assert before == first == {"source": "environment", "reference": "one"}


def test_a_secret_is_deleted_once(acme: Tenant, admins: Pair) -> None:
    store_secret(acme, "token")
    delete = partial(delete_secret, tenant_id=acme.pk, name="token")
    met = overtaking(acme.pk, *(partial(delete, actor=who) for who in admins))
    assert isinstance(met, NotFound)
    with tenant_scope(acme.pk):
        assert Receipt.objects.filter(kind="secret.delete").count() == 1


def test_the_second_change_of_how_a_workflow_is_found_begins_with_the_first(acme: Tenant) -> None:
    authors = [actor_of(acme, "author") for _ in range(2)]
    definition = freeze(authors[0], STEP).definition_id
    edit = partial(edit_metadata, tenant_id=acme.pk, definition_id=definition)
    overtaking(
        acme.pk,
        partial(edit, actor=authors[0], changes={"title": "One", "tags": ["one"]}),
        partial(edit, actor=authors[1], changes={"title": "Two", "tags": ["two"]}),
    )
    (_, first), (before, _) = told(acme.pk, "workflow")[-2:]
    assert before == first == {"title": "One", "tags": ["one"]}
