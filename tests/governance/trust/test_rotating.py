"""Rotation of the signing key: the former vouches for the new, and what it signed still verifies."""

from __future__ import annotations

import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from governance.models import Receipt
from governance.services.issue_receipt import issue_receipt
from governance.services.verify_receipt import verify_receipt
from governance.signing import signing_ring
from governance.trust.keys import new_key
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Tenant

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    settings.MAESTRO_SIGNING_KEY_FILE = str(tmp_path / "keys" / "signing.pem")
    return Path(settings.MAESTRO_SIGNING_KEY_FILE)


def issued(tenant: Tenant, actor: Actor) -> Receipt:
    return issue_receipt(
        kind="workflow.freeze",
        actor=actor,
        tenant_id=tenant.pk,
        subject_type="workflow",
        subject_id="w",
        subject_digest=digest_bytes(b""),
        predicate={},
    )


def test_the_key_is_made_at_first_use_for_its_owner_alone(file: Path) -> None:
    first = signing_ring().signer.public.id
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert signing_ring().signer.public.id == first


def test_what_the_former_key_signed_still_verifies(file: Path, acme: Tenant, author: Actor) -> None:
    before = issued(acme, author)
    former = signing_ring().signer.public.id
    out = StringIO()
    call_command("signing", "rotate", stdout=out)
    new = signing_ring().signer.public.id
    assert new != former
    assert f"# {new} signs" in out.getvalue()
    assert f"# {former} verifies" in out.getvalue()
    assert "PRIVATE" not in out.getvalue()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    after = issued(acme, author)
    assert verify_receipt(before).signers == {former}
    assert verify_receipt(after).signers == {new}


def test_the_former_key_vouches_for_the_new_one(file: Path) -> None:
    former = signing_ring().signer.public.id
    call_command("signing", "rotate", stdout=StringIO())
    with tenant_scope(PLATFORM_TENANT):
        receipt = Receipt.objects.get(kind="signing.rotate")
    assert verify_receipt(receipt).signers == {former}
    what = receipt.statement["predicate"]["what"]
    assert what["former"] == former
    assert what["key"].encode() == signing_ring().signer.public.pem


def test_keys_that_stand_in_the_environment_are_rotated_there(settings: Any) -> None:
    settings.MAESTRO_SIGNING_KEYS = new_key().pem().decode()
    with pytest.raises(CommandError, match="in front of them there"):
        call_command("signing", "rotate")
    assert list(signing_ring().trusted) == [signing_ring().signer.public.id]


def test_a_key_file_that_others_may_read_is_refused(file: Path) -> None:
    signing_ring()
    file.chmod(0o640)
    with pytest.raises(CommandError, match="Others may read"):
        call_command("signing", "rotate")
