"""The page of an upgrade, the way back, and what an installation's page says of both: no JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Release, WorkflowInstance
from marketplace.services.configure_installation import configure_installation
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.note_adoption import note_adoption
from marketplace.services.propose_upgrade import propose_upgrade
from marketplace.services.withdraw_release import withdraw_release
from tests.factories import actor_of
from tests.marketplace.test_install_pages import signed_in
from tests.marketplace.test_upgrading import FIRST, RENAMED, RULE, release
from tests.marketplace.worlds import CALLING, REACHING, installed, withdraw
from tests.runtime.driving import ALIASES
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

HERE = "/installations/mine/"
PAGE = f"{HERE}upgrade/"
ASKS = (
    "parameters: {type: object, required: [count, why], properties: {count: {type: integer},"
    " why: {type: string}, loud: {type: boolean, default: true}}}"
)


@pytest.fixture
def instance(author: Actor, globex: Tenant) -> WorkflowInstance:
    """What globex runs: acme/tried 1.0.0."""
    release(author)
    return installed(actor_of(globex, "admin"))


@pytest.fixture
def browser(instance: WorkflowInstance, globex: Tenant) -> Client:
    """An admin of globex, signed in."""
    return signed_in(globex, "admin")


def text(answer: Any, status: int = 200) -> str:
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == status, page[:3000]
    return page


def sent(page: str, **more: Any) -> dict[str, Any]:
    """What a browser posts of the page's form, with `more` answered."""
    hidden = dict(
        re.findall(r'<input type="hidden" name="(to|digest|revision)" value="([^"]*)"', page)
    )
    assert set(hidden) == {"to", "digest", "revision"}
    return hidden | {"mode": "upgrade"} | more


def at(tenant: Tenant) -> tuple[str, dict[str, Any]]:
    """On which version it is, with which parameters."""
    with tenant_scope(tenant.pk):
        found = WorkflowInstance.objects.get()
    return found.number, found.parameters


def test_what_changes_is_shown_before_and_the_button_does_it(
    browser: Client, author: Actor, globex: Tenant
) -> None:
    release(author, "2.0.0", RENAMED, rest=RULE)
    page = text(browser.get(PAGE))
    for said in (
        "Upgrade from 1.0.0 to 2.0.0", "Signature verified", "The parameter <code>n</code> is gone.",
        "<code>n</code> =", "Renamed", "Policy would allow it", "What it reaches", "First.",
        "Stay on 1.0.0", "Upgrade to 2.0.0",
    ):  # fmt: skip
        assert said in page, said
    assert 'id="errors"' not in page
    assert at(globex) == ("1.0.0", {"n": 3})
    answer = browser.post(PAGE, sent(page, **{"p/count": "3", "p/loud": "true"}))
    assert (answer.status_code, answer["Location"]) == (302, HERE), text(answer, 400)
    assert at(globex) == ("2.0.0", {"count": 3, "loud": True})
    assert "mine is on 2.0.0." in text(browser.get(HERE))


def test_what_each_run_is_asked_needs_no_value(
    browser: Client, author: Actor, globex: Tenant
) -> None:
    admin = actor_of(globex, "admin")
    changes = {"policies": {"asked": ["n"]}, "parameters": {}}
    configure_installation(actor=admin, name="mine", changes=changes)
    release(author, "1.1.0", FIRST)
    page = text(browser.get(PAGE))
    assert "Asked at each run" in page
    assert "Needs a value" not in page
    answer = browser.post(PAGE, sent(page))
    assert (answer.status_code, answer["Location"]) == (302, HERE), text(answer, 400)
    assert at(globex) == ("1.1.0", {})


