"""What is kept of a run of an installation: on its page, in its evidence, in the list."""

from __future__ import annotations

from typing import Any

import pytest

from governance.models import EvidenceBundle
from governance.signing import signing_ring
from governance.trust.evidence import verify_bundle
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, SavedFilter
from maestro.runtime.services.make_evidence import make_evidence
from maestro.runtime.services.start_execution import start_execution
from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import Tenant
from marketplace.models import Release
from marketplace.services.stop_installation import uninstall
from tests.factories import actor_of
from tests.marketplace.test_install_pages import signed_in, text_of
from tests.marketplace.worlds import ASKING, ONE, installed, released
from tests.runtime.driving import ALIASES, freeze, look, start

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


@pytest.fixture
def release(author: Actor) -> Release:
    """What acme published."""
    return released(author)


@pytest.fixture
def execution(release: Release, globex: Tenant) -> Execution:
    """What globex ran of it, installed as `mine`; it has ended."""
    admin = actor_of(globex, "admin")
    installed(admin, region="eu")
    return run(admin, "mine")


def run(actor: Actor, installation: str) -> Execution:
    """Run it to its end."""
    started = start_execution(actor=actor, installation=installation).execution
    drive(started.pk)
    return look(started)


def record_of(execution: Execution) -> dict[str, Any]:
    """What the evidence says, once it verifies."""
    with tenant_scope(execution.tenant_id):
        content = bytes(EvidenceBundle.objects.get(subject_id=execution.pk).content)
    return verify_bundle(content, signing_ring().trusted).record


def test_evidence_names_the_installation_its_grant_and_the_release_that_verified(
    execution: Execution, release: Release
) -> None:
    make_evidence()
    said = record_of(execution)["installation"]
    verified_at = said["release"].pop("verified_at")
    assert said == {
        "id": str(execution.installation_id),
        "name": "mine",
        "grant": str(execution.grant_id),
        "environment": "development",
        "region": "eu",
        "release": {"address": "acme/tried@1.0.0", "statement": digest(release.statement)},
    }
    assert verified_at == record_of(execution)["execution"]["created_at"]


def test_evidence_of_a_workflow_of_one_s_own_names_none(author: Actor) -> None:
    freeze(author, ONE, parameters=ASKING)
    own = start(author, parameters={"n": 1})
    drive(own.pk)
    make_evidence()
    assert "installation" not in record_of(own)


def test_the_pages_of_an_execution_and_of_its_evidence_name_them_too(
    execution: Execution, globex: Tenant, release: Release
) -> None:
    make_evidence()
    browser = signed_in(globex, "viewer")
    page = text_of(browser.get(f"/executions/{execution.pk}/"))
    for said in ('href="/installations/mine/"', "acme/tried@1.0.0", "verified at its start"):
        assert said in page, said
    page = text_of(browser.get(f"/executions/{execution.pk}/evidence/"))
    for said in ("mine", "acme/tried@1.0.0", digest(release.statement), str(execution.grant_id)):
        assert said in page, said


def test_the_list_shows_those_of_one_installation_and_is_saved_as_a_view(
    execution: Execution, globex: Tenant
) -> None:
    admin = actor_of(globex, "admin")
    installed(admin, name="other")
    another = run(admin, "other")
    browser = signed_in(globex, "viewer")
    assert 'href="/executions/?installation=mine"' in text_of(browser.get("/installations/mine/"))
    for asked in ("mine", str(execution.installation_id)):
        page = text_of(browser.get(f"/executions/?installation={asked}"))
        assert str(execution.pk) in page
        assert str(another.pk) not in page
        assert f'value="{asked}"' in page
        assert "Installation" in page
    assert browser.post("/executions/?installation=mine", {"view_name": "Mine"}).status_code == 302
    with tenant_scope(globex.pk):
        assert SavedFilter.objects.get().query == "installation=mine"


def test_one_of_no_installation_and_of_another_tenant_s_lists_nothing(
    execution: Execution, globex: Tenant, acme: Tenant
) -> None:
    assert str(execution.pk) not in text_of(
        signed_in(globex, "viewer").get("/executions/?installation=nothing")
    )
    theirs = signed_in(acme, "viewer")
    for asked in ("mine", execution.installation_id):
        page = theirs.get(f"/executions/?installation={asked}")
        assert page.status_code == 200
        assert str(execution.pk) not in text_of(page)


def test_what_an_uninstalled_one_ran_is_listed_by_its_id(
    execution: Execution, globex: Tenant
) -> None:
    uninstall(actor=actor_of(globex, "admin"), name="mine")
    browser = signed_in(globex, "viewer")
    page = text_of(browser.get(f"/executions/?installation={execution.installation_id}"))
    assert str(execution.pk) in page
