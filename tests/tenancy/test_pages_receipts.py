"""A receipt's page: it verifies at the moment it is looked at, and can be taken away."""

from __future__ import annotations

import json

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from governance.models import Receipt
from governance.services.set_secret import set_secret
from governance.signing import signing_ring
from governance.trust.keys import read_public_keys
from governance.trust.statement import RECEIPT_TYPE, verify_statement
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of
from tests.pages.browser import faults, parse
from tests.runtime.driving import ALIASES
from tests.tenancy.settings_forms import signed_in_as

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


@pytest.fixture
def receipt(acme: Tenant) -> Receipt:
    """Proof that a secret was stored."""
    admin: Actor = actor_of(acme, "admin")
    set_secret(actor=admin, tenant_id=acme.pk, name="key", value="a-long-value")
    with tenant_scope(acme.pk):
        return Receipt.objects.get(kind="secret.write")


@pytest.fixture
def browser(acme: Tenant) -> Client:
    return signed_in_as(acme, "viewer")[0]


def test_the_page_says_that_it_verifies_and_by_whose_key(browser: Client, receipt: Receipt) -> None:
    text = browser.get(reverse("tenancy:receipt", args=[receipt.pk])).content.decode()
    assert "Verified" in text
    assert signing_ring().signer.public.id in text
    assert "secret/key" in text
    assert "a-long-value" not in text
    assert faults(parse(text)) == []


def test_a_row_that_was_changed_does_not_verify(browser: Client, receipt: Receipt) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE governance_receipt DISABLE TRIGGER append_only")
        cursor.execute(
            "UPDATE governance_receipt SET statement ="
            " jsonb_set(statement, '{predicate,actor,name}', '\"Somebody else\"')"
        )
        cursor.execute("ALTER TABLE governance_receipt ENABLE TRIGGER append_only")
    text = browser.get(reverse("tenancy:receipt", args=[receipt.pk])).content.decode()
    assert "This receipt does not verify" in text
    assert "Not valid" in text
    assert "Verified" not in text


def test_the_envelope_verifies_with_the_keys_that_are_published(
    browser: Client, receipt: Receipt
) -> None:
    answer = browser.get(reverse("tenancy:receipt_envelope", args=[receipt.pk]))
    assert "attachment" in answer["Content-Disposition"]
    published = Client().get(reverse("signing_keys"))
    assert b"PRIVATE" not in published.content
    keys = read_public_keys(published.content)
    found, signers = verify_statement(answer.content, keys, predicate_type=RECEIPT_TYPE)
    assert found == receipt.statement
    assert len(signers) == 1
    assert json.loads(answer.content)["payloadType"] == "application/vnd.in-toto+json"


def test_another_tenant_finds_no_such_receipt(globex: Tenant, receipt: Receipt) -> None:
    stranger = signed_in_as(globex, "admin")[0]
    for name in ("tenancy:receipt", "tenancy:receipt_envelope"):
        assert stranger.get(reverse(name, args=[receipt.pk])).status_code == 404
