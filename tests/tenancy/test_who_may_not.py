"""Services of tenancy, governance and the catalog ask policy themselves: who may not does not."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from catalog.services.create_workflow import create_workflow
from catalog.services.edit_metadata import edit_metadata
from catalog.services.examine_document import examine_document
from catalog.services.freeze_version import freeze_version
from governance.services.delete_secret import delete_secret
from governance.services.link_secret import link_secret
from governance.services.read_policies import read_policies
from governance.services.read_purposes import read_policy_data, read_purpose, read_purposes
from governance.services.set_policy_data import set_policy_data
from governance.services.set_purpose import retire_purpose, set_purpose
from governance.services.set_secret import set_secret
from governance.services.trust_key import distrust_key, trust_keys
from governance.trust.keys import new_key
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Membership, Tenant
from maestro.tenancy.services.add_member import add_member
from maestro.tenancy.services.change_member import change_member
from maestro.tenancy.services.create_tenant import create_tenant
from maestro.tenancy.services.create_token import create_token
from maestro.tenancy.services.create_user import create_user
from maestro.tenancy.services.edit_tenant import edit_tenant
from maestro.tenancy.services.edit_user import edit_user
from maestro.tenancy.services.read_members import read_members
from maestro.tenancy.services.remove_member import remove_member
from maestro.tenancy.services.revoke_token import revoke_token
from maestro.tenancy.services.write_group import write_group
from tests.factories import actor_of, make_member
from tests.refusing import Call, let_through
from tests.runtime.driving import document, freeze

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STEPS = "- {id: a, task: core.set@1, with: {values: {}}}"
FACTS = {"title": "New", "category": "HR", "owner_team": "People", "risk": "low"}
WORDS = {"title": "Mine", "description": "For a test of what is refused."}


def test_what_is_the_platforms_no_tenants_admin_does(acme: Tenant) -> None:
    admin = actor_of(acme, "admin", "author", "operator")
    person = make_member(acme, "viewer")
    of: dict[str, Any] = {"actor": admin}
    calls: dict[str, Call] = {
        "trust": partial(
            trust_keys, publisher="initech", pem=new_key().public.pem, holder_id=acme.pk, **of
        ),
        "distrust": partial(distrust_key, publisher="initech", key_id="0" * 16, **of),
        "new tenant": partial(create_tenant, slug="mine", name="Mine", **of),
        "tenant": partial(edit_tenant, tenant_id=acme.pk, name="Ours", time_zone="UTC", **of),
        "new person": partial(create_user, email="new@acme.test", name="New", **of),
        "person": partial(
            edit_user,
            user_id=person.pk,
            name="Else",
            platform_roles=["platform_admin"],
            time_zone="",
            is_active=True,
            **of,
        ),
        "group": partial(write_group, name="Deciders", members=[], **of),
        "purpose": partial(set_purpose, tenant_id=PLATFORM_TENANT, name="acme.mine", **WORDS, **of),
        "no purpose": partial(retire_purpose, tenant_id=PLATFORM_TENANT, name="practice", **of),
    }
    assert let_through(calls) == []


def test_what_is_its_admins_and_authors_nobody_else_in_a_tenant_does(acme: Tenant) -> None:
    operator, admin = actor_of(acme, "operator"), actor_of(acme, "admin", "author")
    person = make_member(acme, "viewer")
    version = freeze(admin, STEPS)
    set_secret(actor=admin, tenant_id=acme.pk, name="token", value="a long value")
    set_purpose(actor=admin, tenant_id=acme.pk, name="acme.mine", **WORDS)
    token, _ = create_token(actor=admin, tenant=acme, user=person, name="theirs")
    with tenant_scope(acme.pk):
        place = Membership.objects.get(user=person).pk
    data = read_policy_data(actor=admin)
    of: dict[str, Any] = {"actor": operator, "tenant_id": acme.pk}
    calls: dict[str, Call] = {
        "new workflow": partial(create_workflow, actor=operator, slug="new", facts=FACTS),
        "workflow": partial(
            edit_metadata, definition_id=version.definition_id, changes={"title": "Else"}, **of
        ),
        "version": partial(
            freeze_version,
            actor=operator,
            source=document(STEPS, version="1.0.1"),
            media_type="application/yaml",
        ),
        "member": partial(add_member, actor=operator, tenant=acme, user=person, roles=["admin"]),
        "place": partial(change_member, membership_id=place, roles=["admin"], teams=[], **of),
        "no member": partial(remove_member, membership_id=place, **of),
        "token": partial(create_token, actor=operator, tenant=acme, user=person, name="mine"),
        "no token": partial(revoke_token, token_id=token.pk, **of),
        "secret": partial(set_secret, name="token", value="another value", **of),
        "no secret": partial(delete_secret, name="token", **of),
        "purpose": partial(set_purpose, name="acme.other", **WORDS, **of),
        "no purpose": partial(retire_purpose, name="acme.mine", **of),
        "policy data": partial(set_policy_data, data=data, **of),
    }
    assert let_through(calls) == []


def test_nobody_else_says_that_a_secret_is_kept_elsewhere(acme: Tenant, settings: Any) -> None:
    settings.SECRET_SOURCES = {"environment": {}}
    operator = actor_of(acme, "operator")
    link = partial(
        link_secret,
        actor=operator,
        tenant_id=acme.pk,
        name="token",
        source="environment",
        reference="token",
    )
    assert let_through({"link": link}) == []


def test_who_has_no_role_reads_nothing_of_a_tenant(acme: Tenant) -> None:
    nobody = actor_of(acme)
    calls: dict[str, Call] = {
        "members": partial(read_members, actor=nobody),
        "purposes": partial(read_purposes, actor=nobody),
        "purpose": partial(read_purpose, actor=nobody, name="practice"),
        "policy data": partial(read_policy_data, actor=nobody),
        "policies": partial(read_policies, actor=nobody),
        "examine": partial(examine_document, actor=nobody, source=document(STEPS)),
    }
    with tenant_scope(acme.pk):
        assert let_through(calls) == []


def test_a_token_that_may_not_is_refused_whether_the_other_token_is_there_or_not(
    acme: Tenant,
) -> None:
    narrow = actor_of(acme, "admin", scopes=frozenset({"workflow.read"}))
    revoke = partial(revoke_token, actor=narrow, tenant_id=acme.pk, token_id=uuid4())
    assert let_through({"revoke": revoke}) == []
