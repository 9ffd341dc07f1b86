"""The run form: what it says before, that it starts once, and the same again."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.actor import Actor
from maestro.runtime.models import Execution
from maestro.tenancy.models import Tenant
from tests.factories import actor_of, make_member
from tests.runtime.driving import freeze
from tests.runtime.run_forms import PARAMETERS, STEPS, executions, form_of, url

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
HTMX = {"HX-Request": "true"}


@pytest.mark.usefixtures("frozen")
class TestTheForm:
    def test_is_filled_from_the_first_example_and_the_defaults(self, browser: Client) -> None:
        posted = form_of(browser.get(url()).content.decode())
        assert posted["p/who"] == ["ana@acme.test"]
        assert posted["p/days"] == ["7"]
        assert posted["p/systems"] == ["chat"]
        assert posted["purpose"] == [""]

    def test_starts_what_it_was_filled_with_and_goes_to_the_execution(
        self, acme: Tenant, browser: Client
    ) -> None:
        posted = form_of(browser.get(url()).content.decode())
        response = browser.post(
            url(), posted | {"mode": "run", "purpose": "practice", "p/days": "9"}
        )
        (started,) = executions(acme)
        assert response.status_code == 302
        assert response["Location"] == reverse("runtime:execution", args=[started.pk])
        assert started.parameters == {"who": "ana@acme.test", "days": 9, "systems": ["chat"]}
        assert (started.purpose, started.trigger) == ("practice", "person")

    def test_sent_twice_starts_once_and_says_so(self, acme: Tenant, browser: Client) -> None:
        posted = form_of(browser.get(url()).content.decode())
        posted |= {"mode": "run", "purpose": "practice"}  # type: ignore[dict-item]
        first = browser.post(url(), posted)
        again = browser.post(url(), posted, follow=False)
        assert again["Location"] == first["Location"]
        assert len(executions(acme)) == 1
        other = browser.post(url(), posted | {"p/days": "3"})
        assert other["Location"] != first["Location"]
        assert len(executions(acme)) == 2

    def test_shown_anew_starts_anew(self, acme: Tenant, browser: Client) -> None:
        for _ in range(2):
            posted = form_of(browser.get(url()).content.decode())
            browser.post(url(), posted | {"mode": "run", "purpose": "practice"})
        assert len(executions(acme)) == 2

    def test_says_everything_that_is_wrong_at_once_and_keeps_what_was_typed(
        self, acme: Tenant, browser: Client
    ) -> None:
        posted = form_of(browser.get(url()).content.decode())
        posted |= {"mode": "run", "p/who": "nobody", "p/days": "0"}  # type: ignore[dict-item]
        response = browser.post(url(), posted)
        text = response.content.decode()
        assert response.status_code == 400
        assert "Fix 3 answers" in text
        assert "Nothing has started." in text
        assert form_of(text)["p/who"] == ["nobody"]
        assert form_of(text)["key"] == posted["key"]
        assert executions(acme) == []

    def test_what_is_no_number_stands_beside_the_missing_purpose(self, browser: Client) -> None:
        posted = form_of(browser.get(url()).content.decode())
        response = browser.post(url(), posted | {"mode": "run", "p/days": "many"})
        text = response.content.decode()
        assert "“many” is not a number" in text
        assert "Choose what this run is for." in text
        assert form_of(text)["p/days"] == ["many"]

    def test_adds_and_drops_rows_without_losing_an_answer(self, browser: Client) -> None:
        posted = form_of(browser.get(url()).content.decode())
        posted |= {"p/who": "bo@acme.test", "purpose": "practice"}  # type: ignore[dict-item]
        text = browser.post(url(), posted | {"add": "p/systems"}).content.decode()
        again = form_of(text)
        assert again["p/systems"] == ["chat", ""]
        assert (again["p/who"], again["purpose"]) == (["bo@acme.test"], ["practice"])
        text = browser.post(url(), again | {"drop": "p/systems/0"}).content.decode()
        assert form_of(text)["p/systems"] == [""]
        assert "Fix" not in text

    def test_simulates_without_a_purpose_and_starts_nothing(
        self, acme: Tenant, browser: Client
    ) -> None:
        posted = form_of(browser.get(url()).content.decode())
        text = browser.post(url(), posted | {"mode": "simulate"}).content.decode()
        assert "Simulated" in text
        assert "Would succeed" in text
        assert "<code>look</code>" in text
        assert executions(acme) == []

    def test_previews_what_would_happen_as_a_part_for_htmx(self, browser: Client) -> None:
        posted = form_of(browser.get(url()).content.decode())
        path = reverse("runtime:preview", args=["acme", "tried"])
        text = browser.post(path, posted | {"purpose": "practice"}, headers=HTMX).content.decode()
        assert "<html" not in text
        assert "It would start at once" in text
        assert "You may run it for practice" in text

    def test_is_the_older_version_s_when_that_is_asked_for(
        self, acme: Tenant, author: Actor, browser: Client
    ) -> None:
        freeze(author, STEPS, parameters=PARAMETERS, version="2.0.0")
        page = browser.get(url(version="1.0.0")).content.decode()
        assert "version 1.0.0" in page
        posted = form_of(page) | {"mode": "run", "purpose": "practice"}
        browser.post(url(version="1.0.0"), posted)
        assert [row.version_number for row in executions(acme)] == ["1.0.0"]

    def test_of_a_version_that_is_not_there_is_not_found(self, browser: Client) -> None:
        assert browser.get(url(version="9.9.9")).status_code == 404

    def test_tells_a_viewer_why_nothing_starts_and_starts_nothing(
        self, acme: Tenant, client: Client
    ) -> None:
        client.force_login(make_member(acme, "viewer"))
        text = client.get(url()).content.decode()
        assert "Policy would refuse it" in text
        buttons = re.findall(r'<button[^>]*value="run"[^>]*>', text)
        assert [" disabled" in button for button in buttons] == [True, True]
        assert 'id="run-why">This needs the role operator here' in text
        posted = form_of(text) | {"mode": "run", "purpose": "practice"}
        response = client.post(url(), posted)
        assert response.status_code == 403
        assert "This needs the role operator here" in response.content.decode()
        assert executions(acme) == []

    def test_lets_another_purpose_be_chosen(self, browser: Client) -> None:
        posted = form_of(browser.get(url()).content.decode())
        text = browser.post(url(), posted | {"mode": "run", "purpose": "fun"}).content.decode()
        buttons = re.findall(r'<button[^>]*value="run"[^>]*>', text)
        assert [" disabled" in button for button in buttons] == [False, False]

    def test_refuses_a_purpose_that_is_not_in_the_registry(
        self, acme: Tenant, browser: Client
    ) -> None:
        posted = form_of(browser.get(url()).content.decode())
        response = browser.post(url(), posted | {"mode": "run", "purpose": "fun"})
        assert response.status_code == 400
        assert "The purpose is not in the registry" in response.content.decode()
        assert executions(acme) == []

    @pytest.mark.parametrize("number", ["9" * 400, str(2**70)])
    def test_says_what_is_wrong_with_a_number_that_no_row_can_hold(
        self, acme: Tenant, browser: Client, number: str
    ) -> None:
        posted = form_of(browser.get(url()).content.decode())
        sent: dict[str, Any] = posted | {"mode": "run", "purpose": "practice", "p/days": number}
        response = browser.post(url(), sent)
        assert response.status_code == 400
        assert executions(acme) == []


def test_a_high_risk_says_before_the_start_who_must_approve(author: Actor, browser: Client) -> None:
    freeze(author, STEPS, parameters=PARAMETERS, risk="high")
    text = browser.get(url()).content.decode()
    assert "It would wait for people, then start" in text
    assert "2 people must approve before the first step" in text


def test_nobody_runs_what_another_tenant_keeps_to_itself(
    globex: Tenant, author: Actor, client: Client
) -> None:
    freeze(author, STEPS, parameters=PARAMETERS)
    client.force_login(make_member(globex, "operator"))
    assert client.get(url()).status_code == 404
    assert client.post(url(), {"mode": "run", "purpose": "practice"}).status_code == 404


def test_a_signed_out_post_goes_to_the_sign_in(author: Actor, client: Client) -> None:
    freeze(author, STEPS, parameters=PARAMETERS)
    assert client.post(url(), {"mode": "run"})["Location"].startswith("/sign-in/")


@pytest.mark.usefixtures("frozen")
class TestTheSameAgain:
    def started(self, acme: Tenant, browser: Client) -> Execution:
        posted: dict[str, Any] = {**form_of(browser.get(url()).content.decode())}
        posted |= {"mode": "run", "purpose": "practice", "p/days": "9", "p/who": "bo@acme.test"}
        browser.post(url(), posted)
        return executions(acme)[0]

    def test_is_linked_from_the_execution_and_fills_the_form(
        self, acme: Tenant, browser: Client
    ) -> None:
        former = self.started(acme, browser)
        page = browser.get(reverse("runtime:execution", args=[former.pk])).content.decode()
        again = url(**{"from": str(former.pk)})
        assert f'href="{again}"' in page
        posted = form_of(browser.get(again).content.decode())
        assert (posted["p/who"], posted["p/days"]) == (["bo@acme.test"], ["9"])
        assert posted["purpose"] == ["practice"]
        assert browser.post(again, posted | {"mode": "run"}).status_code == 302
        assert [row.parameters for row in executions(acme)] == [former.parameters] * 2

    def test_shows_nobody_else_s_answers(
        self, acme: Tenant, globex: Tenant, browser: Client, client: Client, author: Actor
    ) -> None:
        former = self.started(acme, browser)
        freeze(actor_of(globex, "author"), STEPS, parameters=PARAMETERS)
        client.force_login(make_member(globex, "operator"))
        there = reverse("runtime:run", args=["globex", "tried"])
        assert client.get(there).status_code == 200
        assert client.get(f"{there}?from={former.pk}").status_code == 404

    @pytest.mark.parametrize("given", ["x", "00000000-0000-0000-0000-000000000001", "%00"])
    def test_of_nothing_is_not_found(self, browser: Client, given: str) -> None:
        assert browser.get(url(**{"from": given})).status_code == 404


@pytest.mark.usefixtures("frozen")
def test_the_start_is_there_to_copy_as_a_call_and_a_command(browser: Client) -> None:
    text = unescape(browser.get(url()).content.decode())
    assert "curl http://testserver/api/executions/" in text
    assert "-H 'X-Purpose: PURPOSE'" in text
    assert '"parameters": {"who": "ana@acme.test", "systems": ["chat"], "days": 7}' in text
    assert "mc execute acme/tried" in text
    path = reverse("runtime:preview", args=["acme", "tried"])
    posted: dict[str, Any] = form_of(browser.get(url()).content.decode())
    sent = posted | {"purpose": "practice", "p/who": "o'hara@acme.test"}
    part = unescape(browser.post(path, sent, headers=HTMX).content.decode())
    assert "-H 'X-Purpose: practice'" in part
    assert """--param 'who=o'"'"'hara@acme.test'""" in part
