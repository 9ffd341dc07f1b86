"""Answers saved for the run form of an installation: its own, and held against what is installed."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from governance.models import Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import RunPreset
from maestro.tenancy.models import Tenant
from marketplace.services.stop_installation import uninstall
from marketplace.services.upgrade_installation import upgrade_installation
from tests.api.calling import caller_in, codes_of, is_problem
from tests.factories import actor_of
from tests.marketplace.test_install_pages import signed_in
from tests.marketplace.worlds import installed, released
from tests.runtime.driving import ALIASES, freeze
from tests.runtime.run_forms import form_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

RUN = "/installations/mine/run/"
PRESETS = "installations/mine/presets/"
STEP = "- {id: a, task: core.set@1, with: {values: {}}}"
FIRST = (
    "parameters: {type: object, properties: {n: {type: integer}, old: {type: string},"
    " pin: {type: string, x-secret: true}}}"
)
SECOND = "parameters: {type: object, properties: {n: {type: integer, maximum: 5}}}"


@pytest.fixture
def admin(author: Actor, globex: Tenant) -> Actor:
    """Who installed at globex what acme published."""
    released(author, STEP, parameters=FIRST)
    admin = actor_of(globex, "admin")
    installed(admin, parameters={})
    return admin


@pytest.fixture
def browser(admin: Actor, globex: Tenant) -> Client:
    """Who runs it."""
    return signed_in(globex, "operator")


def save(client: Client, form: str = RUN, **changed: str) -> str:
    """The form after its answers were saved."""
    posted = form_of(client.get(form).content.decode())
    given = {"p/n": "9", "p/old": "word", "mode": "save", "preset_name": "Leavers"} | changed
    response = client.post(form, {**posted, **given})
    assert response.status_code == 302, response.content.decode()
    return form + response["Location"]


def kept(tenant: Tenant) -> list[RunPreset]:
    with tenant_scope(tenant.pk):
        return list(RunPreset.objects.for_tenant(tenant.pk).order_by("id"))


def names(client: Client, form: str = RUN) -> list[str]:
    text = client.get(form).content.decode()
    return re.findall(r'<a href="\?preset=[^"]*"\s*>([^<]*)</a>', text)


def test_an_installation_s_form_is_filled_from_what_was_saved_for_it(
    browser: Client, globex: Tenant
) -> None:
    page = save(browser, purpose="practice", **{"p/pin": "c4n4ry"})
    (preset,) = kept(globex)
    assert preset.answers["parameters"] == {"n": 9, "old": "word"}
    assert "c4n4ry" not in str(preset.answers)
    posted = form_of(browser.get(page).content.decode())
    assert (posted["p/n"], posted["p/old"], posted["purpose"]) == (["9"], ["word"], ["practice"])
    with tenant_scope(globex.pk):
        receipt = Receipt.objects.get(kind="preset.write")
    assert "'installation': 'mine'" in str(receipt.statement)


def test_each_installation_has_its_own_and_so_has_the_workflow(
    browser: Client, admin: Actor, globex: Tenant
) -> None:
    installed(admin, name="other", parameters={})
    page = save(browser)
    (preset,) = kept(globex)
    other = "/installations/other/run/"
    assert (names(browser), names(browser, other)) == (["Leavers"], [])
    assert browser.get(page.replace("mine", "other")).status_code == 404
    save(browser, other)
    assert len(kept(globex)) == 2
    assert browser.get(page).status_code == 200
    assert preset.pk in [one.pk for one in kept(globex)]


def test_a_workflow_s_form_shows_none_of_its_installation_s(author: Actor, acme: Tenant) -> None:
    released(author, STEP, parameters=FIRST)
    installed(actor_of(acme, "admin"), parameters={})
    browser = signed_in(acme, "operator")
    save(browser)
    assert names(browser) == ["Leavers"]
    assert names(browser, "/executions/new/acme/tried/") == []
    save(browser, "/executions/new/acme/tried/")
    assert len(kept(acme)) == 2


def test_what_a_later_release_dropped_or_narrowed_is_said_and_the_rest_used(
    browser: Client, admin: Actor, author: Actor, globex: Tenant
) -> None:
    page = save(browser)
    assert "was saved for another version" not in browser.get(page).content.decode()
    released(author, STEP, parameters=SECOND, version="2.0.0")
    upgrade_installation(actor=admin, name="mine")
    response = browser.get(page)
    text = response.content.decode()
    assert response.status_code == 200
    assert "Leavers was saved for another version than 2.0.0" in text
    assert "left out: <code>old</code>" in text
    assert "Needs another value: <code>n</code>" in text
    posted = form_of(text)
    assert posted["p/n"] == ["9"]
    assert "p/old" not in posted
    save(browser, page.partition("?")[0], **{"p/n": "4"})
    assert "was saved for another version" not in browser.get(page).content.decode()


def test_an_author_shares_them_and_an_operator_deletes_only_their_own(
    browser: Client, globex: Tenant
) -> None:
    save(signed_in(globex, "author"), preset_for_all="1", preset_name="All")
    save(browser)
    text = browser.get(RUN).content.decode()
    mine = re.findall(r'action="(/installations/mine/run/presets/[^"]*)"', text)
    assert names(browser) == ["All", "Leavers"]
    assert len(mine) == 1
    shared = next(one for one in kept(globex) if one.owner is None)
    theirs = f"/installations/mine/run/presets/{shared.pk}/delete/"
    assert browser.post(theirs).status_code == 403
    answer = browser.post(mine[0])
    assert (answer.status_code, answer["Location"]) == (302, RUN)
    assert names(browser) == ["All"]


def test_an_installer_keeps_answers_of_what_is_installed_and_no_others(
    admin: Actor, globex: Tenant
) -> None:
    browser = signed_in(globex, "installer")
    page = save(browser)
    assert form_of(browser.get(page).content.decode())["p/n"] == ["9"]
    text = browser.get(RUN).content.decode()
    assert names(browser) == ["Leavers"]
    assert "preset_for_all" not in text
    deleting = re.findall(r'action="(/installations/mine/run/presets/[^"]*)"', text)
    assert browser.post(deleting[0])["Location"] == RUN
    assert kept(globex) == []
    calls = caller_in(globex, "installer")
    saved = calls.post(PRESETS, {"name": "Leavers", "parameters": {"n": 4}})
    assert saved.status_code == 200, saved.json()
    (listed,) = calls.get(PRESETS).json()
    is_problem(calls.post(PRESETS, {"name": "All", "for_everybody": True}), 403, "denied")
    assert calls.delete(f"{PRESETS}{listed['id']}/").status_code == 204
    freeze(actor_of(globex, "author"), STEP, parameters=FIRST)
    own = signed_in(globex, "installer").get("/executions/new/globex/tried/")
    assert own.status_code == 200
    assert "preset_name" not in own.content.decode()


def test_another_tenant_s_are_not_there(browser: Client, acme: Tenant, globex: Tenant) -> None:
    page = save(browser)
    (preset,) = kept(globex)
    installed(actor_of(acme, "admin"), parameters={})
    theirs = signed_in(acme, "admin")
    assert theirs.get(page).status_code == 404
    deleting = f"/installations/mine/run/presets/{preset.pk}/delete/"
    assert theirs.post(deleting).status_code == 404
    assert len(kept(globex)) == 1


def test_they_go_with_the_installation(browser: Client, admin: Actor, globex: Tenant) -> None:
    save(browser)
    uninstall(actor=admin, name="mine")
    assert kept(globex) == []


def test_the_api_saves_shows_lists_and_deletes_them(
    admin: Actor, author: Actor, acme: Tenant, globex: Tenant
) -> None:
    calls = caller_in(globex, "operator")
    given = {"name": "Leavers", "parameters": {"n": 9, "old": "x"}, "purpose": "practice"}
    saved = calls.post(PRESETS, given)
    assert saved.status_code == 200, saved.json()
    released(author, STEP, parameters=SECOND, version="2.0.0")
    upgrade_installation(actor=admin, name="mine")
    (listed,) = calls.get(PRESETS).json()
    assert (listed["name"], listed["for_everybody"]) == ("Leavers", False)
    one = f"{PRESETS}{listed['id']}/"
    shown = calls.get(one).json()
    assert (shown["parameters"], shown["dropped"], shown["unfit"]) == ({"n": 9}, ["old"], ["n"])
    assert caller_in(globex, "admin").get(one).status_code == 404
    assert caller_in(acme, "admin").get(one).status_code == 404
    assert calls.delete(one).status_code == 204
    is_problem(calls.get(one), 404, "not_found")


def test_what_the_api_can_t_save_is_said(admin: Actor, globex: Tenant) -> None:
    calls = caller_in(globex, "operator")
    wrong = calls.post(PRESETS, {"name": "Leavers", "parameters": {"n": "x", "y": 1}})
    assert {path for path, _ in codes_of(wrong)} == {"/parameters/n", "/parameters/y"}
    shared = {"name": "Leavers", "for_everybody": True}
    is_problem(calls.post(PRESETS, shared), 403, "denied")
    is_problem(caller_in(globex, "viewer").post(PRESETS, {"name": "x"}), 403, "denied")
    assert kept(globex) == []


def test_a_workflow_s_own_presets_say_too_what_was_dropped(author: Actor, acme: Tenant) -> None:
    freeze(author, STEP, parameters=FIRST)
    browser = signed_in(acme, "operator")
    page = save(browser, "/executions/new/acme/tried/")
    freeze(author, STEP, parameters=SECOND, version="2.0.0")
    assert "left out: <code>old</code>" in browser.get(page).content.decode()
