"""Every process follows what is put in force, and nobody who asks meanwhile is refused for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError

from governance.models import PolicyBundle
from governance.policy import engine as engines
from governance.policy.bundle import load_bundle
from governance.policy.embedded import EmbeddedRego
from governance.policy.follow import Follower, Numbers
from governance.policy.packed import pack_bundle
from governance.policy.rules import Followed, TenantData, TenantRules
from governance.private_files import make_private
from governance.services.activate_policies import activate_policies, rollback_policies
from governance.services.build_policies import build_policies
from governance.signing import signing_ring
from governance.trust.keys import new_key
from maestro.kernel.actor import system_actor
from tests.embedded.waiting import until
from tests.faults.processes import Part
from tests.governance.policy.changing import shipped_with
from tests.governance.policy.processes import followed, lines, processes_that_decide

MAESTRO = system_actor("tests")
SHIPPED = load_bundle().revision


class Said:
    """What the database says, without one."""

    def __init__(self) -> None:
        self.moved, self.content, self.away = 0, None, False
        self.reads = 0
        self.changed, self.said = 0, TenantRules()
        self.asked: list[UUID] = []

    def numbers(self) -> Numbers:
        if self.away:
            raise DatabaseError
        return Numbers(self.moved, self.changed)

    def rules(self, tenant_id: UUID, /) -> TenantRules:
        self.asked.append(tenant_id)
        return self.said

    def active(self) -> bytes | None:
        self.reads += 1
        return self.content

    def now_active(self, content: bytes | None) -> None:
        self.content, self.moved = content, self.moved + 1


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def put(said: Said) -> tuple[Follower, list[EmbeddedRego]]:
    got: list[EmbeddedRego] = []
    return Follower(got.append, said), got


def another(folder: Path, name: str = "another", **more: str) -> bytes:
    folder = shipped_with(folder, name, **(more or {"authz": f"\n# {name}\n"}))
    return pack_bundle(load_bundle(folder), signing_ring().signer)


def test_what_did_not_change_is_not_read_again(
    said: Said, put: tuple[Follower, list[EmbeddedRego]]
) -> None:
    follower, got = put
    for _ in range(5):
        follower.look()
    assert (len(got), said.reads, follower.fault) == (1, 1, "")
    assert got[0].bundle.revision == SHIPPED


def test_another_set_is_compiled_before_it_decides(
    said: Said, put: tuple[Follower, list[EmbeddedRego]], tmp_path: Path
) -> None:
    follower, got = put
    follower.look()
    said.now_active(another(tmp_path))
    follower.look()
    assert [len(one._idle) for one in got] == [1, 1]
    assert got[1].bundle.revision != SHIPPED
    said.now_active(None)
    follower.look()
    assert got[2].bundle.revision == SHIPPED


def test_what_can_t_be_in_force_leaves_the_last_good_one(
    said: Said, put: tuple[Follower, list[EmbeddedRego]], tmp_path: Path
) -> None:
    follower, got = put
    follower.look()
    of_another_key = pack_bundle(load_bundle(), new_key())
    broken = another(tmp_path, authz="\nallow := {")
    for content, why in (
        (of_another_key, "not signed by"),
        (broken, "compile"),
        (b"", "no bundle"),
    ):
        said.now_active(content)
        follower.look()
        assert len(got) == 1
        assert why in follower.fault
    said.now_active(another(tmp_path, "good"))
    follower.look()
    assert (len(got), follower.fault) == (2, "")


def test_the_last_good_one_stays_while_the_database_is_away(
    said: Said, put: tuple[Follower, list[EmbeddedRego]]
) -> None:
    follower, got = put
    said.away = True
    follower.look()
    assert got == []
    assert "does not say" in follower.fault
    said.away = False
    follower.look()
    assert len(got) == 1
    said.away = True
    follower.look()
    assert (len(got), follower.fault) == (1, "")


def test_rules_are_read_once_a_tenant_until_they_change(said: Said) -> None:
    follower = Follower(None, said)
    for tenant in (UUID(int=1), UUID(int=1), UUID(int=2)):
        follower.look()
        assert follower.rules.of(tenant).data.revision == 0
    assert said.asked == [UUID(int=1), UUID(int=2)]
    said.said, said.changed = TenantRules(data=TenantData(revision=7)), 1
    assert follower.rules.of(UUID(int=1)).data.revision == 0
    follower.look()
    assert follower.rules.of(UUID(int=1)).data.revision == 7


def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    held: list[Followed] = []

    def read(_tenant_id: UUID) -> TenantRules:
        held[0].forget()  # a change that is seen while this one reads
        return TenantRules()

    held.append(Followed(read))
    held[0].of(UUID(int=1))
    assert held[0]._known == {}


@pytest.mark.usefixtures("begun_anew")
def test_a_process_that_asks_an_opa_server_follows_the_rules_itself(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POLICY_ENGINE, settings.POLICY_FOLLOWED = "opa", True
    source = Said()
    source.said = TenantRules(data=TenantData(revision=3))
    monkeypatch.setattr("governance.policy.follow.Database", lambda: source)
    assert engines.rules_of(UUID(int=1)).data.revision == 3
    source.said, source.changed = TenantRules(data=TenantData(revision=4)), 1
    until(lambda: engines.rules_of(UUID(int=1)).data.revision == 4, within=5, of="the change")
    assert source.reads == 0


@pytest.fixture
def begun_anew() -> Iterator[None]:
    before, book = engines.use_engine(None), engines.use_book(None)
    yield
    engines.use_book(book)
    if engines._follower:
        engines._follower.stop()
    engines._follower = None
    engines.use_engine(before)


@pytest.mark.usefixtures("begun_anew")
def test_until_it_is_known_what_is_active_everybody_is_refused(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POLICY_FOLLOWED = True
    away = Said()
    away.away = True
    monkeypatch.setattr("governance.policy.follow.Database", lambda: away)
    assert [one.code for one in engines.engine().decide({}).deny] == ["policy_unavailable"]
    assert not engines.in_force()[0]
    away.away = False
    until(lambda: engines.in_force() == (True, SHIPPED), within=5, of="the shipped policies")


@pytest.mark.usefixtures("begun_anew")
def test_what_is_behind_says_so(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.POLICY_FOLLOWED = True
    source = Said()
    monkeypatch.setattr("governance.policy.follow.Database", lambda: source)
    assert engines.in_force() == (True, SHIPPED)
    source.now_active(pack_bundle(load_bundle(), new_key()))
    until(lambda: not engines.in_force()[0], within=5, of="the fault")
    assert engines.in_force()[1].startswith(f"{SHIPPED} decides, but")
    assert engines.engine().healthy()[0]


@pytest.fixture
def deciding(tmp_path: Path) -> Iterator[list[Part]]:
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True)
    make_private(home / "secrets" / "signing.pem", signing_ring().signer.pem())  # type: ignore[attr-defined]
    with processes_that_decide(home, logs=tmp_path) as started:
        yield started


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_every_process_follows_and_nobody_is_refused(deciding: list[Part], tmp_path: Path) -> None:
    """How soon, the benchmark tells."""
    rows: list[PolicyBundle] = [
        build_policies(actor=MAESTRO, folder=shipped_with(tmp_path, name, authz=f"\n# {name}\n"))
        for name in ("one", "two")
    ]
    for row in rows:
        activate_policies(actor=MAESTRO, bundle=row)
        followed(deciding, row.revision)
    for revision in (rows[0].revision, SHIPPED):
        rollback_policies(actor=MAESTRO)
        followed(deciding, revision)
    for part in deciding:
        last = lines(part)[-1]
        assert last["allowed"] > 100
        assert "refused" not in last


def test_a_follower_that_is_stopped_ends() -> None:
    got: list[EmbeddedRego] = []
    follower = Follower(got.append, Said())
    follower.start()
    follower.stop()
    until(lambda: not any(one.name == "policy" for one in threading.enumerate()), within=5)
    assert len(got) == 1