def test_what_is_missing_is_asked_for_first_and_told_all_at_once(
    browser: Client, author: Actor, globex: Tenant
) -> None:
    set_secret(actor=actor_of(globex, "admin"), tenant_id=globex.pk, name="theirs", value="s3cr3t")
    release(author, "2.0.0", ASKS, steps=CALLING, rest=f"{RULE}\n{REACHING}")
    page = text(browser.get(PAGE))
    needs, _, others = page.partition("What it needs of you")[2].partition(
        "Change what it is given"
    )
    assert 'name="p/why"' in needs and 'name="secret.token"' in needs  # noqa: PT018
    assert 'name="p/count"' in others
    assert "Needs a value" in page
    assert "Allowed once the new hosts are granted" in page
    assert 'name="host" value="there.example"' in page
    assert not re.search(r'value="there.example"[^>]*checked', page)
    wrong = text(browser.post(PAGE, sent(page, **{"p/count": "3"})), 400)
    assert "Fix 3 answers, then try again" in wrong
    assert "Nothing has changed." in wrong
    assert at(globex)[0] == "1.0.0"
    given = {
        "p/count": "3",
        "p/why": "Why not.",
        "p/loud": "true",
        "secret.token": "theirs",
        "host": "there.example",
    }
    checked = text(browser.post(PAGE, sent(page, **given) | {"mode": "check"}))
    assert "Nothing is wrong. Upgrade it when you are ready." in checked
    assert at(globex)[0] == "1.0.0"
    answer = browser.post(PAGE, sent(page, **given))
    assert answer.status_code == 302, text(answer, 400)
    assert at(globex) == ("2.0.0", {"count": 3, "why": "Why not.", "loud": True})


def test_a_rule_that_fails_is_told_and_a_person_gives_the_value(
    browser: Client, author: Actor, globex: Tenant
) -> None:
    rule = "migrations: [{from: '*', rename: {n: count}, set: {loud: '${{ params.nothing }}'}}]"
    release(author, "2.0.0", RENAMED, rest=rule)
    page = text(browser.get(PAGE))
    assert "A rule failed" in page
    answer = browser.post(PAGE, sent(page, **{"p/count": "9", "p/loud": "false"}))
    assert answer.status_code == 302, text(answer, 400)
    assert at(globex) == ("2.0.0", {"count": 9, "loud": False})


def test_what_was_looked_at_is_what_is_done(browser: Client, author: Actor, globex: Tenant) -> None:
    release(author, "1.0.1")
    page = text(browser.get(PAGE))
    given = {"p/n": "3"}
    configure_installation(actor=actor_of(globex, "admin"), name="mine", changes={"region": "eu"})
    late = text(browser.post(PAGE, sent(page, **given)), 409)
    assert "Somebody has changed mine since you looked." in late
    withdraw(Release.objects.using("owner").get(number="1.0.1"))
    gone = text(browser.post(PAGE, sent(late, **given)), 409)
    assert "was withdrawn" in gone
    assert at(globex)[0] == "1.0.0"


def test_any_version_above_can_be_chosen_and_none_below(browser: Client, author: Actor) -> None:
    release(author, "1.0.1")
    release(author, "1.0.2")
    assert "Upgrade to 1.0.2" in text(browser.get(PAGE))
    chosen = text(browser.get(f"{PAGE}?to=1.0.1"))
    assert "Upgrade to 1.0.1" in chosen
    assert '<option value="1.0.1" selected>' in chosen
    text(browser.get(f"{PAGE}?to=7.0.0"), 404)
    below = browser.get(f"{PAGE}?to=1.0.0", follow=True)
    assert "1.0.0 is not above it." in text(below)


def test_who_may_not_upgrade_sees_what_it_would_do_and_why_not(
    instance: WorkflowInstance, author: Actor, globex: Tenant, acme: Tenant
) -> None:
    release(author, "1.0.1")
    operator = signed_in(globex, "operator")
    page = text(operator.get(PAGE))
    assert re.search(r'value="upgrade" disabled aria-describedby="upgrade-why"', page)
    text(operator.post(PAGE, sent(page, **{"p/n": "3"})), 403)
    text(signed_in(acme, "admin").get(PAGE), 404)
    assert at(globex)[0] == "1.0.0"


def test_the_way_back_says_where_it_leads_and_is_one_button(
    browser: Client, author: Actor, globex: Tenant
) -> None:
    assert "Roll back" not in text(browser.get(HERE))
    release(author, "2.0.0", RENAMED, rest=RULE)
    page = text(browser.get(PAGE))
    browser.post(PAGE, sent(page, **{"p/count": "3"}))
    shown = text(browser.get(HERE))
    assert "Roll back to 1.0.0" in shown
    assert "It returns to 1.0.0 with the parameters" in shown
    revision = re.search(r'name="revision" value="(\d+)"', shown)
    assert revision
    late = browser.post(f"{HERE}roll-back/", {"revision": "0"}, follow=True)
    assert "Somebody has changed mine" in text(late)
    back = browser.post(f"{HERE}roll-back/", {"revision": revision[1]}, follow=True)
    assert "mine is back on 1.0.0." in text(back)
    assert at(globex) == ("1.0.0", {"n": 3})


