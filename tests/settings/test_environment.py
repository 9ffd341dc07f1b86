"""Settings come from the environment, and say what is missing or unsafe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from maestro.settings import env

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"NOWHERE \(or NOWHERE_FILE\)"):
        env.text("NOWHERE")


def test_a_secret_is_read_from_a_file_without_its_last_newline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_text("x" * 40 + "\n")
    monkeypatch.setenv("KEY_FILE", str(path))
    assert env.secret("KEY") == "x" * 40
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "gone"))
    with pytest.raises(ImproperlyConfigured, match="KEY_FILE"):
        env.secret("KEY")


@pytest.mark.parametrize("value", ["change-me", "django-insecure-" + "x" * 50, "short"])
def test_a_default_or_short_secret_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("KEY", value)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.secret("KEY")
    assert value not in str(refused.value)


def test_a_database_is_postgresql_and_keeps_its_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB", "postgresql://app:p%40ss@/maestro?host=%2Frun%2Fpg&sslmode=prefer")
    found = env.database("DB")
    assert (found["USER"], found["PASSWORD"], found["HOST"]) == ("app", "p@ss", "/run/pg")
    assert found["OPTIONS"]["sslmode"] == "prefer"
    assert found["OPTIONS"]["pool"]["min_size"] == 1
    monkeypatch.setenv("DB", "sqlite:///db.sqlite3")
    with pytest.raises(ImproperlyConfigured, match="postgresql"):
        env.database("DB")


@pytest.mark.parametrize(("value", "is_on"), [("yes", True), ("0", False), ("On", True)])
def test_switches_and_numbers_are_typed(
    monkeypatch: pytest.MonkeyPatch, value: str, is_on: bool
) -> None:
    monkeypatch.setenv("SWITCH", value)
    assert env.boolean("SWITCH") is is_on
    monkeypatch.setenv("SWITCH", "maybe")
    with pytest.raises(ImproperlyConfigured, match="SWITCH"):
        env.boolean("SWITCH")
    with pytest.raises(ImproperlyConfigured, match="whole number"):
        env.integer("SWITCH")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("https://Maestro.example/", "https://maestro.example"),
        ("http://localhost:8010", "http://localhost:8010"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_address_of_a_site_is_scheme_host_and_port(
    monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.setenv("SITE", value)
    assert env.origin("SITE") == said


@pytest.mark.parametrize(
    "value",
    [
        "maestro.example", "ftp://maestro.example", "https://", "https://me@maestro.example",
        "https://maestro.example/app", "https://maestro.example?x", "https://maestro.example:x",
        "https://two words", "https://maestro.example\nBcc: all@acme.test",
    ],
)  # fmt: skip
def test_what_is_more_or_less_than_that_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SITE", value)
    with pytest.raises(ImproperlyConfigured, match="SITE must be http://, or https://, a host"):
        env.origin("SITE")


PRODUCTION = {
    "DATABASE_URL": "postgresql://maestro_app:x@db/maestro",
    "DATABASE_JOBS_URL": "postgresql://maestro_jobs:x@db/maestro",
    "DATABASE_PLATFORM_URL": "postgresql://maestro_platform:x@db/maestro",
    "DATABASE_OWNER_URL": "postgresql://maestro_owner:x@db/maestro",
    "CELERY_BROKER_URL": "redis://broker/0",
    "MAESTRO_SECRET_KEY": "k" * 25 + "e" * 25 + "y1234567",
    "MAESTRO_KEYS": "k1:" + "A" * 43 + "=",
    "MAESTRO_SIGNING_KEYS": "-----BEGIN PRIVATE KEY-----\n" + "A" * 40,
    "ALLOWED_HOSTS": "maestro.example,maestro",
    "MAESTRO_PUBLIC_URL": "https://maestro.example",
}


def load_production(
    run: str = "import maestro.settings.prod", **changes: str | None
) -> subprocess.CompletedProcess[str]:
    """Load the production settings in a process of their own."""
    environ = {"PATH": os.environ["PATH"], **PRODUCTION}
    environ = {name: value for name, value in (environ | changes).items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", run],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_on_the_environment_alone() -> None:
    loaded = load_production()
    assert loaded.returncode == 0, loaded.stderr


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_production_refuses_to_start_without_a_variable_and_names_it(name: str) -> None:
    loaded = load_production(**{name: None})
    assert loaded.returncode != 0
    assert name in loaded.stderr.splitlines()[-1]


def test_production_refuses_a_default_secret() -> None:
    loaded = load_production(MAESTRO_SECRET_KEY="change-me")
    assert "MAESTRO_SECRET_KEY is a well-known default" in loaded.stderr


def test_what_mails_name_is_what_forms_may_come_from() -> None:
    loaded = load_production(
        "from maestro.settings import prod; print(prod.PUBLIC_URL, *prod.CSRF_TRUSTED_ORIGINS)"
    )
    assert loaded.stdout.split() == ["https://maestro.example"] * 2


def test_production_is_reached_by_https_alone() -> None:
    loaded = load_production(MAESTRO_PUBLIC_URL="http://maestro.example")
    assert "MAESTRO_PUBLIC_URL must be https://, a host" in loaded.stderr.splitlines()[-1]
