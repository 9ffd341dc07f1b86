"""Every address, as everybody who may not know of the other tenant: nothing of it is said.

An answer about what is theirs is that about what is not there, to the letter and to the statement;
our own pages are as they were before there was a “them”. All of it holds again when the querysets
forget the tenant, and row-level security is alone. A new address is swept without being listed.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.urls import resolve

from catalog.querysets import DefinitionQuerySet
from maestro.kernel.models import TenantQuerySet
from tests.addresses import Address
from tests.isolation.asking import Answer, Asked, Caller, api_body, ask, operations, shape
from tests.isolation.conftest import EVERYWHERE, PAGES, World, path_of
from tests.isolation.world import CANARY, digests

pytestmark = pytest.mark.django_db(databases=["default", "jobs", "platform", "owner"])

CONSOLE: dict[str, list[Address]] = {}
for _each in EVERYWHERE:
    if _each.front == "admin":
        CONSOLE.setdefault("/".join(_each.pattern.split("/")[2:4]), []).append(_each)
"""The admin's addresses, by model."""
FORM = "application/x-www-form-urlencoded"
OF_LIBRARIES = {"format", "lang", "script"}
WRITERS = {"session", "token", "narrow", "auditor"}
"""Who is let as far as to write, somewhere."""
WITHOUT_FILTERS = {"session", "htmx", "token"}
"""Who sweeps a second time: those whom only rows stop."""


