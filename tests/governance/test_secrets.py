"""Secrets: written, sealed, revealed to the runtime alone, and seen nowhere else."""

from __future__ import annotations

import base64
import json
import logging
import stat
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from governance.keyring import key_ring, parse_key_ring
from governance.models import Decision, Receipt, Secret
from governance.sealing import SecretUnreadable, seal, unseal
from governance.services.delete_secret import delete_secret
from governance.services.reveal_secrets import reveal_secrets
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, InvalidInput, NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of

COMMITTED = pytest.mark.django_db(transaction=True, databases=["default", "jobs", "owner"])
CANARY = "canary-7f3a-“quoted”-\\n"


def a_key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.MAESTRO_KEYS = f"k1:{a_key('1')}"


@pytest.fixture
def admin(acme: Tenant) -> Actor:
    return actor_of(acme, "admin")


def store(actor: Actor, name: str = "directory_admin", value: str = CANARY) -> Secret:
    assert actor.tenant_id is not None
    return set_secret(actor=actor, tenant_id=actor.tenant_id, name=name, value=value)


def reveal(tenant: Tenant, *names: str, using: str = "default") -> dict[str, str]:
    return reveal_secrets(tenant_id=tenant.pk, names=names, using=using)


def test_the_runtime_reads_what_an_admin_wrote(acme: Tenant, admin: Actor) -> None:
    store(admin)
    store(admin, "other", "another value")
    assert reveal(acme, "directory_admin") == {"directory_admin": CANARY}
    assert reveal(acme, "other", "directory_admin", "other") == {
        "directory_admin": CANARY,
        "other": "another value",
    }
    assert reveal(acme) == {}


def test_a_new_value_takes_the_old_one_s_place(acme: Tenant, admin: Actor) -> None:
    first = store(admin)
    before = bytes(first.ciphertext)
    set_secret(
        actor=admin, tenant_id=acme.pk, name=first.name, value="second", description="For leavers"
    )
    third = store(admin, value="third value")
    assert (third.pk, third.version, third.description) == (first.pk, 3, "For leavers")
    assert bytes(third.ciphertext) != before
    assert reveal(acme, first.name) == {first.name: "third value"}


def test_a_deleted_secret_is_gone(acme: Tenant, admin: Actor) -> None:
    store(admin)
    delete_secret(actor=admin, tenant_id=acme.pk, name="directory_admin")
    with pytest.raises(NotFound):
        reveal(acme, "directory_admin")
    with pytest.raises(NotFound):
        delete_secret(actor=admin, tenant_id=acme.pk, name="directory_admin")


def test_every_missing_secret_is_named_at_once(acme: Tenant, admin: Actor) -> None:
    store(admin)
    with pytest.raises(NotFound, match="called a, b"):
        reveal(acme, "b", "directory_admin", "a")


def test_a_secret_of_another_tenant_is_not_there(globex: Tenant, admin: Actor) -> None:
    store(admin)
    with pytest.raises(NotFound):
        reveal(globex, "directory_admin")


@pytest.mark.parametrize("role", ["viewer", "operator", "author"])
def test_only_an_admin_writes_and_deletes(acme: Tenant, admin: Actor, role: str) -> None:
    store(admin)
    other = actor_of(acme, role)
    with pytest.raises(Denied):
        store(other, value="another value")
    with pytest.raises(Denied):
        delete_secret(actor=other, tenant_id=acme.pk, name="directory_admin")
    assert reveal(acme, "directory_admin") == {"directory_admin": CANARY}


