"""Workers, beats and servers as processes of their own, which never outlive the tests."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from maestro.embedded import parts
from maestro.embedded.processes import open_log, spawn, tail
from tests.embedded.waiting import until

PATIENCE = 90.0  # seconds; a machine that is busy with other things may need them
_numbers = count(1)


class Part:
    """A process that a test started; it gets `death_signal` when the test process itself dies."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environ: Mapping[str, str],
        cwd: Path = parts.ROOT,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name, self.log = name, folder / f"{name}-{next(_numbers)}.log"
        output = open_log(self.log)
        try:
            self.process: subprocess.Popen[bytes] = spawn(
                command,
                output=output,
                env=environ,
                cwd=cwd,
                parent_death_signal=death_signal,
            )
        finally:
            os.close(output)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def said(self, pattern: str) -> int:
        """How many times its log has a match of `pattern`."""
        return len(re.findall(pattern, self.log.read_text(errors="replace")))

    def until(self, condition: Callable[[], bool], of: str) -> None:
        """Wait for `condition`; fails, with the end of the log, when the process ends first."""

        def settled() -> bool:
            return self.process.poll() is not None or condition()

        until(settled, within=PATIENCE, of=f"{of}\n{tail(self.log)}")
        assert self.process.poll() is None, f"{self.name} ended:\n{tail(self.log, lines=40)}"

    def kill(self) -> None:
        """kill -9, of all that it started too."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end, then see to it."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.kill()


def celery_environment(home: Path, database: str, broker: str, **more: str) -> dict[str, str]:
    """The environment of a worker or beat of ours: the tests' server, the database `database`."""
    urls = {
        name: urlunsplit(urlsplit(os.environ[name])._replace(path=f"/{database}"))
        for name in parts.DATABASE_VARIABLES
    }
    inherited = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE"}
    return {
        **inherited,
        **urls,
        "DJANGO_SETTINGS_MODULE": "maestro.settings.dev",
        "MAESTRO_HOME": str(home),
        "MAESTRO_SECRET_KEY": "only-for-tests-" + "0" * 40,
        "CELERY_BROKER_URL": broker,
        "RUNTIME_LEASE": "2",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def celery(*arguments: str) -> list[str]:
    """A command of Celery on our application."""
    return [sys.executable, "-m", "celery", "-A", "maestro", "--skip-checks", *arguments]


def start_worker(folder: Path, environ: Mapping[str, str], *, threads: int = 4) -> Part:
    """A worker as `make run` has it; it may still be starting (see `ready`)."""
    name = f"worker{next(_numbers)}"
    return Part(
        name,
        celery(
            *("worker", "-P", "threads", "-c", str(threads), "-l", "INFO"),
            *("--without-gossip", "--without-mingle", "-n", f"{name}@%h"),
        ),
        folder=folder,
        environ=environ,
    )


def start_beat(folder: Path, environ: Mapping[str, str]) -> Part:
    """A beat as `make run` has it."""
    command = celery("beat", "-S", "django", "-l", "INFO", "--pidfile=")
    return Part("beat", command, folder=folder, environ=environ)


def ready(*workers: Part) -> None:
    """Wait until each of `workers` takes messages."""
    for worker in workers:
        worker.until(lambda worker=worker: worker.said(r"\bready\.") > 0, "a ready worker")  # type: ignore[misc]


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody answers on a port of this machine."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0
