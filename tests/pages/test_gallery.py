"""The gallery: each state is what the product answers, and production has none of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import reverse

from maestro.gallery.states import GROUPS, STATES
from tests.check_deploy import environment
from tests.pages.browser import faults, parse

ANSWERS = {
    "denied": 403,
    "not-found": 404,
    "conflict": 409,
    "invalid": 400,
    "over-budget": 429,
    "maintenance": 503,
    "not-signed-in": 401,
    "locked-out": 429,
    "403-csrf": 403,
    "400": 400,
    "403": 403,
    "404": 404,
    "500": 500,
}


def opened(name: str) -> tuple[int, str]:
    answer = Client(raise_request_exception=False).get(reverse("gallery:state", args=[name]))
    return answer.status_code, answer.content.decode()


def test_the_list_leads_to_every_state() -> None:
    page = parse(Client().get(reverse("gallery:index")).content.decode())
    links = {each.attrs["href"] for each in page.all("a")}
    assert faults(page) == []
    assert {reverse("gallery:state", args=[name]) for name in STATES} <= links
    assert sum(len(states) for _, states in GROUPS) == len(STATES)


@pytest.mark.parametrize("name", sorted(STATES))
def test_a_state_answers_as_the_product_does(name: str) -> None:
    status, page = opened(name)
    assert status == ANSWERS.get(name, 200)
    if status >= 400:
        assert "What to do:" in page or "What is wrong" in page or "Why" in page


def test_who_may_not_is_told_which_role_is_missing_and_whom_to_ask() -> None:
    _, page = opened("denied")
    assert "role_missing" in page
    assert "This needs the role operator here. Ask an admin of the tenant for it." in page
    assert "Ask an admin of Acme" in page


def test_who_is_over_budget_is_told_when_to_try_again() -> None:
    answer = Client().get(reverse("gallery:state", args=["over-budget"]))
    assert answer["Retry-After"] == "40"
    assert "Try again in 40 s." in answer.content.decode()


def test_a_fault_says_the_id_that_finds_it_in_the_log() -> None:
    client = Client(raise_request_exception=False)
    answer = client.get(
        reverse("gallery:state", args=["500"]), headers={"X-Request-Id": "abc-4711-x"}
    )
    assert answer.status_code == 500
    assert "<code>abc-4711-x</code>" in answer.content.decode()
    assert "Meant:" not in answer.content.decode()


def test_a_state_that_is_not_there_is_not_found() -> None:
    assert opened("nothing-like-it")[0] == 404


def test_production_has_no_gallery_whatever_its_environment_says() -> None:
    asked = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from django.urls import NoReverseMatch, reverse\n"
        "assert settings.GALLERY is False\n"
        "try: reverse('gallery:index')\n"
        "except NoReverseMatch: print('none')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | environment() | {"GALLERY": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "none"
