"""Receipts: an in-toto Statement, digested canonically, that nobody changes."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest
import rfc8785
from django.db import DatabaseError, connections, transaction

from governance.models import Receipt
from governance.resource import Resource
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from governance.services.verify_receipt import Verification, verify_receipt
from governance.signing import signing_ring
from governance.trust.statement import RECEIPT_TYPE
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of

COMMITTED = pytest.mark.django_db(transaction=True, databases=["default", "jobs", "owner"])
FROZEN = "sha256:" + hashlib.sha256(b"a document").hexdigest()


def issue(tenant: Tenant, actor: Actor, **changes: object) -> Receipt:
    given: dict[str, object] = {
        "kind": "workflow.freeze",
        "actor": actor,
        "tenant_id": tenant.pk,
        "subject_type": "workflow",
        "subject_id": "w1",
        "subject_digest": FROZEN,
        "predicate": {"version": "1.0.0", "by": uuid4(), "tags": {"b", "a"}},
    }
    return issue_receipt(**(given | changes))  # type: ignore[arg-type]


def test_a_receipt_is_a_statement_about_its_subject(acme: Tenant, author: Actor) -> None:
    with tenant_scope(acme.pk):
        decision = authorize(
            actor=author, action="workflow.freeze", resource=Resource("workflow", "w1", acme.pk)
        )
        receipt = issue(acme, author, decision=decision)
        receipt.refresh_from_db()
    statement = receipt.statement
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [
        {"name": "workflow/w1", "digest": {"sha256": FROZEN.removeprefix("sha256:")}}
    ]
    assert statement["predicateType"] == RECEIPT_TYPE
    said = statement["predicate"]
    assert said["kind"] == receipt.kind == "workflow.freeze"
    assert said["actor"] == {"kind": "user", "id": str(author.id), "name": author.name}
    assert said["purpose"] == receipt.purpose == "practice"
    assert said["decision"] == {"id": str(decision.pk), "revision": decision.revision}
    assert said["what"]["tags"] == ["a", "b"]
    assert receipt.decision_id == decision.pk
    assert verify_receipt(receipt) == Verification(
        True, frozenset({signing_ring().signer.public.id})
    )


def test_the_digest_is_over_the_canonical_bytes_of_what_is_stored(
    acme: Tenant, author: Actor
) -> None:
    with tenant_scope(acme.pk):
        stored = Receipt.objects.get(pk=issue(acme, author).pk)
    canonical = rfc8785.dumps(stored.statement)
    assert stored.digest == "sha256:" + hashlib.sha256(canonical).hexdigest()


def test_receipts_are_found_by_their_subject(acme: Tenant, author: Actor) -> None:
    with tenant_scope(acme.pk):
        first, second = issue(acme, author), issue(acme, author, kind="workflow.update")
        issue(acme, author, subject_id="w2")
        found = Receipt.objects.for_tenant(acme.pk).of("workflow", "w1").newest_first()
        assert list(found) == [second, first]


def test_another_tenant_sees_none_of_them(acme: Tenant, globex: Tenant, author: Actor) -> None:
    issue(acme, author)
    with tenant_scope(globex.pk):
        assert not Receipt.objects.exists()


@pytest.mark.parametrize("digest", ["", "a" * 64, "sha256:xyz", FROZEN + "0", "sha512:" + "a" * 64])
def test_a_subject_without_a_digest_gets_none(acme: Tenant, author: Actor, digest: str) -> None:
    with pytest.raises(ValueError, match="sha256"):
        issue(acme, author, subject_digest=digest)


@COMMITTED
@pytest.mark.parametrize("alias", ["default", "jobs", "owner"])
@pytest.mark.parametrize(
    "change", ["UPDATE governance_receipt SET kind = 'other'", "DELETE FROM governance_receipt"]
)
def test_a_receipt_never_changes_whoever_asks(acme: Tenant, alias: str, change: str) -> None:
    receipt = issue(acme, actor_of(acme, "author"))
    with pytest.raises(DatabaseError):
        run(alias, acme, change)
    with tenant_scope(acme.pk):
        assert Receipt.objects.get().kind == receipt.kind


def run(alias: str, tenant: Tenant, statement: str) -> None:
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT set_config('maestro.tenant', %s, true)", [str(tenant.pk)])
        cursor.execute(statement)