@pytest.mark.parametrize(
    ("name", "value", "description", "paths"),
    [
        ("", CANARY, "", {"/name"}),
        ("Upper", CANARY, "", {"/name"}),
        ("a" * 64, CANARY, "", {"/name"}),
        ("ok", "abc", "", {"/value"}),
        ("ok", "x" * 70_000, "", {"/value"}),
        ("ok-", "", "d" * 201, {"/name", "/value", "/description"}),
    ],
)
def test_every_problem_is_said_at_once_and_shows_no_value(
    acme: Tenant, admin: Actor, name: str, value: str, description: str, paths: set[str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        set_secret(actor=admin, tenant_id=acme.pk, name=name, value=value, description=description)
    assert {problem.path for problem in refusal.value.problems} == paths
    assert CANARY not in repr(refusal.value.problems)


def test_the_value_is_nowhere_but_where_it_is_revealed(
    acme: Tenant, admin: Actor, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    with caplog.at_level(logging.DEBUG), tenant_scope(acme.pk):
        row = store(admin)
        row.refresh_from_db()
        told = [repr(row), str(row), repr(vars(row)), repr(model_to_dict(row)), repr(key_ring())]
        for model in (Decision, Receipt):
            told += [repr(vars(one)) for one in model.objects.for_tenant(acme.pk)]
        settings.MAESTRO_KEYS = f"k1:{a_key('2')}"
        try:
            reveal(acme, row.name)
        except SecretUnreadable as problem:
            told += [*traceback.format_exception(problem), repr(problem), repr(problem.details)]
    told.append(caplog.text)
    everything = "\n".join(told)
    for hidden in (CANARY, CANARY[:12], base64.b64encode(CANARY.encode()).decode()[:12]):
        assert hidden not in everything
    assert a_key("1") not in everything
    assert repr(b"1" * 32) not in everything


def test_a_receipt_says_that_it_was_set_and_deleted(acme: Tenant, admin: Actor) -> None:
    store(admin)
    delete_secret(actor=admin, tenant_id=acme.pk, name="directory_admin")
    with tenant_scope(acme.pk):
        kinds = [row.kind for row in Receipt.objects.of("secret", "directory_admin").order_by("id")]
    assert kinds == ["secret.write", "secret.delete"]


def test_a_missing_key_fails_loudly(acme: Tenant, admin: Actor, settings: Settings) -> None:
    store(admin)
    settings.MAESTRO_KEYS = f"k2:{a_key('2')}"
    with pytest.raises(SecretUnreadable, match=r"directory_admin .* the key k1, which is not"):
        reveal(acme, "directory_admin")


def test_a_wrong_key_fails_loudly(acme: Tenant, admin: Actor, settings: Settings) -> None:
    store(admin)
    settings.MAESTRO_KEYS = f"k1:{a_key('2')}"
    with pytest.raises(SecretUnreadable, match=r"directory_admin .* does not open with the key k1"):
        reveal(acme, "directory_admin")


def test_after_a_rotation_both_keys_open(acme: Tenant, admin: Actor, settings: Settings) -> None:
    store(admin, "old")
    settings.MAESTRO_KEYS = f"k2:{a_key('2')},k1:{a_key('1')}"
    assert store(admin, "new").key_id == "k2"
    assert reveal(acme, "old", "new") == {"old": CANARY, "new": CANARY}


@pytest.mark.parametrize("field", ["ciphertext", "nonce", "wrapped_key", "version", "name"])
def test_a_row_that_was_changed_does_not_open(acme: Tenant, admin: Actor, field: str) -> None:
    row = store(admin)
    changed: dict[str, object] = {"version": 7, "name": "renamed"}
    for part in ("ciphertext", "nonce", "wrapped_key"):
        raw = bytearray(getattr(row, part))
        raw[3] ^= 1
        changed[part] = bytes(raw)
    with tenant_scope(acme.pk):
        Secret.objects.filter(pk=row.pk).update(**{field: changed[field]})
    with pytest.raises(SecretUnreadable):
        reveal(acme, "renamed" if field == "name" else row.name)


def test_the_same_value_never_seals_to_the_same_bytes() -> None:
    ring = key_ring()
    sealed = [seal("value", covers={"n": 1}, ring=ring) for _ in range(50)]
    assert len({one.ciphertext for one in sealed}) == 50
    assert {unseal(one, covers={"n": 1}, ring=ring) for one in sealed} == {"value"}
    with pytest.raises(SecretUnreadable):
        unseal(replace(sealed[0], wrapped_key=b"short"), covers={"n": 1}, ring=ring)


@COMMITTED
def test_the_engines_role_reveals_in_one_query_and_notes_the_use_once_a_minute(
    acme: Tenant, settings: Settings
) -> None:
    settings.MAESTRO_TEST_CLOCK = False
    admin = actor_of(acme, "admin")
    store(admin)
    assert reveal(acme, "directory_admin", using="jobs") == {"directory_admin": CANARY}
    with tenant_scope(acme.pk):
        first = Secret.objects.get(name="directory_admin").last_used_at
    with CaptureQueriesContext(connections["jobs"]) as queries:
        reveal(acme, "directory_admin", using="jobs")
    assert len(queries) == 1
    with tenant_scope(acme.pk):
        Secret.objects.update(last_used_at=now() - timedelta(minutes=1))
    reveal(acme, "directory_admin", using="jobs")
    with tenant_scope(acme.pk):
        assert first is not None
        assert (Secret.objects.get(name="directory_admin").last_used_at or first) >= first


@COMMITTED
@pytest.mark.parametrize("column", ["ciphertext", "name", "version", "tenant_id"])
def test_the_engines_role_changes_nothing_of_a_secret(acme: Tenant, column: str) -> None:
    store(actor_of(acme, "admin"))
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(using="jobs"):
        connections["jobs"].cursor().execute(
            f"UPDATE governance_secret SET {column} = {column}"  # noqa: S608 - a column's name
        )


@COMMITTED
def test_two_writers_at_once_leave_one_whole_value(acme: Tenant) -> None:
    admin = actor_of(acme, "admin")
    store(admin)

    def write(number: int) -> None:
        try:
            store(admin, value=f"value {number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(8)))
    with tenant_scope(acme.pk):
        assert Secret.objects.get(name="directory_admin").version == 9
    assert reveal(acme, "directory_admin")["directory_admin"].startswith("value ")


# The key ring


def test_a_ring_reads_as_json_or_as_words() -> None:
    keys = {"a": a_key("1"), "b": a_key("2")}
    ring = parse_key_ring(json.dumps({"active": "b", "keys": keys}))
    assert (ring.active, dict(ring.keys)) == ("b", {"a": b"1" * 32, "b": b"2" * 32})
    words = [f"{name}:{key}" for name, key in keys.items()]
    assert parse_key_ring("\n".join(words)).active == "a"
    assert parse_key_ring(",".join(words)).keys == ring.keys


@pytest.mark.parametrize(
    "text",
    [
        "",
        "canary",
        "a:canary",
        "a:" + base64.b64encode(b"canary" * 5).decode(),
        f"a:{a_key('1')} a:{a_key('2')}",
        f"a/b:{a_key('1')}",
        '{"active": "canary"}',
        '{"canary',
        '{"active": "canary", "keys": ["canary"]}',
        json.dumps({"active": "b", "keys": {"a": a_key("1")}}),
        json.dumps({"active": 1, "keys": {"a": a_key("1")}}),
    ],
)
def test_a_ring_that_is_none_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        parse_key_ring(text)
    shown = "".join(traceback.format_exception(refusal.value, chain=True)).split("Error")[-1]
    assert "canary" not in str(refusal.value)
    assert a_key("1") not in shown
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_without_keys_there_is_no_ring(settings: Settings) -> None:
    settings.MAESTRO_KEYS, settings.MAESTRO_KEY_FILE = "", ""
    with pytest.raises(ImproperlyConfigured, match="MAESTRO_KEYS"):
        key_ring()


def test_a_ring_is_made_at_the_first_run_for_its_owner_alone(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "secrets" / "keys.json"
    settings.MAESTRO_KEYS, settings.MAESTRO_KEY_FILE = "", str(path)
    made = key_ring()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["keys.json"]
    assert parse_key_ring(path.read_text()) == made


def test_those_that_make_it_at_once_share_one_ring(settings: Settings, tmp_path: Path) -> None:
    settings.MAESTRO_KEYS, settings.MAESTRO_KEY_FILE = "", str(tmp_path / "keys.json")
    with ThreadPoolExecutor(8) as threads:
        rings = list(threads.map(lambda _: key_ring(), range(16)))
    assert all(ring == rings[0] for ring in rings)


def test_a_ring_that_others_may_read_is_refused(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(f"k1:{a_key('1')}")
    path.chmod(0o644)
    settings.MAESTRO_KEYS, settings.MAESTRO_KEY_FILE = "", str(path)
    with pytest.raises(ImproperlyConfigured, match="Others may read"):
        key_ring()
    path.chmod(0o600)
    assert key_ring().active == "k1"
