"""Answers of a run form under a name: for oneself, for everybody, and never with a secret."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from governance.models import Decision, Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, RunPreset
from maestro.runtime.services.save_preset import MOST
from maestro.tenancy.models import Tenant
from tests.factories import actor_of, make_member
from tests.runtime.driving import freeze
from tests.runtime.run_forms import PARAMETERS, STEPS, form_of, url

pytestmark = [
    pytest.mark.django_db(databases=["default", "owner"]),
    pytest.mark.usefixtures("frozen"),
]

SECRET = "    pin: {type: string, x-secret: true, title: Pin}\n"
NEST = """\
    deep: {type: object, properties: {word: {type: string, format: password}, who: {type: string}}}
"""


@pytest.fixture
def frozen(author: Actor) -> None:
    freeze(author, STEPS, parameters=f"{PARAMETERS}{SECRET}{NEST}")


def signed_in(tenant: Tenant, *roles: str) -> Client:
    client = Client()
    client.force_login(make_member(tenant, *roles))
    return client


@pytest.fixture
def browser(acme: Tenant) -> Client:
    return signed_in(acme, "operator")


def save(client: Client, name: str = "Leavers", **changed: str) -> str:
    """The page after saving the form, filled in; its address."""
    posted = form_of(client.get(url()).content.decode())
    posted |= {"p/who": ["bo@acme.test"], "p/days": ["9"], "p/systems": ["chat", "mail"]}
    answers = {"mode": "save", "preset_name": name} | changed
    response = client.post(url(), {**posted, **answers})
    assert response.status_code == 302, response.content.decode()
    return url() + response["Location"]


def presets(tenant: Tenant) -> list[RunPreset]:
    with tenant_scope(tenant.pk):
        return list(RunPreset.objects.for_tenant(tenant.pk).order_by("id"))


def names(client: Client) -> list[str]:
    text = client.get(url()).content.decode()
    return re.findall(r'<a href="\?preset=[^"]*"\s*>([^<]*)</a>', text)


def test_a_form_is_filled_from_what_was_saved(acme: Tenant, browser: Client) -> None:
    page = save(browser)
    (kept,) = presets(acme)
    assert page == url(preset=str(kept.pk))
    posted = form_of(browser.get(page).content.decode())
    assert posted["p/who"] == ["bo@acme.test"]
    assert posted["p/days"] == ["9"]
    assert posted["p/systems"] == ["chat", "mail"]
    assert posted["preset_name"] == ["Leavers"]
    assert posted["purpose"] == [""]
    with tenant_scope(acme.pk):
        assert not Execution.objects.for_tenant(acme.pk).exists()


def test_a_name_that_was_used_stands_for_the_new_answers(acme: Tenant, browser: Client) -> None:
    first = save(browser)
    assert save(browser, "  Leavers ", **{"p/days": "3", "purpose": "practice"}) == first
    (kept,) = presets(acme)
    assert kept.answers["parameters"]["days"] == 3
    assert kept.answers["purpose"] == "practice"


def test_what_the_schema_marks_as_secret_is_not_kept(acme: Tenant, browser: Client) -> None:
    canary = "c4n4ry"
    page = save(browser, **{"p/pin": canary, "p/deep/word": canary, "p/deep/who": "somebody"})
    (kept,) = presets(acme)
    assert canary not in str(kept.answers)
    assert kept.answers["parameters"]["deep"] == {"who": "somebody"}
    assert "Secret values were left out." in browser.get(page).content.decode()
    with tenant_scope(acme.pk):
        receipt = Receipt.objects.get(kind="preset.write")
    assert canary not in str(receipt.statement)


def test_everything_that_is_wrong_is_said_and_nothing_saved(acme: Tenant, browser: Client) -> None:
    posted = form_of(browser.get(url()).content.decode())
    posted |= {"p/who": ["nobody"], "p/days": ["0"], "mode": ["save"]}
    response = browser.post(url(), posted)
    text = response.content.decode()
    assert response.status_code == 400
    assert "Fix 3 answers" in text
    assert "Nothing was saved." in text
    assert 'href="#preset-name"' in text
    assert presets(acme) == []


def test_what_one_saves_is_ones_own(acme: Tenant, browser: Client) -> None:
    page = save(browser)
    other = signed_in(acme, "admin")
    assert names(browser) == ["Leavers"]
    assert names(other) == []
    assert other.get(page).status_code == 404
    (kept,) = presets(acme)
    deleting = reverse("runtime:delete-preset", args=["acme", "tried", kept.pk])
    assert other.post(deleting).status_code == 404
    assert len(presets(acme)) == 1
    assert browser.post(deleting).status_code == 302
    assert presets(acme) == []


def test_an_author_saves_for_everybody_and_an_operator_does_not(
    acme: Tenant, browser: Client
) -> None:
    author = signed_in(acme, "author")
    save(author, preset_for_all="1")
    assert names(browser) == ["Leavers"]
    posted = form_of(browser.get(url()).content.decode()) | {"p/who": ["bo@acme.test"]}
    mine = {"mode": "save", "preset_name": "Leavers", "preset_for_all": "1"}
    assert browser.post(url(), {**posted, **mine}).status_code == 403
    (kept,) = presets(acme)
    assert kept.owner is None
    deleting = reverse("runtime:delete-preset", args=["acme", "tried", kept.pk])
    assert deleting not in browser.get(url()).content.decode()
    assert browser.post(deleting).status_code == 403
    assert author.post(deleting).status_code == 302
    with tenant_scope(acme.pk):
        done = Decision.objects.filter(allow=True, resource_type="preset")
        assert sorted(done.values_list("action", flat=True)) == ["preset.share", "preset.share"]


def test_another_tenants_are_not_there(acme: Tenant, globex: Tenant, browser: Client) -> None:
    page = save(browser)
    freeze(actor_of(globex, "author"), STEPS, parameters=PARAMETERS)
    theirs = signed_in(globex, "admin")
    (kept,) = presets(acme)
    there = reverse("runtime:run", args=["globex", "tried"])
    assert theirs.get(f"{there}?preset={kept.pk}").status_code == 404
    assert theirs.get(page).status_code == 404
    assert presets(globex) == []


def test_a_viewer_is_offered_none(acme: Tenant, browser: Client) -> None:
    save(browser)
    text = signed_in(acme, "viewer").get(url()).content.decode()
    assert "Save answers" not in text
    assert "Saved answers" not in text


def test_no_more_than_some_are_kept(acme: Tenant, browser: Client) -> None:
    for number in range(MOST):
        save(browser, f"Number {number}")
    posted = form_of(browser.get(url()).content.decode()) | {"p/who": ["bo@acme.test"]}
    response = browser.post(url(), {**posted, "mode": "save", "preset_name": "One more"})
    assert response.status_code == 400
    assert "Delete one" in response.content.decode()
    save(browser, "Number 3", **{"p/days": "2"})
    assert len(presets(acme)) == MOST