def test_its_page_says_what_is_out_and_what_that_means(browser: Client, author: Actor) -> None:
    assert "is out" not in text(browser.get(HERE))
    release(author, "1.0.1")
    page = text(browser.get(HERE))
    assert "1.0.1 is out" in page
    assert "Compatible" in page
    release(author, "2.0.0", RENAMED, rest=RULE)
    page = text(browser.get(HERE))
    assert "2.0.0 is out" in page
    assert "Breaking" in page
    assert f'href="{PAGE}"' in page


def test_its_page_tells_what_its_publisher_asks_until_it_is_done(
    browser: Client, author: Actor, instance: WorkflowInstance
) -> None:
    release(author, "1.0.1")
    note_adoption(instance.pk)
    deadline = (now() + timedelta(days=9)).date()
    propose_upgrade(
        actor=author, slug="tried", number="1.0.1", message="The old leaks.", deadline=deadline
    )
    page = text(browser.get(HERE))
    assert "acme asks you to upgrade to 1.0.1" in page
    assert "The old leaks." in page
    assert f'datetime="{deadline.isoformat()}"' in page
    assert f'href="{PAGE}?to=1.0.1"' in page
    browser.post(PAGE, sent(text(browser.get(PAGE)), **{"p/n": "3"}))
    assert "asks you to upgrade" not in text(browser.get(HERE))


def test_its_page_warns_of_a_deprecated_release_and_names_what_replaces_it(
    browser: Client, author: Actor, acme: Tenant
) -> None:
    release(author, "1.0.1")
    deprecate_release(
        actor=actor_of(acme, "admin", "author"),
        release="acme/tried@1.0.0",
        reason="It is slow.",
        replacement="acme/tried@1.0.1",
    )
    page = text(browser.get(HERE))
    assert "1.0.0 is deprecated" in page
    assert "It is slow." in page
    assert "Use acme/tried@1.0.1 instead" in page


def test_how_many_statements_its_page_takes_with_an_upgrade_to_show(
    browser: Client, author: Actor
) -> None:
    release(author, "2.0.0", RENAMED, rest=RULE)
    for address, most in ((HERE, 24), (PAGE, 16)):
        with statements_at_most(most):
            text(browser.get(address))


def test_a_parameter_that_is_cleared_is_not_given(
    browser: Client, author: Actor, globex: Tenant
) -> None:
    optional = FIRST.replace("required: [n], ", "")
    release(author, "1.1.0", optional, steps="- {id: a, task: core.set@1, with: {values: {n: 1}}}")
    page = text(browser.get(PAGE))
    answer = browser.post(PAGE, sent(page, **{"p/n": ""}))
    assert answer.status_code == 302, text(answer, 400)
    assert at(globex) == ("1.1.0", {})


def test_a_number_that_can_t_be_read_comes_back_as_it_was_typed(
    browser: Client, author: Actor
) -> None:
    release(author, "2.0.0", RENAMED, rest=RULE)
    given = sent(text(browser.get(PAGE)), **{"p/count": "-1 or so"})
    for mode, status in (("upgrade", 400), ("check", 200)):
        page = text(browser.post(PAGE, given | {"mode": mode}), status)
        field = page.partition('name="p/count" type="text" value="-1 or so"')[2].partition(">")[0]
        assert 'aria-invalid="true"' in field, mode


def test_its_page_and_the_list_show_a_withdrawal_at_once(
    browser: Client, author: Actor, acme: Tenant
) -> None:
    assert "Withdrawn" not in text(browser.get("/installations/"))
    withdraw_release(
        actor=actor_of(acme, "admin"),
        release="acme/tried@1.0.0",
        mode="stop",
        reason="It deletes too much.",
    )
    assert "Withdrawn" in text(browser.get("/installations/"))
    page = text(browser.get(HERE))
    assert "It deletes too much." in page
    assert "It starts nothing any more." in page
