"""Configure an installation by its form, as a browser without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Release, WorkflowInstance
from marketplace.services.configure_installation import configure_installation
from tests.factories import actor_of
from tests.marketplace.test_install_pages import signed_in, text_of
from tests.marketplace.worlds import CALLING, REACHING, installed, released, withdraw
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

CONFIGURE = "/installations/mine/configure/"


@pytest.fixture
def admin(author: Actor, globex: Tenant) -> Actor:
    """Somebody who installed into globex what acme published."""
    released(author)
    actor = actor_of(globex, "admin")
    installed(actor, parameters={"n": 4, "kind": "b"}, quotas={"per_day": 7}, region="eu")
    return actor


@pytest.fixture
def browser(admin: Actor, globex: Tenant) -> Client:
    """An admin of globex, signed in."""
    return signed_in(globex, "admin")


def sent(**more: Any) -> dict[str, Any]:
    """What a browser posts of the form of what `admin` installed, with `more` answered."""
    return {
        "at": "0",
        "key": "0" * 32,
        "channel": "pin",
        "environment": "development",
        "region": "eu",
        "p/n": "4",
        "p/kind": "b",
        "quota.per_day": "7",
        "mode": "save",
    } | more


def now(tenant: Tenant) -> WorkflowInstance:
    """What is installed."""
    with tenant_scope(tenant.pk):
        return WorkflowInstance.objects.get()


def test_the_form_holds_what_it_is_and_asks_for_no_name_and_version(browser: Client) -> None:
    assert CONFIGURE in text_of(browser.get("/installations/mine/"))
    page = text_of(browser.get(CONFIGURE))
    for said in ('value="4"', 'value="7"', 'value="eu"', "You may change what it runs with"):
        assert said in page, said
    assert 'name="number"' not in page
    assert 'id="errors"' not in page


def test_a_number_that_can_t_be_read_comes_back_as_it_was_typed(
    browser: Client, globex: Tenant
) -> None:
    answer = browser.post(CONFIGURE, sent(**{"p/n": "many", "quota.per_day": "-1"}))
    assert answer.status_code == 400
    page = text_of(answer)
    assert 'name="p/n" type="text" value="many"' in page
    assert 'name="quota.per_day" type="text" value="-1"' in page
    assert now(globex).quotas == {"per_day": 7}


def test_what_is_saved_is_what_it_is_and_the_rest_stays(browser: Client, globex: Tenant) -> None:
    answer = browser.post(CONFIGURE, sent(channel="minor", **{"p/n": "5", "quota.per_day": ""}))
    assert (answer.status_code, answer["Location"]) == (302, "/installations/mine/"), text_of(
        answer
    )
    made = now(globex)
    assert (made.channel, made.parameters, made.quotas) == ("minor", {"n": 5, "kind": "b"}, {})
    assert (made.name, made.number, made.region, made.revision) == ("mine", "1.0.0", "eu", 1)
    assert "Configured" in text_of(browser.get("/installations/mine/"))


def test_saving_what_is_there_changes_nothing_and_says_so(browser: Client, globex: Tenant) -> None:
    page = text_of(browser.post(CONFIGURE, sent(), follow=True))
    assert "you changed nothing" in page
    assert now(globex).revision == 0


def test_all_that_is_wrong_is_named_at_its_question_and_nothing_changes(
    browser: Client, globex: Tenant
) -> None:
    wrong = sent(environment="", hosts="*", **{"p/n": "many", "quota.per_day": "0"})
    answer = browser.post(CONFIGURE, wrong)
    page = text_of(answer)
    assert answer.status_code == 400
    assert "Nothing was changed." in page
    for target in ("#p-n", "#f-environment", "#f-quota-per_day", "#f-hosts"):
        assert f'href="{target}"' in page, target
    assert now(globex).revision == 0


def test_checking_changes_nothing_and_says_that_nothing_is_wrong(
    browser: Client, globex: Tenant
) -> None:
    assert "Nothing is wrong" in text_of(browser.post(CONFIGURE, sent(mode="check", region="us")))
    assert now(globex).region == "eu"


@pytest.mark.parametrize("at", ["0", "", "x"])
def test_a_form_made_from_something_else_is_a_conflict_that_keeps_the_answers(
    browser: Client, globex: Tenant, admin: Actor, at: str
) -> None:
    configure_installation(actor=admin, name="mine", changes={"region": "us"})
    for _ in range(2):  # sent once more it is as late as before
        answer = browser.post(CONFIGURE, sent(at=at, **{"p/n": "6"}))
        page = text_of(answer)
        assert answer.status_code == 409
        assert "Somebody changed it since you looked" in page
        assert f"{admin.name} changed it" in page
        assert 'value="6"' in page
    made = now(globex)
    assert (made.revision, made.region, made.parameters["n"]) == (1, "us", 4)


def test_a_secret_that_is_not_picked_anew_stays(author: Actor, globex: Tenant) -> None:
    admin = actor_of(globex, "admin")
    set_secret(actor=admin, tenant_id=globex.pk, name="vendor", value="canary-value-1")
    set_secret(actor=admin, tenant_id=globex.pk, name="token", value="canary-value-2")
    nothing = "parameters: {type: object, properties: {}}"
    released(author, CALLING, parameters=nothing, rest=REACHING)
    installed(admin, parameters={}, secrets={"token": "vendor"})
    browser = signed_in(globex, "admin")
    given = {"at": "0", "channel": "patch", "environment": "development", "mode": "save"}
    answer = browser.post(CONFIGURE, given | {"hosts": "there.example"})
    assert answer.status_code == 302, text_of(answer)
    assert now(globex).secrets == {"token": "vendor"}


def test_what_was_withdrawn_is_configured_and_nothing_is_said_of_its_release(
    browser: Client, acme: Tenant, globex: Tenant
) -> None:
    with tenant_scope(acme.pk):
        release = Release.objects.get(pk=now(globex).release_id)
    withdraw(release)
    assert "it is not withdrawn" not in text_of(browser.get(CONFIGURE))
    assert browser.post(CONFIGURE, sent(region="us")).status_code == 302
    assert now(globex).region == "us"


def test_who_may_not_configure_reads_why_and_others_find_nothing(
    browser: Client, acme: Tenant, globex: Tenant
) -> None:
    operator = signed_in(globex, "operator")
    assert "needs the role admin" in text_of(operator.get(CONFIGURE))
    assert operator.post(CONFIGURE, sent(region="us")).status_code == 403
    assert signed_in(acme, "admin").get(CONFIGURE).status_code == 404
    assert now(globex).region == "eu"
