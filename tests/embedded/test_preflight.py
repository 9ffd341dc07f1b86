"""What is refused before anything starts, and in which words."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from maestro.embedded import parts, secrets
from maestro.embedded.postgres import ROLES
from maestro.embedded.preflight import (
    Refused,
    check_machine,
    check_ports,
    check_python,
    own_service,
    port_of,
)

OWN = dict.fromkeys(parts.DATABASE_VARIABLES, "postgresql://x")


@pytest.mark.parametrize("python", [(3, 10), (3, 14), (2, 7)])
def test_another_python_is_named(python: tuple[int, int]) -> None:
    with pytest.raises(Refused, match=rf"this is {python[0]}\.{python[1]}"):
        check_python(python)


@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("Linux", "aarch64")])
def test_another_machine_is_told_about_services_of_its_own(system: str, machine: str) -> None:
    with pytest.raises(Refused, match=f"this is {system} {machine}.*DATABASE_URL"):
        check_machine(system, machine)


def test_a_busy_port_is_named_with_the_variable_that_moves_it() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(Refused) as refusal:
            check_ports({"PORT": ("127.0.0.1", port)})
    assert f"Port {port} can't be used" in str(refusal.value)
    assert "`PORT=" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_two_variables_can_not_share_a_port() -> None:
    with pytest.raises(Refused, match="PRACTICE_HTTP_PORT and PORT are both 8000"):
        check_ports({"PORT": ("127.0.0.1", 8000), "PRACTICE_HTTP_PORT": ("127.0.0.1", 8000)})


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "80.5"])
def test_what_is_no_port_is_said(value: str) -> None:
    with pytest.raises(Refused, match=f"PORT={value} is not a port"):
        port_of({"PORT": value}, "PORT", 8000)


def test_a_database_of_ones_own_needs_all_its_roles() -> None:
    given = {name: url for name, url in OWN.items() if name != "DATABASE_JOBS_URL"}
    with pytest.raises(Refused, match="also set DATABASE_JOBS_URL\\."):
        own_service(given, parts.DATABASE_VARIABLES)


def test_an_address_may_come_from_a_file() -> None:
    given = {f"{name}_FILE": "/run/secrets/x" for name in OWN}
    assert own_service(given, parts.DATABASE_VARIABLES)


def test_without_variables_everything_is_embedded(tmp_path: Path) -> None:
    plan = parts.read_plan({"MAESTRO_HOME": str(tmp_path)})
    assert (plan.own_database, plan.own_broker) == (False, False)
    assert (plan.port, plan.practice_http, plan.practice_smtp) == (8000, 8025, 1025)
    assert (plan.home, plan.url) == (tmp_path, "http://localhost:8000")


def test_every_process_gets_the_same_secret_key_each_time(tmp_path: Path) -> None:
    plan = parts.read_plan({"MAESTRO_HOME": str(tmp_path)})
    first, second = (parts.environment(plan, {}) for _ in range(2))
    assert first["MAESTRO_SECRET_KEY"] == second["MAESTRO_SECRET_KEY"]
    assert len(first["MAESTRO_SECRET_KEY"]) >= 32


def test_what_the_person_set_wins(tmp_path: Path) -> None:
    plan = parts.read_plan({"MAESTRO_HOME": str(tmp_path)})
    environ = parts.environment(plan, {"MAESTRO_SECRET_KEY": "theirs", "LOG_LEVEL": "DEBUG"})
    assert (environ["MAESTRO_SECRET_KEY"], environ["LOG_LEVEL"]) == ("theirs", "DEBUG")


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [("", "8010", "http://localhost:8010"), ("::1", "8000", "http://[::1]:8000")],
)
def test_mails_name_the_address_that_a_browser_here_reaches(
    tmp_path: Path, host: str, port: str, address: str
) -> None:
    given = {"MAESTRO_HOME": str(tmp_path), "MAESTRO_HOST": host, "PORT": port}
    assert parts.environment(parts.read_plan(given), {})["MAESTRO_PUBLIC_URL"] == address


def test_only_the_practice_world_is_reachable_inside(tmp_path: Path) -> None:
    plan = parts.read_plan({"MAESTRO_HOME": str(tmp_path), "PRACTICE_SMTP_PORT": "2525"})
    environ = parts.environment(plan, {})
    assert environ["MAESTRO_REACHABLE"] == "127.0.0.1:8025,127.0.0.1:2525"


def test_the_accounts_are_all_in_the_table() -> None:
    table = parts.accounts_table({"MAESTRO_DEMO_PASSWORD": "spoken-word"})
    for who in ("operator@acme.test", "admin@globex.test", "auditor@platform.test"):
        assert who in table
    assert "spoken-word" in table
    assert max(map(len, table.splitlines())) <= 100


def test_a_command_gets_what_make_run_has(tmp_path: Path) -> None:
    for role in (*ROLES, "secret_key"):
        secrets.ensure(tmp_path, role)
    environ = {"MAESTRO_HOME": str(tmp_path), "LOG_LEVEL": "DEBUG"}
    parts.adopt_environment(environ)
    assert set(OWN) <= set(environ)
    assert environ["CELERY_BROKER_URL"].startswith("redis+socket:///")
    assert environ["MAESTRO_SECRET_KEY"] == secrets.read(tmp_path, "secret_key")
    assert environ["LOG_LEVEL"] == "DEBUG"
    assert parts.SUPERVISED not in environ


def test_a_command_before_the_first_run_gets_nothing(tmp_path: Path) -> None:
    environ = {"MAESTRO_HOME": str(tmp_path)}
    parts.adopt_environment(environ)
    assert environ == {"MAESTRO_HOME": str(tmp_path)}
    assert list(tmp_path.iterdir()) == []


def test_it_listens_on_loopback_unless_told_otherwise() -> None:
    assert parts.read_plan({"HOST": "workstation.example"}).host == "127.0.0.1"
    assert parts.read_plan({"MAESTRO_HOST": "10.0.0.5"}).places["PORT"] == ("10.0.0.5", 8000)
