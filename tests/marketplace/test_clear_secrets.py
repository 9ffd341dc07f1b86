"""One detector of secrets in clear, for documents that are put forward and for what is installed."""

from __future__ import annotations

import pytest

from marketplace.clear_secrets import suspects
from marketplace.wanted import clear_secrets
from tests.effort import seconds_of_work

KNOWN = (
    "sk_" + "live_0123456789abcdef",
    "sk-" + "0123456789abcdefghijkl",
    "ghp_" + "0" * 36,
    "https://user:hunter22@db.example/x",
    "Authorization: Bearer 0123456789abcdefghijk",
)


@pytest.mark.parametrize("secret", KNOWN)
def test_both_know_the_same_secrets_by_their_form(secret: str) -> None:
    (found,) = suspects({"a/b": [secret]}, "/with")
    assert (found.path, found.certain) == ("/with/a~1b/0", True)
    (problem,) = clear_secrets({"a/b": [secret]})
    assert (problem.path, problem.code) == ("/parameters/a~1b/0", "secret_in_clear")
    assert secret not in f"{found.what} {problem.message} {problem.hint}"


def test_what_is_merely_random_warns_an_author_and_stops_no_installation() -> None:
    random = {"account": "q9Zk2LmX7vB4tR8wYp3NcD6f"}
    (found,) = suspects(random, "/with")
    assert not found.certain
    assert not list(clear_secrets(random))


@pytest.mark.parametrize("name", ["password", "db_passphrase", "API_TOKEN", "apiKey"])
def test_a_value_under_the_name_of_a_secret_is_one(name: str) -> None:
    (problem,) = clear_secrets({name: "0123456789"})
    assert problem.path == f"/parameters/{name}"
    assert not list(clear_secrets({name: "vault_writer"}))


@pytest.mark.parametrize(
    "text", ["a." * 100_000, "a+" * 100_000, "eyJ-" * 50_000, "${{" * 70_000, "${{ a }}" * 25_000]
)
def test_a_long_text_is_looked_through_once(text: str) -> None:
    with seconds_of_work(20):
        assert not list(suspects(text, "/with"))


def test_an_expression_that_does_not_end_hides_nothing() -> None:
    assert list(suspects({"password": "${{0123456789"}, "/with"))
    assert not list(suspects({"password": "${{ secrets.a }}"}, "/with"))
    (found,) = suspects("${{ a }} q9Zk2LmX7vB4tR8wYp3NcD6f ${{", "/with")
    assert not found.certain
