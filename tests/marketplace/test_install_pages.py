"""Install from Marketplace, the installations and their run form, as a browser without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.tenancy.models import Tenant
from marketplace.models import Release, WorkflowInstance
from marketplace.services.stop_installation import stop_installation
from tests.factories import actor_of, make_member, reads_for
from tests.marketplace.worlds import installed, released, withdraw
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

INSTALL = "/marketplace/acme/tried/install/"


@pytest.fixture
def browser(acme: Tenant, globex: Tenant) -> Client:
    """An admin of globex, signed in; acme published a workflow."""
    released(actor_of(acme, "author"))
    return signed_in(globex, "admin")


def signed_in(tenant: Tenant, *roles: str) -> Client:
    """Somebody's browser."""
    client = Client()
    client.force_login(make_member(tenant, *roles))
    return reads_for(client)


def sent(form: str, **more: Any) -> dict[str, Any]:
    """What a browser posts of the form `form`, with `more` answered."""
    hidden = {
        name: form.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("key", "digest", "shown")
    }
    return {
        **hidden,
        "name": "mine",
        "number": "1.0.0",
        "channel": "pin",
        "environment": "development",
        "p/n": "3",
        "p/kind": "b",
        "quota.per_day": "5",
        "mode": "install",
    } | more


def text_of(answer: Any) -> str:
    """The page."""
    return str(answer.content.decode())


def test_the_form_shows_what_policy_says_before_anything_is_sent(browser: Client) -> None:
    page = text_of(browser.get(INSTALL))
    assert "Install into Globex" in page
    assert "Policy would allow it" in page
    assert 'value="tried"' in page
    assert "1. Place" in page
    assert 'id="errors"' not in page


def test_who_may_not_install_it_reads_so_on_top_before_they_answer_anything(
    browser: Client, globex: Tenant
) -> None:
    page = text_of(signed_in(globex, "viewer").get(INSTALL))
    told = page.index("You can’t install it here")
    assert told < page.index("1. Place")
    assert "This needs the role admin here." in page[told : told + 400]
    button = page[: page.index(">Check and install</button>")].rpartition("<button")[2]
    assert "disabled" in button
    assert "You can’t install it here" not in text_of(browser.get(INSTALL))


def test_it_is_installed_once_however_often_the_form_is_sent(
    browser: Client, globex: Tenant
) -> None:
    given = sent(text_of(browser.get(INSTALL)))
    for _ in range(2):
        answer = browser.post(INSTALL, given)
        assert answer.status_code == 302, text_of(answer)
        assert answer["Location"] == "/installations/mine/"
    with tenant_scope(globex.pk):
        made = WorkflowInstance.objects.get()
    assert made.parameters == {"n": 3, "kind": "b"}
    assert made.quotas == {"per_day": 5}


def test_all_that_is_wrong_is_named_at_its_question_and_nothing_is_installed(
    browser: Client, globex: Tenant
) -> None:
    given = sent(
        text_of(browser.get(INSTALL)),
        **{"name": "No", "p/n": "many", "environment": "", "quota.per_day": "x", "hosts": "*"},
    )
    answer = browser.post(INSTALL, given)
    page = text_of(answer)
    assert answer.status_code == 400
    assert "Nothing was installed." in page
    for target in ("#f-name", "#p-n", "#f-environment", "#f-quota-per_day", "#f-hosts"):
        assert f'href="{target}"' in page, target
    assert "2 problems" in page
    with tenant_scope(globex.pk):
        assert not WorkflowInstance.objects.exists()


@pytest.mark.parametrize("mode", ["install", "check"])
def test_a_number_that_can_t_be_read_comes_back_as_it_was_typed(browser: Client, mode: str) -> None:
    typed = {
        "p/n": "many",
        "quota.per_day": "-1",
        "quota.concurrent": "9 or so",
        "approvals": "2.5",
    }
    page = text_of(browser.post(INSTALL, sent(text_of(browser.get(INSTALL)), mode=mode, **typed)))
    for name, text in typed.items():
        field = page.partition(f'name="{name}" type="text" value="{text}"')[2].partition(">")[0]
        assert 'aria-invalid="true"' in field, name
    assert page.count("Give a whole number.") == 4  # beside each of the two, and on top
    assert page.count("Give a whole number from 1 to 100,000.") == 2


def test_checking_installs_nothing_and_says_that_nothing_is_wrong(
    browser: Client, globex: Tenant
) -> None:
    given = sent(text_of(browser.get(INSTALL)), mode="check")
    assert "Nothing is wrong" in text_of(browser.post(INSTALL, given))
    with tenant_scope(globex.pk):
        assert not WorkflowInstance.objects.exists()


def test_what_each_run_gives_is_ticked_instead_of_answered(browser: Client, globex: Tenant) -> None:
    given = sent(text_of(browser.get(INSTALL)), asked=["n"], **{"p/n": ""})
    assert browser.post(INSTALL, given).status_code == 302
    with tenant_scope(globex.pk):
        assert WorkflowInstance.objects.get().policies == {"asked": ["n"]}


def test_another_version_is_shown_before_it_is_installed(
    browser: Client, acme: Tenant, globex: Tenant
) -> None:
    released(actor_of(acme, "author"), version="1.1.0")
    given = sent(text_of(browser.get(INSTALL)), number="1.0.0")
    assert "version 1.0.0" in text_of(browser.post(INSTALL, given))
    with tenant_scope(globex.pk):
        assert not WorkflowInstance.objects.exists()


