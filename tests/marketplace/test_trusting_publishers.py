"""Whose releases, signed elsewhere, may be imported and run."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance.models import Receipt, TrustedKey
from governance.services.trust_key import distrust_key
from governance.services.trusted_keys import trusted_keys
from governance.trust.keys import new_key
from maestro.kernel.actor import system_actor
from maestro.kernel.errors import Denied, InvalidInput, NotFound
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Membership, Tenant
from marketplace.services.trust_publisher import PublishesHere, trust_publisher
from tests.factories import actor_of, make_tenant

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
KEY, OTHER = new_key().public, new_key().public
MAESTRO = system_actor("a test")


def test_a_trusted_key_counts_for_its_publisher_alone() -> None:
    made = trust_publisher(actor=MAESTRO, publisher="initech", pem=KEY.pem)
    assert [row.key_id for row in made] == [KEY.id]
    assert set(trusted_keys("initech")) == {KEY.id}
    assert trusted_keys("umbrella") == {}
    assert trusted_keys("") == {}


def test_a_tenant_is_made_that_holds_what_is_imported_and_nobody_is_in_it() -> None:
    row = trust_publisher(actor=MAESTRO, publisher="initech", pem=KEY.pem, name="Initech")[0]
    holder = Tenant.objects.get(slug="initech")
    assert (holder.name, row.holder_id) == ("Initech", holder.pk)
    with tenant_scope(holder.pk):
        assert not Membership.objects.for_tenant(holder.pk).exists()


def test_a_second_key_is_trusted_beside_the_first_and_the_same_one_changes_nothing() -> None:
    trust_publisher(actor=MAESTRO, publisher="initech", pem=KEY.pem)
    assert trust_publisher(actor=MAESTRO, publisher="initech", pem=KEY.pem) == []
    trust_publisher(actor=MAESTRO, publisher="initech", pem=OTHER.pem)
    assert set(trusted_keys("initech")) == {KEY.id, OTHER.id}
    assert Tenant.objects.filter(slug="initech").count() == 1


def test_a_revoked_key_counts_no_more_and_can_be_trusted_anew() -> None:
    trust_publisher(actor=MAESTRO, publisher="initech", pem=KEY.pem)
    distrust_key(actor=MAESTRO, publisher="initech", key_id=KEY.id[:12])
    assert trusted_keys("initech") == {}
    with pytest.raises(NotFound):
        distrust_key(actor=MAESTRO, publisher="initech", key_id=KEY.id)
    assert trust_publisher(actor=MAESTRO, publisher="initech", pem=KEY.pem)
    assert set(trusted_keys("initech")) == {KEY.id}


def test_a_key_is_revoked_by_enough_of_its_id_alone() -> None:
    trust_publisher(actor=MAESTRO, publisher="initech", pem=KEY.pem)
    for key_id in ("", KEY.id[:7], "no-such-key"):
        with pytest.raises(NotFound):
            distrust_key(actor=MAESTRO, publisher="initech", key_id=key_id)
    assert set(trusted_keys("initech")) == {KEY.id}


def test_a_tenant_of_this_maestro_has_no_other_key_than_ours() -> None:
    make_tenant("acme")
    with pytest.raises(PublishesHere):
        trust_publisher(actor=MAESTRO, publisher="acme", pem=KEY.pem)
    assert not TrustedKey.objects.exists()


@pytest.mark.parametrize("pem", [b"", b"not a key", new_key().pem()], ids=["", "no key", "private"])
def test_what_is_no_public_key_is_refused_and_no_tenant_is_made(pem: bytes) -> None:
    with pytest.raises(InvalidInput):
        trust_publisher(actor=MAESTRO, publisher="initech", pem=pem)
    assert not Tenant.objects.filter(slug="initech").exists()


def test_an_admin_of_a_tenant_trusts_nobody() -> None:
    acme = make_tenant("acme")
    admin = actor_of(acme, "admin")
    with pytest.raises(Denied):
        trust_publisher(actor=admin, publisher="initech", pem=KEY.pem)
    assert not TrustedKey.objects.exists()


def test_trusting_and_revoking_leave_receipts() -> None:
    trust_publisher(actor=MAESTRO, publisher="initech", pem=KEY.pem)
    distrust_key(actor=MAESTRO, publisher="initech", key_id=KEY.id)
    with tenant_scope(PLATFORM_TENANT):
        kinds = list(
            Receipt.objects.for_tenant(PLATFORM_TENANT)
            .filter(subject_type="publisher_key")
            .order_by("id")
            .values_list("kind", flat=True)
        )
    assert kinds == ["publisher_key.trust", "publisher_key.revoke"]


def test_the_command_trusts_a_file_of_keys_and_revokes_one(tmp_path: Path) -> None:
    keys = tmp_path / "their.pub"
    keys.write_bytes(KEY.pem + OTHER.pem)
    out = StringIO()
    call_command("trust_publisher", "initech", str(keys), stdout=out)
    assert KEY.id in out.getvalue()
    assert OTHER.id in out.getvalue()
    call_command("trust_publisher", "initech", "--revoke", OTHER.id, stdout=out)
    assert set(trusted_keys("initech")) == {KEY.id}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["initech"], "Give a file of keys"),
        (["initech", "/no/such/file"], "No such file"),
        (["initech", "--revoke", "12345678"], "No such key"),
        (["Bad Slug", __file__], "keys can.t be read|made like this"),
    ],
)
def test_the_command_says_what_is_wrong(words: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("trust_publisher", *words)
