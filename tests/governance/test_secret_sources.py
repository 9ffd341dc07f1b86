"""Secrets that are kept elsewhere: each tenant reaches its own, and nothing is open by itself."""

from __future__ import annotations

import io
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from governance.models import Receipt, Secret
from governance.sealing import SecretUnreadable
from governance.secrets.environment import EnvironmentSource
from governance.secrets.errors import SecretSourceAway, SecretSourceRefused
from governance.secrets.file import FileSource
from governance.secrets.sources import is_reference, open_sources
from governance.secrets.vault import VaultSource
from governance.services.link_secret import link_secret
from governance.services.reveal_secrets import reveal_secrets
from governance.services.rewrap_secrets import Rewrapped, rewrap_secrets
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, InvalidInput
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of
from tests.governance.vault import TOKEN, FakeVault, fake_vault

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
COMMITTED = pytest.mark.django_db(transaction=True, databases=["default", "jobs", "owner"])


@pytest.fixture
def admin(acme: Tenant) -> Actor:
    return actor_of(acme, "admin")


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    with fake_vault() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """A folder of secrets, with a file beside it that is nobody's."""
    settings.SECRET_SOURCES = ["file"]
    settings.SECRET_FOLDER = str(tmp_path / "mounted")
    for tenant in ("acme", "globex"):
        (tmp_path / "mounted" / tenant).mkdir(parents=True)
        (tmp_path / "mounted" / tenant / "token").write_text(f"the token of {tenant}\n")
    (tmp_path / "outside").write_text("nobody's")
    return tmp_path / "mounted"


def link(actor: Actor, source: str, reference: str, name: str = "tracker") -> Secret:
    assert actor.tenant_id is not None
    return link_secret(
        actor=actor, tenant_id=actor.tenant_id, name=name, source=source, reference=reference
    )


def reveal(tenant: Tenant, name: str = "tracker") -> str:
    return reveal_secrets(tenant_id=tenant.pk, names=[name], using="default")[name]


def test_nothing_but_the_database_is_open_by_itself(admin: Actor) -> None:
    assert open_sources() == frozenset()
    with pytest.raises(InvalidInput) as refused:
        link(admin, "file", "token")
    assert [problem.code for problem in refused.value.problems] == ["unknown_source"]


def test_a_source_that_is_closed_later_is_read_no_more(
    acme: Tenant, admin: Actor, folder: Path, settings: Settings
) -> None:
    link(admin, "file", "token")
    assert reveal(acme) == "the token of acme"
    settings.SECRET_SOURCES = ["vault"]
    with pytest.raises(SecretUnreadable, match="not read from file"):
        reveal(acme)


@pytest.mark.parametrize(
    "reference",
    ["", "/token", "../globex/token", "a/../../globex/token", "a//b", ".", "..", "token/", "~/x",
     "a\\b", "a b", "a\n", "%2e%2e/globex", "a?version=1", "a#b#c", "a@0", "a@b", "x" * 201],
)  # fmt: skip
def test_a_reference_can_t_leave_its_tenant(admin: Actor, folder: Path, reference: str) -> None:
    assert not is_reference(reference)
    with pytest.raises(InvalidInput) as refused:
        link(admin, "file", reference)
    assert [problem.code for problem in refused.value.problems] == ["invalid_reference"]


def test_the_same_reference_is_another_secret_in_each_tenant(
    acme: Tenant, globex: Tenant, folder: Path
) -> None:
    for tenant in (acme, globex):
        link(actor_of(tenant, "admin"), "file", "token")
    assert (reveal(acme), reveal(globex)) == ("the token of acme", "the token of globex")


def test_only_an_admin_says_where_a_secret_is_kept(acme: Tenant, folder: Path) -> None:
    with pytest.raises(Denied):
        link(actor_of(acme, "author"), "file", "token")


def test_a_receipt_says_where_it_is_kept_and_was_before(
    acme: Tenant, admin: Actor, folder: Path
) -> None:
    set_secret(actor=admin, tenant_id=acme.pk, name="tracker", value="sealed before")
    row = link(admin, "file", "token")
    assert (row.version, bytes(row.ciphertext), row.key_id) == (2, b"", "")
    with tenant_scope(acme.pk):
        receipt = Receipt.objects.of("secret", "tracker").newest_first()[0]
    assert receipt.statement["predicate"]["what"]["after"] == {
        "source": "file",
        "reference": "token",
    }
    assert receipt.statement["predicate"]["before"].startswith("sha256:")
    set_secret(actor=admin, tenant_id=acme.pk, name="tracker", value="sealed again")
    assert reveal(acme) == "sealed again"


@COMMITTED
def test_what_is_kept_elsewhere_is_not_wrapped_anew_and_its_use_is_noted(
    acme: Tenant, admin: Actor, folder: Path
) -> None:
    link(admin, "file", "token")
    assert rewrap_secrets() == Rewrapped(0, 0)
    assert reveal_secrets(tenant_id=acme.pk, names=["tracker"]) == {"tracker": "the token of acme"}
    with tenant_scope(acme.pk):
        assert Secret.objects.get(name="tracker").last_used_at is not None


def test_a_value_that_can_t_be_masked_is_not_used(acme: Tenant, admin: Actor, folder: Path) -> None:
    (folder / "acme" / "token").write_text("abc")
    link(admin, "file", "token")
    with pytest.raises(SecretUnreadable, match="fewer than 4"):
        reveal(acme)


