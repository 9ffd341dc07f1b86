"""The keys that wrap secrets are rotated, and every secret is wrapped anew without being opened."""

from __future__ import annotations

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connections
from pytest_django import Settings

from governance.keyring import key_ring, rotate_key
from governance.models import Secret
from governance.services.reveal_secrets import reveal_secrets
from governance.services.rewrap_secrets import Rewrapped, rewrap_secrets
from governance.services.set_secret import set_secret
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "jobs", "owner"])


@pytest.fixture(autouse=True)
def file(settings: Settings, tmp_path: Path) -> Path:
    """A ring in a file of its own."""
    settings.MAESTRO_KEYS = ""
    settings.MAESTRO_KEY_FILE = str(tmp_path / "keys.json")
    key_ring()
    return tmp_path / "keys.json"


def store(tenant: Tenant, number: int) -> None:
    actor = actor_of(tenant, "admin")
    for each in range(number):
        set_secret(actor=actor, tenant_id=tenant.pk, name=f"s{each}", value=f"the value {each}")


def rows(tenant: Tenant) -> list[Secret]:
    with tenant_scope(tenant.pk):
        return list(Secret.objects.order_by("pk"))


def secrets(what: str) -> str:
    printed = io.StringIO()
    call_command("secrets", what, stdout=printed)
    return printed.getvalue()


def test_after_a_rotation_everything_is_wrapped_anew_and_still_opens(
    acme: Tenant, globex: Tenant
) -> None:
    store(acme, 3)
    store(globex, 2)
    before = rows(acme)
    rotate_key()
    assert rewrap_secrets(batch=2) == Rewrapped(done=5, unreadable=0)
    for row, was in zip(rows(acme), before, strict=True):
        assert (row.key_id, was.key_id) == ("k2", "k1")
        assert bytes(row.wrapped_key) != bytes(was.wrapped_key)
        # The value itself was not touched.
        assert bytes(row.ciphertext) == bytes(was.ciphertext)
        assert (row.version, row.updated_at) == (was.version, was.updated_at)
    found = reveal_secrets(tenant_id=acme.pk, names=["s0", "s2"])
    assert found == {"s0": "the value 0", "s2": "the value 2"}
    assert rewrap_secrets() == Rewrapped(0, 0)


def test_the_old_key_may_go_once_all_is_wrapped_anew(acme: Tenant, settings: Settings) -> None:
    store(acme, 1)
    rotate_key()
    rewrap_secrets()
    ring = key_ring()
    settings.MAESTRO_KEYS = f"k2:{base64.b64encode(ring.keys['k2']).decode()}"
    assert reveal_secrets(tenant_id=acme.pk, names=["s0"]) == {"s0": "the value 0"}


def test_one_that_does_not_open_is_counted_and_stops_no_other(acme: Tenant) -> None:
    store(acme, 3)
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE governance_secret SET key_id = 'lost' WHERE name = 's1'")
    rotate_key()
    assert rewrap_secrets(batch=1) == Rewrapped(done=2, unreadable=1)
    assert [row.key_id for row in rows(acme)] == ["k2", "lost", "k2"]
    assert "lost is missing: what it wraps can't be opened: 1 secrets" in secrets("status")
    with pytest.raises(CommandError, match="1 secrets do not open"):
        secrets("rewrap")


def test_two_that_wrap_anew_at_once_wrap_each_secret_once(acme: Tenant) -> None:
    store(acme, 12)
    rotate_key()

    def work(_: int) -> int:
        try:
            return rewrap_secrets(batch=1).done
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(work, range(2)))
    assert done == 12
    assert {row.key_id for row in rows(acme)} == {"k2"}
    assert len(reveal_secrets(tenant_id=acme.pk, names=[f"s{n}" for n in range(12)])) == 12


def test_a_ring_that_another_process_rotated_is_read_again(file: Path) -> None:
    assert key_ring().active == "k1"
    text = file.read_text()
    rotate_key()
    assert key_ring().active == "k2"
    assert file.stat().st_mode & 0o077 == 0
    file.write_text(text)
    assert key_ring().active == "k1"


def test_the_command_says_how_things_stand_and_shows_no_key(acme: Tenant, file: Path) -> None:
    store(acme, 2)
    assert "k1 wraps new secrets: 2 secrets" in secrets("status")
    said = secrets("rotate")
    assert "k2 wraps new secrets: 0 secrets\nk1 opens old ones: 2 secrets" in said
    said += secrets("rewrap")
    assert "2 secrets were wrapped by k2." in said
    assert "k1 is used no more; take it away: 0 secrets" in said
    assert not any(key[:20] in said for key in file.read_text().split('"') if len(key) > 40)


def test_keys_in_the_environment_are_rotated_there(settings: Settings) -> None:
    settings.MAESTRO_KEYS = "k1:" + "A" * 43 + "="
    with pytest.raises(ImproperlyConfigured, match="in front of them there"):
        rotate_key()
    with pytest.raises(CommandError, match="in front of them there"):
        secrets("rotate")
