"""What can go wrong while installing, by API and by form: one clear outcome each, nothing half-written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from catalog.models import Visibility
from governance.policy import engine as engines
from governance.policy.follow import Database
from governance.policy.rules import Followed, TenantData
from governance.services.set_policy_data import set_policy_data
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import Tenant
from tests.addresses import addresses
from tests.api.calling import Answer, Caller, caller_in
from tests.factories import actor_of
from tests.marketplace.test_install import count
from tests.marketplace.test_install_pages import INSTALL, sent, signed_in, text_of
from tests.marketplace.worlds import ASKING, ONE, forged, installed, published, released, withdraw
from tests.runtime.driving import ALIASES, document, look, steps_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

GIVEN: dict[str, Any] = {
    "release": "acme/tried",
    "name": "mine",
    "parameters": {"n": 3},
    "environment": "development",
    "region": "eu",
}
NONE = (0, 0, 0, 0)
CALLS = "- {id: a, task: workflow.call@1, with: {workflow: helper, parameters: {n: 1}}}"


@pytest.fixture
def partner(globex: Tenant) -> Caller:
    """Who may install into globex, and little else."""
    return caller_in(globex, "installer")


@pytest.fixture
def only_eu(globex: Tenant) -> Iterator[None]:
    """Work of globex stays in the EU."""
    source = Database()
    book = Followed(source.rules)
    before = engines.use_book(book)
    try:
        data = TenantData(regions=("eu",))
        set_policy_data(actor=actor_of(globex, "admin"), tenant_id=globex.pk, data=data)
        book.forget()
        yield
    finally:
        engines.use_book(before)
        source.close()


def refused(answer: Answer) -> tuple[int, str]:
    """How it was refused."""
    return answer.status_code, answer.json()["code"]


def test_a_release_withdrawn_after_it_was_looked_at_is_not_installed(
    author: Actor, globex: Tenant, partner: Caller
) -> None:
    release = released(author)
    assert partner.post("installations/preview/", GIVEN).json()["allowed"] is True
    form = text_of(signed_in(globex, "installer").get(INSTALL))
    withdraw(release)
    named = GIVEN | {"release": "acme/tried@1.0.0", "expected_digest": release.digest}
    assert refused(partner.post("installations/", named)) == (409, "release_withdrawn")
    answer = signed_in(globex, "installer").post(f"{INSTALL}?number=1.0.0", sent(form))
    assert answer.status_code in (404, 409)
    assert count(globex) == NONE


def test_a_secret_in_clear_is_refused_and_not_said_again(
    author: Actor, globex: Tenant, partner: Caller
) -> None:
    text = "parameters: {type: object, properties: {api_token: {type: string}}}"
    released(author, "- {id: a, task: core.set@1, with: {values: {}}}", parameters=text)
    secret = "correct-horse-9-battery"
    answer = partner.post("installations/", GIVEN | {"parameters": {"api_token": secret}})
    assert refused(answer) == (400, "installation_invalid")
    assert [one["code"] for one in answer.json()["problems"]] == ["secret_in_clear"]
    assert secret not in str(answer.content)
    assert count(globex) == NONE


def test_a_forged_statement_is_not_installed(
    author: Actor, globex: Tenant, partner: Caller
) -> None:
    forged(author)
    assert refused(partner.post("installations/", GIVEN)) == (409, "signature_not_verified")
    browser = signed_in(globex, "installer")
    page = text_of(browser.get(INSTALL))
    assert "Signature not verified" in page
    assert browser.post(INSTALL, sent(page)).status_code == 409
    assert count(globex) == NONE


@pytest.mark.usefixtures("only_eu")
def test_a_region_that_policy_forbids_is_refused(
    author: Actor, globex: Tenant, partner: Caller
) -> None:
    released(author)
    answer = partner.post("installations/", GIVEN | {"region": "us"})
    assert refused(answer) == (403, "denied")
    assert [one["code"] for one in answer.json()["reasons"]] == ["region_not_allowed"]
    assert count(globex) == NONE
    assert partner.post("installations/", GIVEN).status_code == 201
    moved = partner.patch("installations/mine/", {"region": "us"})
    assert [one["code"] for one in moved.json()["reasons"]] == ["region_not_allowed"]


def test_what_calls_a_template_that_is_not_for_the_tenant_fails_and_shows_nothing_of_it(
    author: Actor, globex: Tenant, partner: Caller
) -> None:
    released(author, name="helper", visibility=Visibility.INTERNAL)
    released(author, CALLS, parameters="parameters: {type: object, properties: {}}")
    assert partner.post("installations/", GIVEN | {"parameters": {}}).status_code == 201
    hidden = GIVEN | {"release": "acme/helper", "name": "helper"}
    assert partner.post("installations/", hidden).status_code == 404
    started = partner.post("executions/", {"installation": "mine"}).json()["id"]
    drive(started)
    with tenant_scope(globex.pk):
        execution = Execution.objects.get()
    error = steps_of(look(execution))["a"].error
    assert error is not None
    assert "acme/helper is not installed here" in error["message"]
    assert look(execution).status == "failed"
    assert count(globex) == (1, 1, 1, 1)


def test_a_partner_installs_configures_and_runs_by_form_and_does_nothing_else(
    acme: Tenant, globex: Tenant
) -> None:
    published(
        acme,
        visibility="partner-curated",
        audience=["globex"],
        steps=ONE,
        parameters=ASKING,
        rest="examples:\n  - {title: One, parameters: {n: 1}}",
    )
    browser = signed_in(globex, "installer")
    page = text_of(browser.get(INSTALL))
    assert "Policy would allow it" in page
    assert browser.post(INSTALL, sent(page))["Location"] == "/installations/mine/"
    page = text_of(browser.get("/installations/mine/configure/"))
    assert "You may change what it runs with" in page
    form = text_of(browser.get("/installations/mine/run/"))
    key = form.partition('name="key" value="')[2].partition('"')[0]
    given = {"key": key, "mode": "run", "p/n": "5", "p/kind": "b", "purpose": "practice"}
    assert "/executions/" in browser.post("/installations/mine/run/", given)["Location"]
    assert browser.post("/installations/mine/stop/", {"reason": "No."}).status_code == 403
    assert browser.post("/installations/mine/uninstall/").status_code == 403
    source, kind = document(ONE, parameters=ASKING), "application/yaml"
    api = caller_in(globex, "installer")
    own = api.post("workflows/tried/versions/", source, media_type=kind)
    assert own.status_code == 403
    assert count(globex) == (1, 1, 1, 1)
    assert signed_in(acme, "installer").get("/installations/mine/").status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_tenants_installation_is_nowhere(
    author: Actor, globex: Tenant, acme: Tenant, method: str
) -> None:
    released(author)
    installed(actor_of(globex, "admin"))
    stranger = signed_in(acme, "admin", "installer")
    asked = [one for one in addresses() if "installation_name" in one.arguments]
    pages = [one for one in asked if one.front != "api" and len(one.arguments) == 1]
    assert len(pages) > 5
    for each in pages:
        path = each.path({"installation_name": "mine"})
        answer = stranger.get(path) if method == "GET" else stranger.post(path, {"reason": "No."})
        assert answer.status_code in (404, 405), each.name
    assert count(globex) == (1, 1, 1, 1)
