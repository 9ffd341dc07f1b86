"""The supervisor: starts in order, keeps running what dies, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from maestro.embedded import parts
from maestro.embedded.child import BoundedLog
from maestro.embedded.processes import alive
from tests.embedded.waiting import until

Start = Callable[..., "Run"]


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Run:
    """A supervisor that was started, and what it says."""

    def __init__(self, home: Path, *flaws: str, embedded: bool = False, **environ: str) -> None:
        self.home = home
        names = ("PORT", "PRACTICE_HTTP_PORT", "PRACTICE_SMTP_PORT")
        ports = dict(zip(names, free_ports(3), strict=True))
        services = dict.fromkeys((*parts.DATABASE_VARIABLES, "CELERY_BROKER_URL"), "x://unused")
        own = {name: value for name, value in os.environ.items() if name not in services}
        given = {} if embedded else services
        self._output = home.with_name(f"{home.name}-{time.monotonic_ns()}.out")
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.embedded.small_world", *flaws],
                cwd=parts.ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    **own,
                    **given,
                    "MAESTRO_HOME": str(home),
                    **{name: str(port) for name, port in ports.items()},
                    **environ,
                },
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    def ready(self) -> Run:
        until(lambda: "Ctrl-C stops" in self.said or self.ended, within=60, of="ready")
        assert not self.ended, self.said
        return self

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def children(self) -> list[int]:
        """The processes that run now, grandchildren included."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def child(self, name: str) -> int:
        """The process of a part, by a word of its command; 0 when there is none."""
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if name in " ".join(child.cmdline()):
                    return int(child.pid)
        return 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    runs: list[Run] = []

    def _start(*flaws: str, embedded: bool = False, **environ: str) -> Run:
        runs.append(Run(tmp_path / "home", *flaws, embedded=embedded, **environ))
        return runs[-1]

    yield _start
    for run in runs:
        if not run.ended:
            run.process.terminate()
            run.process.wait(20)


def test_everything_starts_says_so_and_ends_when_asked(start: Start) -> None:
    run = start("stubborn", embedded=True).ready()
    assert "Maestro is ready at http://localhost:" in run.said
    assert "operator@acme.test" in run.said
    names = {psutil.Process(pid).name() for pid in run.children()}
    assert {"postgres", "valkey-server"} <= names
    children, began = run.children(), time.monotonic()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(15) == 0
    assert time.monotonic() - began < 10
    assert [pid for pid in children if alive(pid)] == []
    assert "Maestro is stopped." in run.said


def test_a_second_start_keeps_what_was_made(start: Start) -> None:
    first = start(embedded=True).ready()
    secret = (first.home / "secrets" / "secret_key").read_text()
    first.process.terminate()
    assert first.process.wait(20) == 0
    again = start(embedded=True).ready()
    assert (again.home / "secrets" / "secret_key").read_text() == secret


def test_a_process_that_is_killed_comes_back(start: Start) -> None:
    run = start().ready()
    before = run.child("working")
    os.kill(before, signal.SIGKILL)
    until(lambda: run.child("working") not in (0, before), of="a new worker")
    assert "[worker] was ended by SIGKILL; starting it again" in run.said


def test_the_database_comes_back_too(start: Start) -> None:
    run = start(embedded=True).ready()
    before = run.child("postgres -D")
    os.kill(before, signal.SIGKILL)
    until(lambda: run.child("postgres -D") not in (0, before), of="a new PostgreSQL")
    assert not run.ended


def test_what_dies_again_and_again_ends_it_with_its_last_words(start: Start) -> None:
    run = start("worker-dies")
    assert run.process.wait(60) == 1
    assert "worker died 5 times right after its start" in run.said
    assert "no broker" in run.said


def test_a_failed_migration_ends_it_with_its_last_words(start: Start) -> None:
    run = start("setup-fails")
    assert run.process.wait(30) == 1
    assert "`migrate` failed:\nrelation is gone" in run.said
    assert not (run.home / "logs" / "web.log").exists()


def test_a_killed_supervisor_leaves_nothing_for_the_next(start: Start) -> None:
    run = start(embedded=True).ready()
    children = run.children()
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait()
    again = start(embedded=True).ready()
    assert [pid for pid in children if alive(pid)] == []
    assert not again.ended


def test_all_killed_at_once_comes_up_again(start: Start) -> None:
    run = start(embedded=True).ready()
    for pid in [run.process.pid, *run.children()]:
        os.kill(pid, signal.SIGKILL)
    run.process.wait()
    assert not start(embedded=True).ready().ended


def test_two_on_one_home_are_refused(start: Start) -> None:
    first = start().ready()
    second = start()
    assert second.process.wait(20) == 2
    assert f"Maestro already runs on {first.home} (process {first.process.pid}," in second.said
    assert not first.ended


def test_a_busy_port_is_one_line_and_nothing_starts(start: Start) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        run = start(embedded=True, PORT=str(port))
        assert run.process.wait(20) == 2
    assert run.said.count("\n") == 1
    assert f"Port {port} can't be used" in run.said
    assert not (run.home / "postgres").exists()
    assert not (run.home / "logs").exists()


def test_a_missing_address_of_ones_own_database_is_named(start: Start) -> None:
    run = start(DATABASE_OWNER_URL="")
    assert run.process.wait(20) == 2
    assert "also set DATABASE_OWNER_URL." in run.said


def test_only_warnings_reach_the_console_and_all_lines_the_log(start: Start) -> None:
    run = start("talkative").ready()
    until(lambda: "the disk is slow" in run.said, of="the warning")
    assert "[talkative] 2026 WARNING the disk is slow" in run.said
    assert "a usual line" not in run.said
    assert "a usual line" in (run.home / "logs" / "talkative.log").read_text()


def test_a_log_never_grows_beyond_its_limit(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "x.log", limit=1000)
    for _ in range(100):
        log.write(b"x" * 90)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 1000


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    BoundedLog(tmp_path / "x.log").write(b"first")
    BoundedLog(tmp_path / "x.log").write(b"second")
    assert (tmp_path / "x.log.1").read_bytes() == b"first"
    assert (tmp_path / "x.log").read_bytes() == b"second"
