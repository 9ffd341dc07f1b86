"""A database that can't be reached: a page or a problem document that says so, and no stack trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client

from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in, is_problem
from tests.factories import make_member
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


@contextmanager
def out_of_reach(nowhere: Path) -> Iterator[None]:
    """The application's database is where nothing listens."""
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = str(nowhere)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["HOST"] = host


def test_a_page_says_that_maestro_is_away_and_comes_back(acme: Tenant, tmp_path: Path) -> None:
    client = Client()
    client.force_login(make_member(acme, "operator"))
    assert client.get("/catalog/").status_code == 200
    with out_of_reach(tmp_path):
        away = client.get("/catalog/", HTTP_ACCEPT="text/html")
    assert (away.status_code, away["Retry-After"]) == (503, "5")
    assert "Maestro is away for a moment" in away.content.decode()
    assert str(tmp_path) not in away.content.decode()
    assert client.get("/catalog/").status_code == 200


def test_a_program_gets_a_problem_document(acme: Tenant, tmp_path: Path) -> None:
    caller = caller_in(acme, "operator")
    with out_of_reach(tmp_path):
        away = caller.get("workflows/")
    is_problem(away, 503, "unavailable")
    assert away["Retry-After"] == "5"


def test_a_connection_that_is_cut_in_the_middle_of_a_request_is_the_same(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = caller_in(acme, "operator")
    whole = transaction.Atomic.__enter__

    def cut(block: transaction.Atomic) -> None:
        whole(block)
        connection.connection.pgconn.finish()

    with monkeypatch.context() as patched:
        patched.setattr(transaction.Atomic, "__enter__", cut)
        away = caller.get("workflows/")
    is_problem(away, 503, "unavailable")
