"""Every address of the API, taken from the URL configuration itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from maestro.tenancy.models import Tenant
from tests.api.calling import PROBLEM, Caller, caller_in
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STEP = """
- {id: ask, task: core.approval@1, with: {message: Secretly asked}}
"""
PUBLIC = {"schema", "docs"}  # they describe the API, and nothing of a tenant


@dataclass(frozen=True)
class Route:
    """A pattern under `/api/`, and the methods it answers."""

    name: str
    pattern: str
    methods: tuple[str, ...]


def routes() -> list[Route]:
    """Every route under `/api/` but the last, which is for what no other is for."""
    api = next(
        entry
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver) and str(entry.pattern) == "api/"
    )
    return list(_walk(api, ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, pattern)
        elif isinstance(entry, URLPattern) and entry.name:
            actions: dict[str, Any] = getattr(entry.callback, "actions", None) or {"get": ""}
            yield Route(entry.name, pattern, tuple(actions))


ROUTES = routes()


def filled(route: Route, values: dict[str, str]) -> str:
    """The route's path with its parameters given, without the last slash."""
    path = route.pattern.replace("^", "").replace("$", "").removesuffix("/?")
    return re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda found: values[found[1]], path)


@pytest.fixture
def rows(acme: Tenant) -> dict[str, str]:
    """Something of acme's at every address."""
    calls = caller_in(acme, "author", purpose="practice")
    calls.freeze(document(STEP, name="secretive"), "secretive")
    execution = calls.start("secretive").json()
    return {
        "slug": "secretive",
        "workflow_slug": "secretive",
        "version": "1.0.0",
        "step_id": "ask",
        "pk": execution["id"],
        "token": str(calls.token.pk),
    }


def _values(route: Route, rows: dict[str, str]) -> dict[str, str]:
    return rows | {"pk": rows["token"]} if route.name.startswith("token") else rows


def test_the_sweep_sees_every_address() -> None:
    assert {route.name for route in ROUTES} >= {
        "execution-list",
        "execution-detail",
        "execution-decide",
        "workflow-detail",
        "version-detail",
        "token-detail",
        "simulate-list",
        "validate-list",
        "schema",
        "docs",
    }


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.name} {route.pattern}")
def test_without_a_token_nothing_is_shown(route: Route, rows: dict[str, str]) -> None:
    if route.name in PUBLIC:
        return
    for method in route.methods:
        answer = Client().generic(
            method.upper(),
            f"/api/{filled(route, _values(route, rows))}/",
            b"{}",
            content_type="application/json",
            headers={"X-Purpose": "practice"},
        )
        assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM), route
        assert answer["WWW-Authenticate"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.name} {route.pattern}")
@pytest.mark.parametrize("publisher", ["", "acme/"])
def test_another_tenants_admin_finds_nothing_at_any_address(
    route: Route, rows: dict[str, str], stranger_calls: Caller, publisher: str
) -> None:
    values = _values(route, rows)
    values = {
        **values,
        "slug": publisher + values["slug"],
        "workflow_slug": publisher + values["workflow_slug"],
    }
    for method in route.methods:
        body: Any = {"approve": True, "rationale": "mine"} if route.name.endswith("decide") else {}
        if method == "post" and route.name in ("execution-list", "simulate-list"):
            body = {"workflow": publisher + "secretive"}
        answer = stranger_calls.call(method.upper(), filled(route, values) + "/", body)
        said = answer.content.decode()
        assert "ecretly" not in said
        assert rows["pk"] not in said.replace(answer.wsgi_request.path, "")
        if "(?P<" in route.pattern or body.get("workflow"):
            # A document of no workflow is no document: that it is refused says nothing either.
            expected = {400, 404} if route.name == "version-list" and method == "post" else {404}
            assert answer.status_code in expected, (route, method, said)
        elif method == "get" and route.name not in PUBLIC:
            found = answer.json()["results"]
            assert all(one.get("user") == str(stranger_calls.user.pk) for one in found)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.name} {route.pattern}")
def test_an_address_works_with_and_without_its_last_slash(
    route: Route, rows: dict[str, str], acme: Tenant
) -> None:
    calls = caller_in(acme, "admin")
    path = filled(route, _values(route, rows))
    for method in route.methods:
        with_slash = calls.call(method.upper(), path + "/", b"{", headers={"X-Purpose": "practice"})
        without = calls.call(method.upper(), path, b"{", headers={"X-Purpose": "practice"})
        assert with_slash.status_code == without.status_code
        assert with_slash.status_code not in (301, 302, 307, 308, 404, 405, 500)
