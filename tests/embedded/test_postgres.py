"""The embedded PostgreSQL: made, killed, found again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from maestro.embedded.postgres import (
    APP,
    JOBS,
    OWNER,
    PLATFORM,
    ROLES,
    PostgresHandle,
    ensure_postgres,
    main,
    running,
)
from maestro.embedded.processes import alive
from tests.embedded.waiting import until

START = "import sys, pathlib; from maestro.embedded.postgres import ensure_postgres as e; "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresHandle]:
    handle = ensure_postgres(tmp_path_factory.mktemp("home"))
    yield handle
    handle.stop()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose server is ended with the test."""
    folder = tmp_path / "home"
    yield folder
    if folder.exists():
        main(["stop", "--home", str(folder)])


def ask(handle: PostgresHandle, statement: str, role: str = OWNER) -> list[tuple[object, ...]]:
    with psycopg.connect(handle.dsn(role)) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_every_role_logs_in_with_its_own_password(server: PostgresHandle) -> None:
    for role in ROLES:
        assert ask(server, "SELECT current_user, current_database()", role) == [(role, "maestro")]


def test_a_wrong_password_is_refused(server: PostgresHandle) -> None:
    url = server.dsn(APP)
    password = psycopg.conninfo.conninfo_to_dict(url)["password"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password=f"{password}x")


def test_no_role_is_a_superuser_or_bypasses_row_security(server: PostgresHandle) -> None:
    rights = ask(
        server,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname LIKE 'maestro%' ORDER BY rolname",
    )
    assert rights == [
        (APP, False, False, False, False),
        (JOBS, False, False, False, False),
        (OWNER, False, False, False, True),
        (PLATFORM, False, False, False, False),
    ]


def test_only_the_owner_makes_tables(server: PostgresHandle) -> None:
    ask(server, "CREATE TABLE mine (id int)", OWNER)
    for role in (APP, JOBS, PLATFORM):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(server, "CREATE TABLE theirs (id int)", role)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(server, "SELECT * FROM mine", role)


def test_vectors_are_there_and_in_a_new_database_too(server: PostgresHandle) -> None:
    with psycopg.connect(server.dsn(OWNER), autocommit=True) as connection:
        connection.execute("CREATE DATABASE copied")
    with psycopg.connect(server.dsn(OWNER, "copied")) as connection:
        assert connection.execute("SELECT '[1,2]'::vector <-> '[1,4]'").fetchone() == (2.0,)


def test_what_is_promised_to_be_durable_is_flushed(server: PostgresHandle) -> None:
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert ask(server, f"SHOW {name}") == [("on",)]


def test_letters_beyond_ascii_have_a_lower_case(server: PostgresHandle) -> None:
    assert ask(server, "SELECT lower('ÄÉŁ')") == [("äéł",)]


def test_no_port_is_opened(server: PostgresHandle) -> None:
    assert ask(server, "SHOW listen_addresses") == [("",)]


def test_passwords_are_for_the_eyes_of_their_owner(server: PostgresHandle) -> None:
    secrets = server.home / "secrets"
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o600}


def test_a_second_call_finds_the_running_server(server: PostgresHandle) -> None:
    again = ensure_postgres(server.home)
    assert (again.pid, again.started) == (server.pid, False)


def test_a_refused_row_leaves_no_value_in_the_log(server: PostgresHandle) -> None:
    ask(server, "CREATE TABLE tight (id int CHECK (id < 10), word text)")
    with pytest.raises(psycopg.errors.CheckViolation):
        ask(server, "INSERT INTO tight VALUES (11, 'canary-4711')")
    assert "canary-4711" not in (server.home / "logs" / "postgres.log").read_text()


def test_a_killed_server_comes_up_again_with_its_data(home: Path) -> None:
    first = ensure_postgres(home)
    ask(first, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    os.kill(first.pid, signal.SIGKILL)
    second = ensure_postgres(home)
    assert second.pid != first.pid
    assert ask(second, "SELECT count(*) FROM kept") == [(1000,)]


def test_a_number_that_became_another_process_stops_no_start(home: Path) -> None:
    first = ensure_postgres(home)
    first.stop()
    pid_file = home / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{home / 'postgres'}\n1\n5432\n/tmp\n\n0 0\nready\n")
    assert running(home) is None
    assert ensure_postgres(home).started


def test_the_server_of_another_home_is_not_taken_for_ours(
    home: Path, server: PostgresHandle
) -> None:
    ensure_postgres(home).stop()
    theirs = (server.home / "postgres" / "postmaster.pid").read_text()
    (home / "postgres" / "postmaster.pid").write_text(theirs)
    assert running(home) is None
    assert ensure_postgres(home).pid != server.pid
    assert server.is_running()


def test_a_setup_that_was_killed_half_way_is_made_anew(home: Path) -> None:
    unfinished = home / "postgres.new"
    (unfinished / "base").mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert ask(ensure_postgres(home), "SELECT 1") == [(1,)]


def test_a_home_may_have_a_long_name_with_spaces(tmp_path: Path) -> None:
    handle = ensure_postgres(tmp_path / ("a long and winding name " * 6))
    try:
        assert ask(handle, "SELECT 1", APP) == [(1,)]
    finally:
        handle.stop()


def test_a_home_may_be_moved(home: Path, tmp_path: Path) -> None:
    first = ensure_postgres(home)
    ask(first, "CREATE TABLE kept (id int)")
    first.stop()
    moved = ensure_postgres(home.rename(tmp_path / "elsewhere"))
    try:
        assert ask(moved, "SELECT count(*) FROM kept") == [(0,)]
    finally:
        moved.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root is it another user's server")
def test_folders_that_were_closed_again_are_passed_through(tmp_path: Path) -> None:
    home = tmp_path / "its socket is elsewhere"
    ensure_postgres(home).stop()
    home.chmod(0o700)
    again = ensure_postgres(home)
    assert ask(again, "SELECT 1") == [(1,)]
    assert home.stat().st_mode & 0o777 == 0o701
    again.stop()


def test_a_lost_password_is_replaced(home: Path) -> None:
    first = ensure_postgres(home)
    before = first.dsn(APP)
    (home / "secrets" / APP).unlink()
    again = ensure_postgres(home)
    assert again.dsn(APP) != before
    assert ask(again, "SELECT current_user", APP) == [(APP,)]


def test_two_that_start_it_at_once_get_one_server(home: Path) -> None:
    code = START + "print(e(pathlib.Path(sys.argv[1])).pid)"
    starts = [
        subprocess.Popen([sys.executable, "-c", code, home], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    pids = {start.communicate(timeout=60)[0] for start in starts}
    assert pids == {f"{running(home)}\n"}


def test_a_bound_server_ends_with_who_started_it(home: Path) -> None:
    code = START + "print(e(pathlib.Path(sys.argv[1]), bound=True).pid, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, home],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert alive(pid)
        starter.kill()
    until(lambda: not alive(pid), within=10, of="the end of the orphan")


def test_the_command_starts_says_and_stops(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at_home = ["--home", str(home)]
    assert main(["status", *at_home]) == 3
    assert main(["start", *at_home]) == 0
    assert "DATABASE_URL=postgresql://maestro_app:" in capsys.readouterr().out
    assert main(["status", *at_home]) == 0
    assert main(["stop", *at_home]) == 0
    assert running(home) is None
    assert main(["stop", *at_home]) == 0
