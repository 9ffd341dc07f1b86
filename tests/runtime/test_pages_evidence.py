"""The page of an execution's evidence, and the way there."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from governance.signing import signing_ring
from governance.trust.evidence import verify_bundle
from maestro.kernel.actor import Actor
from maestro.runtime.services.make_evidence import make_evidence
from maestro.tenancy.models import Tenant
from tests.pages.browser import faults, parse
from tests.runtime.driving import ALIASES, freeze, run
from tests.tenancy.settings_forms import signed_in_as

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

SIMPLE = "- {id: one, task: core.set@1, with: {values: {}}}\n"


@pytest.fixture
def browser(acme: Tenant) -> Client:
    return signed_in_as(acme, "viewer")[0]


def test_an_execution_leads_to_its_evidence_once_that_is_made(
    author: Actor, browser: Client
) -> None:
    freeze(author, SIMPLE)
    execution = run(author)
    page, there = (
        reverse(f"runtime:{name}", args=[execution.pk]) for name in ("execution", "evidence")
    )
    assert "It is being made" in browser.get(page).content.decode()
    waiting = browser.get(there)
    assert waiting.status_code == 409
    assert "Its evidence is being made." in waiting.content.decode()
    make_evidence()
    assert f'href="{there}"' in browser.get(page).content.decode()
    text = browser.get(there).content.decode()
    assert "Verified" in text
    assert signing_ring().signer.public.id[:16] in text
    assert "workflow.json" in text
    assert faults(parse(text)) == []


def test_the_bundle_that_is_taken_away_verifies(author: Actor, browser: Client) -> None:
    freeze(author, SIMPLE)
    execution = run(author)
    make_evidence()
    answer = browser.get(reverse("runtime:evidence_bundle", args=[execution.pk]))
    assert answer["Content-Type"] == "application/gzip"
    found = verify_bundle(answer.content, signing_ring().trusted)
    assert found.record["execution"]["id"] == str(execution.pk)


def test_a_bundle_that_was_changed_is_said_not_to_verify(author: Actor, browser: Client) -> None:
    freeze(author, SIMPLE)
    execution = run(author)
    make_evidence()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE governance_evidencebundle DISABLE TRIGGER append_only")
        cursor.execute("UPDATE governance_evidencebundle SET content = set_byte(content, 3000, 7)")
        cursor.execute("ALTER TABLE governance_evidencebundle ENABLE TRIGGER append_only")
    text = browser.get(reverse("runtime:evidence", args=[execution.pk])).content.decode()
    assert "This bundle does not verify" in text
    assert "Verified" not in text


def test_another_tenant_finds_none(author: Actor, globex: Tenant) -> None:
    freeze(author, SIMPLE)
    execution = run(author)
    make_evidence()
    stranger = signed_in_as(globex, "admin")[0]
    for name in ("evidence", "evidence_bundle"):
        assert stranger.get(reverse(f"runtime:{name}", args=[execution.pk])).status_code == 404