def test_who_may_not_install_reads_why(browser: Client, globex: Tenant) -> None:
    page = text_of(signed_in(globex, "operator").get(INSTALL))
    assert "Policy would refuse it" in page
    assert "needs the role admin" in page


def test_a_template_that_is_not_there_has_no_form(browser: Client) -> None:
    assert browser.get("/marketplace/acme/nothing/install/").status_code == 404


def test_the_list_is_empty_then_filtered_then_full(browser: Client, globex: Tenant) -> None:
    assert "Nothing is installed yet" in text_of(browser.get("/installations/"))
    installed(actor_of(globex, "admin"))
    assert "/installations/mine/" in text_of(browser.get("/installations/?q=tri&status=active"))
    assert "No installation matches" in text_of(browser.get("/installations/?q=nothing"))


def test_the_page_of_one_says_what_was_granted_and_what_happened(
    browser: Client, globex: Tenant, acme: Tenant
) -> None:
    installed(actor_of(globex, "admin"), quotas={"per_day": 7})
    page = text_of(browser.get("/installations/mine/"))
    for said in ("acme/tried 1.0.0", "reaches nothing outside", "Installed", ">Receipt</a>"):
        assert said in page, said
    assert signed_in(acme, "admin").get("/installations/mine/").status_code == 404


def test_a_withdrawn_release_is_told_of(browser: Client, acme: Tenant, globex: Tenant) -> None:
    made = installed(actor_of(globex, "admin"))
    with tenant_scope(acme.pk):
        release = Release.objects.get(pk=made.release_id)
    withdraw(release)
    page = text_of(browser.get("/installations/mine/"))
    assert "Its publisher took this version back" in page
    assert "It deletes too much." in page
    assert "The release was withdrawn." in page.partition('id="run-why">')[2][:200]


def test_it_is_stopped_resumed_and_uninstalled(browser: Client, globex: Tenant) -> None:
    installed(actor_of(globex, "admin"))
    browser.post("/installations/mine/stop/", {"reason": ""})
    assert "Say why" in text_of(browser.get("/installations/mine/"))
    browser.post("/installations/mine/stop/", {"reason": "It looped."})
    page = text_of(browser.get("/installations/mine/"))
    assert "It is stopped" in page
    assert "It looped." in page
    browser.post("/installations/mine/resume/")
    assert reverse("marketplace:run", args=["mine"]) in text_of(browser.get("/installations/mine/"))
    assert browser.post("/installations/mine/uninstall/")["Location"] == "/installations/"
    assert browser.get("/installations/mine/").status_code == 404


def test_who_may_not_run_it_reads_why_beside_the_button(browser: Client, globex: Tenant) -> None:
    installed(actor_of(globex, "admin"))
    run = f'href="{reverse("marketplace:run", args=["mine"])}"'
    for role, why in (("viewer", "This needs the role operator here."), ("installer", "")):
        page = text_of(signed_in(globex, role).get("/installations/mine/"))
        assert (run in page) is not bool(why), role
        assert why in page.partition('id="run-why">')[2].partition("</span>")[0]


def test_the_run_form_holds_the_installations_answers_and_starts_it(
    browser: Client, globex: Tenant
) -> None:
    made = installed(actor_of(globex, "admin"), parameters={"n": 4, "kind": "b"})
    page = text_of(browser.get("/installations/mine/run/"))
    assert 'value="4"' in page
    assert "Simulate" in page
    assert "/installations/mine/run/preview/" in page
    key = page.partition('name="key" value="')[2].partition('"')[0]
    given = {"key": key, "mode": "run", "p/n": "5", "p/kind": "b", "purpose": "practice"}
    answer = browser.post("/installations/mine/run/", given)
    assert answer.status_code == 302, text_of(answer)
    with tenant_scope(globex.pk):
        execution = Execution.objects.get()
    assert (execution.installation_id, execution.parameters["n"]) == (made.pk, 5)


def test_an_installation_is_simulated_previewed_and_copied_as_a_call(
    browser: Client, globex: Tenant
) -> None:
    installed(
        actor_of(globex, "admin"), parameters={"n": 4, "kind": "b"}, policies={"approvals": 2}
    )
    given = {"p/n": "5", "p/kind": "b", "purpose": "practice"}
    page = text_of(browser.post("/installations/mine/run/", given | {"mode": "simulate"}))
    assert "policy-approval" in page or "2 people" in page
    part = text_of(browser.post("/installations/mine/run/preview/", given))
    assert "<html" not in part
    assert "&quot;installation&quot;: &quot;mine&quot;" in part
    assert "mc execute --installation mine" in part
    assert "&quot;workflow&quot;" not in part
    with tenant_scope(globex.pk):
        assert not Execution.objects.exists()


def test_the_run_form_of_a_stopped_one_says_so(browser: Client, globex: Tenant) -> None:
    admin = actor_of(globex, "admin")
    installed(admin)
    stop_installation(actor=admin, name="mine", reason="It looped.")
    page = text_of(browser.get("/installations/mine/run/"))
    assert "The installation is stopped" in page


def test_a_simulation_of_an_installation_says_what_would_refuse_a_run(
    browser: Client, globex: Tenant
) -> None:
    admin = actor_of(globex, "admin")
    installed(admin)
    given = {"p/n": "5", "p/kind": "b", "purpose": "practice", "mode": "simulate"}
    page = text_of(browser.post("/installations/mine/run/", given))
    assert "Would succeed" in page
    stop_installation(actor=admin, name="mine", reason="It looped.")
    page = text_of(browser.post("/installations/mine/run/", given))
    assert "Would be refused" in page
    assert "<code>installation_stopped</code>" in page
