"""What an upgrade would do, shown while one answers: a run in memory, and each secret and endpoint."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from governance.models import Decision
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, Grant
from maestro.tenancy.models import Tenant
from marketplace.models import WorkflowInstance
from marketplace.services.configure_installation import configure_installation
from marketplace.services.prepare_upgrade import Overrides, prepare_upgrade
from marketplace.services.simulate_upgrade import simulate_upgrade
from marketplace.services.stop_installation import stop_installation
from tests.api.calling import caller_in, is_problem
from tests.factories import actor_of
from tests.marketplace.test_install_pages import signed_in
from tests.marketplace.test_upgrading_pages import HERE, PAGE, sent, text
from tests.marketplace.worlds import installed, released
from tests.runtime.driving import ALIASES
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

PREVIEW = f"{PAGE}preview/"
CALL = """
- id: call
  task: http.request@1
  with: {{url: "${{{{ endpoints.{endpoint} + '/' + string(params.{number}) }}}}",
    auth: {{bearer: "${{{{ secrets.{secret} }}}}"}}}}
"""
FIRST = "parameters: {type: object, required: [n], properties: {n: {type: integer}}}"
SECOND = "parameters: {type: object, required: [count], properties: {count: {type: integer}}}"
OLD = """
secrets: {token: {description: Old}, spare: {description: Gone later}}
endpoints: {there: {default: "https://there.example/v1"}}
"""
NEW = """
secrets: {bearer: {description: Renamed}, extra: {description: New}}
endpoints: {api: {default: "https://there.example/v1"}, more: {default: "https://more.example"}}
migrations: [{from: '<2.0.0', rename: {n: count}, secrets: {token: bearer}, endpoints: {there: api}}]
"""


@pytest.fixture
def admin(author: Actor, globex: Tenant) -> Actor:
    """Who installed acme/tried 1.0.0 at globex and looks at 2.0.0, which renames what it is given."""
    admin = actor_of(globex, "admin")
    for name in ("vendor", "spare"):
        set_secret(actor=admin, tenant_id=globex.pk, name=name, value="s3cr3t-value")
    steps = CALL.format(endpoint="there", number="n", secret="token")
    released(author, steps, parameters=FIRST, rest=OLD)
    installed(admin, secrets={"token": "vendor", "spare": "spare"})
    steps = CALL.format(endpoint="api", number="count", secret="bearer")
    released(author, steps, parameters=SECOND, rest=NEW, version="2.0.0")
    return admin


@pytest.fixture
def browser(admin: Actor, globex: Tenant) -> Client:
    """An admin of globex, signed in."""
    return signed_in(globex, "admin")


def simulated(actor: Actor, **overrides: Any) -> Any:
    """A run of it after the upgrade."""
    found = prepare_upgrade(actor=actor, name="mine", overrides=Overrides(**overrides))
    return simulate_upgrade(actor=actor, found=found)


def rows(page: str, title: str) -> dict[str, str]:
    """Name → how, of the table under the heading."""
    part = page.partition(f"<h2>{title}</h2>")[2].partition("</table>")[0]
    cells = [re.sub(r"<[^>]*>", " ", f"<tr{row}").split() for row in part.split("<tr")[2:]]
    return {cell[0]: " ".join(cell[1:]) for cell in cells}


def test_a_run_of_the_target_is_told_with_what_the_rules_made(admin: Actor, globex: Tenant) -> None:
    granted = simulated(admin, hosts=["there.example", "more.example"]).simulation
    call = granted.steps[0].calls[0]
    assert (call.host, call.summary) == ("there.example", "GET https://there.example/v1/3")
    assert granted.secrets == ["extra", "vendor"]
    assert granted.missing_secrets == ["extra"]
    assert granted.refusals == []
    with tenant_scope(globex.pk):
        assert Execution.objects.count() == 0
        assert Grant.objects.count() == 1
        assert WorkflowInstance.objects.get().number == "1.0.0"


def test_what_would_refuse_a_run_after_the_upgrade_is_said(admin: Actor) -> None:
    stop_installation(actor=admin, name="mine", reason="It looped.")
    told = simulated(admin).simulation
    assert {one["code"] for one in told.refusals} == {"host_not_granted", "installation_stopped"}


def test_it_is_run_for_a_purpose_that_the_installation_is_for(admin: Actor) -> None:
    configure_installation(
        actor=admin, name="mine", changes={"policies": {"purposes": ["finops.review"]}}
    )
    told = simulated(admin, hosts=["there.example", "more.example"])
    assert (told.purpose, told.simulation.refusals) == ("finops.review", [])


def test_what_is_open_is_said_in_the_place_of_a_simulation(admin: Actor) -> None:
    told = simulated(admin, parameters={"count": "many"})
    assert told.simulation is None
    assert [one.path for one in told.problems] == ["/parameters/count"]


def test_who_may_not_simulate_is_told_and_it_is_not_on_record(admin: Actor, globex: Tenant) -> None:
    viewer = actor_of(globex, "viewer")
    told = simulated(viewer)
    assert told.simulation is None
    assert "operator" in told.why_not
    with tenant_scope(globex.pk):
        assert not Decision.objects.filter(allow=False).exists()


def test_the_page_shows_each_secret_and_endpoint_and_asks_for_new_ones(browser: Client) -> None:
    page = text(browser.get(PAGE))
    secrets = rows(page, "Your secrets after the upgrade")
    assert "Renamed, choice kept" in secrets["bearer"]
    assert "token = vendor vendor" in secrets["bearer"]
    assert "Pick a stored secret" in secrets["extra"]
    assert "Not asked for any more" in secrets["spare"]
    endpoints = rows(page, "Your endpoints after the upgrade")
    assert "there = https://there.example/v1" in endpoints["api"]
    assert "The author’s address" in endpoints["more"]
    needs, _, others = page.partition("What it needs of you")[2].partition(
        "Change what it is given"
    )
    assert 'name="secret.extra"' in needs and 'name="endpoint.more"' in needs  # noqa: PT018
    assert 'name="secret.bearer"' in others and 'name="endpoint.api"' in others  # noqa: PT018
    assert "What a run would do after the upgrade" in page


def test_the_parts_follow_what_one_answers_and_nothing_is_written(
    browser: Client, globex: Tenant
) -> None:
    page = browser.get(PAGE).content.decode()
    assert f'data-hx-post="{PREVIEW}"' in page
    given = sent(text(browser.get(PAGE)), **{"p/count": "7", "secret.extra": "spare"}, host=[
        "there.example", "more.example",
    ])  # fmt: skip
    part = text(browser.post(PREVIEW, given))
    assert "<html" not in part
    assert "Policy would allow it" in part
    assert "Given by you" in part
    assert "Picked by you" in rows(part, "Your secrets after the upgrade")["extra"]
    assert "https://there.example/v1/7" in part
    assert "Would succeed" in part
    open_yet = text(browser.post(PREVIEW, given | {"p/count": "many"}))
    assert "What is open" in open_yet
    assert "It is simulated once what is open is answered." in open_yet
    checked = text(browser.post(PAGE, given | {"mode": "check"}))
    assert "https://there.example/v1/7" in checked
    with tenant_scope(globex.pk):
        assert WorkflowInstance.objects.get().number == "1.0.0"


def test_that_secrets_were_shown_is_recorded_once_for_each_answer(
    browser: Client, globex: Tenant
) -> None:
    def recorded() -> int:
        with tenant_scope(globex.pk):
            return Decision.objects.filter(action="secret.read").count()

    given = sent(text(browser.get(PAGE)))
    for address, more in ((PREVIEW, {}), (PAGE, {"mode": "check"})):
        before = recorded()
        text(browser.post(address, given | more))
        assert recorded() == before + 1, address


def test_what_is_chosen_for_new_names_is_what_is_upgraded_to(
    browser: Client, globex: Tenant
) -> None:
    own = "https://own.example/api"
    given = sent(text(browser.get(PAGE))) | {
        "p/count": "7",
        "secret.bearer": "vendor",
        "secret.extra": "spare",
        "endpoint.api": "https://there.example/v1",
        "endpoint.more": own,
        "host": ["there.example", "own.example"],
    }
    answer = browser.post(PAGE, given)
    assert (answer.status_code, answer["Location"]) == (302, HERE), text(answer, 400)
    with tenant_scope(globex.pk):
        found = WorkflowInstance.objects.get()
    assert found.secrets == {"bearer": "vendor", "extra": "spare"}
    assert found.endpoints == {"api": "https://there.example/v1", "more": own}


def test_an_address_of_one_s_own_goes_along_and_can_be_given_back(
    browser: Client, admin: Actor, globex: Tenant
) -> None:
    own = "https://own.example/api"
    changes = {"endpoints": {"there": own}, "hosts": ["own.example"]}
    configure_installation(actor=admin, name="mine", changes=changes)
    page = text(browser.get(PAGE))
    assert "yours kept" in rows(page, "Your endpoints after the upgrade")["api"]
    given = sent(page) | {"endpoint.api": "https://there.example/v1", "endpoint.more": ""}
    part = text(browser.post(PREVIEW, given))
    assert "Given by you" in rows(part, "Your endpoints after the upgrade")["api"]


def test_the_api_simulates_an_upgrade(admin: Actor, acme: Tenant, globex: Tenant) -> None:
    calls = caller_in(globex, "admin")
    path = "installations/mine/upgrade/simulate/"
    given = {"hosts": ["there.example", "more.example"], "secrets": {"extra": "spare"}}
    answer = calls.post(path, given)
    assert answer.status_code == 200, answer.json()
    told = answer.json()
    assert (told["version"], told["why_not"], told["problems"]) == ("2.0.0", "", [])
    assert told["parameters"] == {"count": 3}
    assert told["simulation"]["steps"][0]["calls"][0]["host"] == "there.example"
    assert told["simulation"]["secrets"] == ["spare", "vendor"]
    wrong = calls.post(path, given | {"parameters": {"count": "x"}}).json()
    assert wrong["simulation"] is None
    assert [one["path"] for one in wrong["problems"]] == ["/parameters/count"]
    is_problem(caller_in(acme, "admin").post(path, given), 404, "not_found")


def test_how_many_statements_the_page_and_its_parts_take(browser: Client) -> None:
    given = sent(text(browser.get(PAGE)))
    with statements_at_most(11):
        browser.get(PAGE)
    with statements_at_most(10):
        browser.post(PREVIEW, given)