def test_a_file_is_read_below_its_tenant_alone(folder: Path) -> None:
    source, own = FileSource(folder), folder / "acme"
    (own / "inside").symlink_to("token")
    (own / "beside").symlink_to("../globex/token")
    (own / "outside").symlink_to(folder.parent / "outside")
    (own / "away").symlink_to(folder.parent)
    (own / "folder").mkdir()
    (own / "large").write_text("x" * 70_000)
    (own / "binary").write_bytes(b"\xff\xfe\x00")
    (folder / "linked").symlink_to(folder / "globex")
    assert source.read("acme", "inside") == "the token of acme"
    for tenant, reference in (
        *(("acme", name) for name in ("beside", "outside", "away/outside", "folder", "large")),
        *(("acme", name) for name in ("binary", "none", "token#x", "token@1")),
        ("linked", "token"),
        ("..", "outside"),
        ("nobody", "token"),
    ):
        with pytest.raises(SecretSourceRefused):
            source.read(tenant, reference)
    with pytest.raises(SecretSourceRefused):
        FileSource(None).read("acme", "token")


def test_a_variable_is_read_by_its_tenant_s_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # The environment itself is what is tested here.
    monkeypatch.setenv("MAESTRO_SECRET_ACME_EU__DB_TOKEN", "of acme-eu")
    monkeypatch.setenv("MAESTRO_SECRET_SOURCES", "vault")
    source = EnvironmentSource("MAESTRO_SECRET_")
    assert source.read("acme-eu", "db-token") == "of acme-eu"
    for tenant, reference in (
        ("acme", "eu--db-token"),
        ("acme", "eu__db_token"),
        ("acme", "_eu"),
        ("acme--eu", "db-token"),
        ("sources", ""),
        ("acme-eu", "db"),
        ("acme-eu", "db.token"),
        ("acme-eu", "db/token"),
    ):
        with pytest.raises(SecretSourceRefused):
            source.read(tenant, reference)
    with pytest.raises(SecretSourceRefused):
        EnvironmentSource("").read("path", "x")


def source_in(vault: FakeVault, **changes: str) -> VaultSource:
    return VaultSource(**{"address": vault.address, "token": TOKEN} | changes)


def test_a_secret_in_vault_is_read_by_field_and_version(vault: FakeVault) -> None:
    vault.secrets["/v1/kv/data/acme/db/tracker"] = [
        {"value": "the first", "user": "ana"},
        {"value": "the second", "user": "ben", "port": 5432},
    ]
    source = source_in(vault, mount="kv", namespace="teams/one")
    assert source.read("acme", "db/tracker") == "the second"
    assert source.read("acme", "db/tracker#user") == "ben"
    assert source.read("acme", "db/tracker#user@1") == "ana"
    path, headers = vault.asked[-1]
    assert path == "/v1/kv/data/acme/db/tracker?version=1"
    assert headers["X-Vault-Namespace"] == "teams/one"
    for reference in ("db/tracker#port", "db/tracker#none", "db/none", "db/tracker@3"):
        with pytest.raises(SecretSourceRefused):
            source.read("acme", reference)
    with pytest.raises(SecretSourceRefused):
        source.read("globex", "db/tracker")


def test_vault_s_token_is_read_from_its_file_at_each_call(vault: FakeVault, tmp_path: Path) -> None:
    vault.secrets["/v1/secret/data/acme/x"] = [{"value": "the value"}]
    file = tmp_path / "token"
    source = source_in(vault, token="", token_file=str(file))
    with pytest.raises(SecretSourceAway, match="token can't be read"):
        source.read("acme", "x")
    file.write_text("an old one\n")
    with pytest.raises(SecretSourceRefused, match="refuses"):
        source.read("acme", "x")
    file.write_text(f"{TOKEN}\n")
    assert source.read("acme", "x") == "the value"


@pytest.mark.parametrize("status", [302, 429, 472, 500, 503])
def test_a_vault_that_is_sealed_or_busy_is_away(vault: FakeVault, status: int) -> None:
    vault.answers_with = status
    with pytest.raises(SecretSourceAway):
        source_in(vault).read("acme", "x")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": null}', b"x" * 1_100_000])
def test_what_is_no_vault_is_away(vault: FakeVault, body: bytes) -> None:
    vault.body = body
    vault.secrets["/v1/secret/data/acme/x"] = [{"value": "the value"}]
    with pytest.raises(SecretSourceAway):
        source_in(vault).read("acme", "x")


def test_nobody_there_is_away_and_no_error_shows_the_token() -> None:
    source = VaultSource(address="http://127.0.0.1:9", token=TOKEN)
    with pytest.raises(SecretSourceAway) as away:
        source.read("acme", "x")
    assert TOKEN not in "".join(traceback.format_exception(away.value))


@COMMITTED
def test_a_secret_is_linked_from_the_command_line(acme: Tenant, folder: Path) -> None:
    words = ["--tenant", "acme", "--name", "tracker", "--source", "file", "--reference", "token"]
    printed = io.StringIO()
    call_command("secrets", "link", *words, stdout=printed)
    assert printed.getvalue() == "tracker is read from file, token.\n"
    assert reveal(acme) == "the token of acme"
    for at, wrong, said in ((1, "nobody", "no tenant called"), (5, "vault", "/source: Secrets")):
        with pytest.raises(CommandError, match=said):
            call_command("secrets", "link", *words[:at], wrong, *words[at + 1 :])