@pytest.fixture(params=["filters", "row security alone"])
def alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the querysets forget the tenant: nothing but the database is left then."""
    if request.param == "filters":
        return False
    # What the code forgets can't be tested with code that does not forget.
    monkeypatch.setattr(TenantQuerySet, "for_tenant", lambda rows, tenant_id: rows)
    monkeypatch.setattr(DefinitionQuerySet, "visible_to", lambda rows, tenant_id: rows)
    return True


def named(address: Address) -> str:
    return address.name


def callers_of(world: World, *, alone: bool, method: str) -> Iterator[Caller]:
    for caller in world.callers.values():
        if (not alone or caller.name in WITHOUT_FILTERS) and (
            caller.name != "htmx" or method == "GET"
        ):
            yield caller


def request_of(address: Address, method: str, path: str, texts: Mapping[str, str]) -> Asked:
    """A request that has all that it needs, under every name that a view may look at."""
    if method == "GET":
        return Asked(method, path)
    if address.front == "api":
        return Asked(method, path, (), *api_body(address, method, texts))
    return Asked(method, path, (), urlencode(texts).encode(), FORM)


def told(world: World, caller: Caller, asked: Asked) -> Answer:
    """The answer, after it was seen to tell and to change nothing of theirs."""

    def nothing_changed() -> None:
        # Their own token is used, and refused, in their own tenant: that is kept there.
        kept = {
            "tenancy_apitoken", "governance_decision", "governance_policyinput",
            "governance_auditdue",
        }  # fmt: skip
        without = frozenset(kept) if caller.name == "narrow" else frozenset()
        wanted = {table: row for table, row in world.digests.items() if table not in without}
        assert digests("default", world.theirs.tenant, without) == wanted

    writes = asked.method != "GET" and caller.name in WRITERS
    answer = ask(caller, asked, nothing_changed if writes else None)
    said = answer.without(asked, caller).lower()
    if caller.name == "narrow":  # they are of that tenant, and its name is on their pages
        said = said.replace("quokka limited", "").replace("quokka-corp", "")
    at = said.find(CANARY)
    assert at < 0, f"{caller.name}: {asked.method} {asked.path} tells: …{said[at - 80 : at + 80]}…"
    told_ids = [one for one in world.ids if one in said]
    assert told_ids == [], f"{caller.name}: {asked.method} {asked.path} tells ids"
    return answer


def same_if_made_up(world: World, caller: Caller, asked: Asked, answer: Answer) -> None:
    """Fails unless what is not there is answered the same, by the same statements."""
    about = f"{caller.name}: {asked.method} {asked.path} {asked.query}"
    own = world.theirs.tenant.slug if caller.name == "narrow" else ""
    nobody, nothing = caller.made_up(), asked.made_up(world.ids, own)
    if (nobody, nothing) == (caller, asked):
        return
    other = ask(nobody, nothing)
    differences = list(unified_diff(other.plain(), answer.plain(), n=0, lineterm=""))
    assert differences == [], f"{about}\n" + "\n".join(differences[:12])
    statements = list(unified_diff(other.statements, answer.statements, n=0, lineterm=""))
    assert statements == [], f"{about}: other statements\n" + "\n".join(statements[:12])


def test_the_sweep_finds_each_view_at_its_path(world: World) -> None:
    assert len(PAGES) > 60
    assert len(CONSOLE) > 25
    for address in EVERYWHERE:
        path = path_of(world.theirs, address)
        assert resolve(path).func is address.view, (address.name, path)


def test_the_sweep_calls_every_method_that_the_openapi_document_has() -> None:
    swept = {(shape(each.pattern), method) for each in PAGES for method in each.methods}
    assert set(operations()) - swept == set()
    assert len(operations()) > 20


@pytest.mark.parametrize("address", PAGES, ids=named)
def test_what_is_theirs_is_as_if_it_were_not_there(
    address: Address, world: World, alone: bool
) -> None:
    paths = {path_of(world.theirs, address, ended=ended) for ended in (False, True)}
    for method in address.methods:
        for caller in callers_of(world, alone=alone, method=method):
            # Who is let in nowhere is asked once; who may do all that one can, of each execution.
            for path in sorted(paths)[: None if caller.name in WITHOUT_FILTERS else 1]:
                asked = request_of(address, method, path, world.theirs.texts)
                answer = told(world, caller, asked)
                about = f"{caller.name}: {method} {path}"
                if caller.name in ("expired", "revoked"):
                    assert answer.status == 401, about
                else:
                    same_if_made_up(world, caller, asked, answer)


@pytest.mark.parametrize("address", [each for each in PAGES if "GET" in each.methods], ids=named)
def test_our_own_pages_are_as_they_were_without_them(
    address: Address, world: World, alone: bool
) -> None:
    asked = Asked("GET", path_of(world.ours, address, ended=True))
    for name in ("session", "token"):
        answer = told(world, world.callers[name], asked)
        before = world.before[name, address.name]
        differences = list(unified_diff(before.plain(), answer.plain(), n=0, lineterm=""))
        assert differences == [], f"{name}: {asked.path}\n" + "\n".join(differences[:12])


@pytest.mark.parametrize("address", PAGES, ids=named)
def test_naming_theirs_on_a_page_of_ours_tells_nothing(
    address: Address, world: World, alone: bool
) -> None:
    """Each query parameter that the view looks at, each field, and each argument after the first."""
    path = path_of(world.ours, address, ended=True)
    texts = world.theirs.texts
    session = world.callers["token" if address.front == "api" else "session"]
    asked = []
    if "GET" in address.methods:
        read = world.before[session.name, address.name].read - OF_LIBRARIES
        for name in sorted(name for name in read if "/" not in name):
            # Under a name that nobody knows here stands what may be named anywhere.
            given = (texts[name],) if name in texts else (texts["id"], texts["slug"])
            asked += [Asked("GET", path, ((name, _given(address, name, one)),)) for one in given]
    own, theirs = (side.values(address, ended=True) for side in (world.ours, world.theirs))
    mixed = [address.path({**own, name: theirs[name]}) for name in address.arguments[1:]]
    for method in address.methods:
        asked += [request_of(address, method, each, texts) for each in mixed]
        if method != "GET":
            asked.append(request_of(address, method, path, texts))
    for each in asked:
        same_if_made_up(world, session, each, told(world, session, each))


def _given(address: Address, name: str, text: str) -> str:
    """A cursor of the API is an id in a wrapping."""
    if address.front != "api" or name != "cursor":
        return text
    return b64encode(f"p={UUID(text)}".encode()).decode()


@pytest.mark.parametrize("part", CONSOLE)
def test_the_console_opens_to_nobody_of_a_tenant(part: str, world: World) -> None:
    for address in CONSOLE[part]:
        path = path_of(world.theirs, address)
        for name in ("session", "token", "nobody", "signed out", "expired", "narrow"):
            caller = world.callers[name]
            for method in ("GET", "POST") if name in ("session", "token") else ("GET",):
                asked = request_of(address, method, path, world.theirs.texts)
                answer = told(world, caller, asked)
                assert answer.status in {302, 401, 403, 405}, (name, method, path)
                if name in ("session", "token"):
                    same_if_made_up(world, caller, asked, answer)


@pytest.mark.parametrize("part", CONSOLE)
def test_who_only_reads_in_the_console_changes_nothing_there(part: str, world: World) -> None:
    for address in CONSOLE[part]:
        asked = request_of(address, "POST", path_of(world.theirs, address), world.theirs.texts)

        def look(asked: Asked = asked) -> None:
            assert digests("default", world.theirs.tenant) == world.digests, asked.path

        assert ask(world.callers["auditor"], asked, look).status < 500
