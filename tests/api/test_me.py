"""`/api/me/`: what one chose for oneself, and nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client

from maestro.tenancy.models import Tenant, User
from tests.api.calling import Caller, caller_in, codes_of, is_problem
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def ana(acme: Tenant) -> Caller:
    return Caller(acme, make_member(acme, "viewer", user=make_user("ana@acme.test", name="Ana")))


def kept(who: Caller) -> tuple[str, bool]:
    person = User.objects.get(pk=who.user.pk)
    return person.time_zone, person.release_mail


def test_one_reads_who_one_is_and_what_one_chose(ana: Caller) -> None:
    assert ana.get("me/").json() == {
        "email": "ana@acme.test", "name": "Ana", "time_zone": "", "release_mail": True,
    }  # fmt: skip


def test_what_is_given_is_changed_and_the_rest_stays(acme: Tenant, ana: Caller) -> None:
    other = caller_in(acme, "admin")
    said = ana.patch("me/", {"release_mail": False})
    assert (said.status_code, said.json()["release_mail"]) == (200, False)
    assert (kept(ana), kept(other)) == (("", False), ("", True))
    assert ana.patch("me", {"time_zone": "Asia/Tokyo"}).json()["time_zone"] == "Asia/Tokyo"
    assert kept(ana) == ("Asia/Tokyo", False)
    ana.patch("me/", {"time_zone": "", "release_mail": True})
    ana.patch("me/", {})
    assert kept(ana) == ("", True)


def test_what_is_wrong_changes_nothing(ana: Caller) -> None:
    answer = ana.patch("me/", {"time_zone": "Mars/Olympus", "release_mail": False})
    is_problem(answer, 400, "invalid_input")
    assert codes_of(answer) == {("/time_zone", "unknown_time_zone")}
    answer = ana.patch("me/", {"release_mail": "perhaps", "email": "root@acme.test"})
    assert {path for path, _ in codes_of(answer)} == {"/release_mail", "/email"}
    answer = ana.patch("me/", {"release_mail": "perhaps", "time_zone": "Mars/Olympus"})
    assert codes_of(answer) == {("/release_mail", "invalid"), ("/time_zone", "unknown_time_zone")}
    assert kept(ana) == ("", True)


def test_a_token_with_scopes_does_not_reach_it(acme: Tenant) -> None:
    narrow = caller_in(acme, "admin", scopes=["execution.*"])
    for answer in (narrow.get("me/"), narrow.patch("me/", {"release_mail": False})):
        assert is_problem(answer, 403, "denied")["reasons"][0]["code"] == "out_of_scope"
    assert kept(narrow) == ("", True)


def test_a_session_chooses_as_its_person(ana: Caller) -> None:
    client = Client()
    client.force_login(ana.user)
    answer = client.patch(
        "/api/me/", {"release_mail": False}, content_type="application/json",
        headers={"X-Purpose": "practice"},
    )  # fmt: skip
    assert answer.json()["release_mail"] is False
    assert kept(ana) == ("", False)
