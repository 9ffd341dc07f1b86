"""Receipts and evidence in the console: verified when they are shown, and taken away as files."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from governance.models import EvidenceBundle, Receipt
from governance.services.set_secret import set_secret
from governance.signing import signing_ring
from governance.trust.evidence import verify_bundle
from governance.trust.keys import PrivateKey
from governance.trust.statement import RECEIPT_TYPE, verify_statement
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant, User
from tests.console.conftest import signed_in
from tests.console.rows import fill
from tests.factories import actor_of
from tests.governance.trust.making import bundle

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)


@pytest.fixture
def receipt(acme: Tenant) -> Receipt:
    set_secret(actor=actor_of(acme, "admin"), tenant_id=acme.pk, name="key", value="a-long-value")
    with tenant_scope(acme.pk):
        return Receipt.objects.get(kind="secret.write")


@pytest.fixture
def evidence(acme: Tenant) -> EvidenceBundle:
    signer = signing_ring().signer
    assert isinstance(signer, PrivateKey)
    content = bundle(signer)
    return EvidenceBundle.objects.using("owner").create(
        tenant_id=acme.pk,
        subject_type="execution",
        subject_id=uuid4(),
        digest=digest_bytes(content),
        size=len(content),
        key_id=signer.public.id,
        content=content,
    )


def page(user: User, name: str, pk: object) -> str:
    return (
        signed_in(user).get(reverse(f"admin:governance_{name}_change", args=[pk])).content.decode()
    )


def test_what_verifies_says_so_and_what_does_not_says_why(
    auditor: User, acme: Tenant, receipt: Receipt, evidence: EvidenceBundle
) -> None:
    assert ">Verified<" in page(auditor, "receipt", receipt.pk)
    assert ">Verified<" in page(auditor, "evidencebundle", evidence.pk)
    rows = fill(acme)
    forged = page(auditor, "receipt", rows[Receipt].pk)
    assert "Not valid" in forged
    assert "0 of the keys" in forged
    assert "no gzip file" in page(auditor, "evidencebundle", rows[EvidenceBundle].pk)


def test_they_are_taken_away_and_verify(
    auditor: User, receipt: Receipt, evidence: EvidenceBundle
) -> None:
    client, keys = signed_in(auditor), signing_ring().trusted
    envelope = client.get(reverse("admin:governance_receipt_download", args=[receipt.pk]))
    statement, _ = verify_statement(envelope.content, keys, predicate_type=RECEIPT_TYPE)
    assert statement == receipt.statement
    packed = client.get(reverse("admin:governance_evidencebundle_download", args=[evidence.pk]))
    assert verify_bundle(packed.content, keys).digest == evidence.digest
    assert "attachment" in packed["Content-Disposition"]


def test_nobody_of_a_tenant_takes_them_away_here(
    tenant_admin: User, receipt: Receipt, evidence: EvidenceBundle
) -> None:
    for name, pk in (("receipt", receipt.pk), ("evidencebundle", evidence.pk)):
        address = reverse(f"admin:governance_{name}_download", args=[pk])
        assert signed_in(tenant_admin).get(address).status_code in (302, 403)


def test_what_is_not_there_is_not_found(auditor: User) -> None:
    for name in ("receipt", "evidencebundle"):
        address = reverse(f"admin:governance_{name}_download", args=[uuid4()])
        assert signed_in(auditor).get(address).status_code == 404
