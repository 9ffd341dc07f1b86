"""`/api/templates/` and `/api/releases/`: found, read, and who is on which version."""

from __future__ import annotations

import pytest

from governance.signing import signing_ring
from governance.trust.dsse import envelope_of
from governance.trust.statement import RELEASE_TYPE, verify_statement
from maestro.kernel.clock import now
from maestro.kernel.identity import new_id
from maestro.tenancy.models import Tenant
from marketplace.models import Adoption
from tests.api.calling import PROBLEM, Caller, caller_in
from tests.api.test_budgets import asked
from tests.marketplace.making import listed

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)


@pytest.fixture
def calls(globex: Tenant) -> Caller:
    return caller_in(globex, "viewer")


def test_templates_are_found_with_counts(calls: Caller, acme: Tenant) -> None:
    listed(acme, "cost-anomaly", category="FinOps")
    listed(acme, "offboard", category="HR")
    listed(acme, "own", visibility="internal-only")
    body = calls.get("templates/?category=FinOps").json()
    assert [each["address"] for each in body["results"]] == ["acme/cost-anomaly"]
    assert (body["count"], body["page"], body["pages"]) == (1, 1, 1)
    counts = {each["value"]: each["count"] for each in body["facets"]["category"]}
    assert (counts["FinOps"], counts["HR"]) == (1, 1)
    assert body["results"][0]["failure_rate"] is None


def test_a_template_comes_with_its_latest_release(calls: Caller, acme: Tenant) -> None:
    listed(acme, "cost-anomaly", "1.0.0", "1.1.0")
    body = calls.get("templates/acme/cost-anomaly/").json()
    assert body["latest"]["number"] == "1.1.0"
    assert body["latest"]["verified"] is True
    assert body["latest"]["capabilities"]["hosts"] == ["billing.example"]
    assert [each["number"] for each in body["releases"]] == ["1.1.0", "1.0.0"]


def test_a_release_comes_with_an_attestation_that_verifies(calls: Caller, acme: Tenant) -> None:
    listed(acme, "cost-anomaly", "1.0.0", "1.1.0")
    body = calls.get("releases/acme/cost-anomaly/1.0.0/").json()
    claim, _ = verify_statement(
        envelope_of(body["attestation"]), signing_ring().trusted, predicate_type=RELEASE_TYPE
    )
    assert f"sha256:{claim['subject'][0]['digest']['sha256']}" == body["digest"]


def test_what_the_tenant_does_not_find_is_not_there(calls: Caller, acme: Tenant) -> None:
    listed(acme, "own", visibility="internal-only")
    for path in (
        "templates/acme/own/",
        "releases/acme/own/1.0.0/",
        "templates/acme/own/adoptions/",
    ):
        answer = calls.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM), path
    assert calls.get("templates/").json()["count"] == 0


def test_the_publisher_reads_who_is_on_which_version(
    calls: Caller, acme: Tenant, globex: Tenant
) -> None:
    template = listed(acme, "cost-anomaly")
    Adoption.objects.using("owner").bulk_create(
        Adoption(
            tenant_id=acme.pk, template_id=template.pk, installation_id=new_id(),
            installer_id=globex.pk, installer_slug="globex", since=now(), number="1.0.0",
            channel="pin", status="active",
        )
        for _ in range(51)
    )  # fmt: skip
    own = caller_in(acme, "viewer")
    path = "templates/acme/cost-anomaly/adoptions/"
    first = own.get(path).json()
    assert first["by_number"] == {"1.0.0": 51}
    assert set(first["results"][0]) == {"tenant", "number", "channel", "status", "since"}
    assert len(own.get(f"{path}?below={first['next']}").json()["results"]) == 1
    assert own.get(f"{path}?below=x").status_code == 400
    assert calls.get(path).status_code == 404


def test_what_reading_costs(calls: Caller, acme: Tenant) -> None:
    listed(acme, "cost-anomaly", "1.0.0", "1.1.0")
    assert len(asked(lambda: calls.get("templates/?q=cost&badge=trusted"))) == 3 + 4
    assert len(asked(lambda: calls.get("templates/acme/cost-anomaly/"))) == 3 + 7
    assert len(asked(lambda: calls.get("releases/acme/cost-anomaly/1.0.0/"))) == 3 + 7
