"""`make run`: starts everything, keeps it running, stops all of it.

    python -m maestro.embedded.supervisor

One thread: it starts the children, so that the kernel ends them with it (`PR_SET_PDEATHSIG` is
tied to the thread), reads what they write and waits for signals. Exit codes: 0 stopped as asked,
1 a part failed, 2 it can't start here (nothing was started).
"""

from __future__ import annotations

import fcntl
import http.client
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType

import psutil

from maestro.embedded import parts
from maestro.embedded.child import BoundedLog, Child, Start
from maestro.embedded.postgres import ensure_postgres, find_postgres
from maestro.embedded.preflight import Refused, check_machine, check_ports, check_python
from maestro.embedded.processes import EmbeddedError, spawn, tail, wait_until
from maestro.embedded.valkey import start_valkey

READY_TIMEOUT = 120.0  # seconds from the start of the processes to a good /readyz
SETUP_TIMEOUT = 300.0
STOP_OURS, STOP_SERVICES = 5.0, 4.0  # seconds until what has not ended is killed; less than 10
TERMINAL_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Ctrl-C or a signal arrived while something was being started."""


def say(text: str) -> None:
    """A line for the person at the console, who may have closed it."""
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class Supervisor:
    """Holds the processes of a home from `start` to `stop`.

    `setup` are commands that run to their end, in order, before those of `commands` start.
    """

    def __init__(
        self,
        plan: parts.Plan,
        environ: dict[str, str],
        *,
        setup: Mapping[str, Sequence[str]],
        commands: Mapping[str, Sequence[str]],
    ) -> None:
        self.plan, self.environ = plan, environ
        self._setup, self._commands = setup, commands
        self.services: list[Child] = []
        self.ours: list[Child] = []
        self.stop_asked = False
        self._selector = selectors.DefaultSelector()
        self._watched: dict[Child, int] = {}
        self._wake, wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake, selectors.EVENT_READ)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        for signum in TERMINAL_SIGNALS:
            signal.signal(signum, self._ask_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake the loop

    def _ask_stop(self, _signum: int, _frame: FrameType | None) -> None:
        self.stop_asked = True

    # -- starting

    def start(self) -> None:
        """Everything in order. Raises `EmbeddedError` and `Stopped`."""
        began = time.monotonic()
        if not self.plan.own_database:
            self._add(self.services, "postgres", self._start_postgres, signal.SIGINT)
        if not self.plan.own_broker:
            self._add(self.services, "valkey", self._start_valkey)
        self._check()
        say("  services are up")
        for name, command in self._setup.items():
            self._run_to_end(name, command)
        say("  database is migrated, examples are loaded")
        for name, command in self._commands.items():
            self._add(self.ours, name, self._starter(command))
        self._wait_ready()
        say(f"\nMaestro is ready at {self.plan.url} after {time.monotonic() - began:.0f} s")
        say(f"Mail and services to practise with: http://localhost:{self.plan.practice_http}\n")
        say(parts.accounts_table(self.environ))
        say(f"\nLogs are in {self.plan.home / 'logs'}. Ctrl-C stops everything.")

    def _start_postgres(self, output: int) -> subprocess.Popen[bytes]:
        found = find_postgres(self.plan.home)
        if found is not None:
            # Started by hand, or still ending after its supervisor was killed: the home is ours.
            found.stop()
        handle = ensure_postgres(self.plan.home, bound=True, output=output)
        self.environ.update(handle.environment())
        if handle.process is None:
            raise EmbeddedError("Another program starts PostgreSQL on this home; stop it first.")
        return handle.process

    def _start_valkey(self, output: int) -> subprocess.Popen[bytes]:
        handle = start_valkey(self.plan.home, bound=True, output=output)
        self.environ["CELERY_BROKER_URL"] = handle.url
        return handle.process

    def _starter(self, command: Sequence[str]) -> Start:
        def start(output: int) -> subprocess.Popen[bytes]:
            return spawn(
                command,
                output=output,
                env=self.environ,
                cwd=parts.ROOT,
                parent_death_signal=signal.SIGTERM,
            )

        return start

    def _add(
        self,
        group: list[Child],
        name: str,
        start: Start,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Child:
        self._check()
        log = BoundedLog(self.plan.home / "logs" / f"{name}.log")
        child = Child(name, start, log, lambda who, line: say(f"[{who}] {line}"))
        child.stop_signal = stop_signal
        group.append(child)
        self._run(child)
        return child

    def _run(self, child: Child) -> None:
        child.run()
        self._watched[child] = child.output
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _run_to_end(self, name: str, command: Sequence[str]) -> None:
        """Run a command to its end under the same watch. Raises `EmbeddedError` when it fails."""
        child = self._add(self.ours, name, self._starter(command))
        deadline = time.monotonic() + SETUP_TIMEOUT
        while child.process is not None and child.process.poll() is None:
            if time.monotonic() > deadline:
                raise EmbeddedError(f"`{name}` did not end within {SETUP_TIMEOUT:.0f} s.")
            self._turn(0.5)
            self._check()
        self._forget(child)
        self.ours.remove(child)
        code = child.process.returncode if child.process else 1
        child.finish()
        if code != 0:
            raise EmbeddedError(f"`{name}` failed:\n{tail(child.log.path)}")

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_TIMEOUT
        answer = "no answer"
        ask_at = 0.0
        while time.monotonic() < deadline:
            self._turn(0.2)
            self._revive()
            self._check()
            if time.monotonic() < ask_at:
                continue
            ready, answer = self._ask_ready()
            if ready:
                return
            ask_at = time.monotonic() + 0.2
        raise EmbeddedError(f"Maestro did not become ready in {READY_TIMEOUT:.0f} s: {answer}")

    def _ask_ready(self) -> tuple[bool, str]:
        host = parts.LOOPBACK if self.plan.host == "0.0.0.0" else self.plan.host  # noqa: S104
        connection = http.client.HTTPConnection(host, self.plan.port, timeout=3)
        try:
            connection.request("GET", "/readyz", headers={"Host": f"localhost:{self.plan.port}"})
            response = connection.getresponse()
            return response.status == 200, response.read(2000).decode(errors="replace")
        except (OSError, http.client.HTTPException) as problem:
            return False, f"{problem}"
        finally:
            connection.close()

    # -- running

    def watch(self) -> None:
        """Until it is asked to stop. Raises `EmbeddedError` when a part can't be kept running."""
        while not self.stop_asked:
            self._turn(1.0)
            self._revive()

    def _check(self) -> None:
        if self.stop_asked:
            raise Stopped

    def _turn(self, seconds: float) -> None:
        """Wait for a signal, the death of a child or output of one, and read it."""
        waiting = [child.retry_at - time.monotonic() for child in self._dead()]
        for key, _ in self._selector.select(max(0.0, min([seconds, *waiting]))):
            if key.data is None:
                with suppress(BlockingIOError):
                    os.read(self._wake, 4096)
            elif not key.data.drain():
                self._forget(key.data)

    def _dead(self) -> list[Child]:
        return [child for child in (*self.services, *self.ours) if child.process is None]

    def _revive(self) -> None:
        """Start again what died, each time a little later. Raises `EmbeddedError` at the fifth."""
        for child in (*self.services, *self.ours):
            now = time.monotonic()
            self._note_death(child, child.died(now))
            if child.process is not None or child.retry_at > now:
                continue
            try:
                self._run(child)
            except EmbeddedError as problem:
                child.quick_deaths += 1
                child.retry_at = now + 1.0
                self._note_death(child, str(problem))

    def _note_death(self, child: Child, message: str | None) -> None:
        if message is None:
            return
        self._forget(child)
        if child.hopeless:
            raise EmbeddedError(
                f"{child.name} died {child.quick_deaths} times right after its start."
                f" The end of {child.log.path}:\n{tail(child.log.path)}"
            )
        say(f"[{child.name}] {message}")

    def _forget(self, child: Child) -> None:
        output = self._watched.pop(child, None)
        if output is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(output)

    # -- stopping

    def stop(self) -> None:
        """End all, our processes before the services they use, within 10 s."""
        for children, patience in ((self.ours, STOP_OURS), (self.services, STOP_SERVICES)):
            for child in children:
                self._forget(child)
                child.ask_to_end()
            wait_until(partial(_all_ended, children), timeout=patience)
            for child in children:
                child.finish()


def _all_ended(children: Sequence[Child]) -> bool:
    # Not `all`, which stops at the first: each must be asked, so that what it writes is read.
    return sum(child.ended() for child in children) == len(children)


def end_leftovers(home: Path) -> None:
    """End what a killed supervisor of `home` left, children of its children too.

    The kernel has told its own children to end; some take long, and theirs were told nothing.
    PostgreSQL and Valkey see to their own leftovers.
    """
    left = [process for process in psutil.process_iter() if _supervised(process) == str(home)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(left, timeout=3)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=3)


def _supervised(process: psutil.Process) -> str:
    try:
        return str(process.environ().get(parts.SUPERVISED))
    except (psutil.Error, OSError):
        return ""  # ended meanwhile, or somebody else's


def hold_home(home: Path, url: str) -> int:
    """Take the home for this process; raises `Refused` when another one has it.

    The answer is the open lock: the kernel frees it with the process, so it is never stale.
    """
    folder = home / "run"
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.read(lock, 500).decode(errors="replace").strip()
        os.close(lock)
        raise Refused(
            f"Maestro already runs on {home} ({other or 'just starting'})."
            " Stop it, or set MAESTRO_HOME to another folder."
        ) from None
    os.ftruncate(lock, 0)
    os.write(lock, f"process {os.getpid()}, {url}".encode())
    return lock


Commands = Mapping[str, Sequence[str]]


def run(setup: Callable[[], Commands], commands: Callable[[parts.Plan], Commands]) -> int:
    """Run the parts until they are stopped; answers the exit code."""
    try:
        check_python()
        plan = parts.read_plan(os.environ)
        if not (plan.own_database and plan.own_broker):
            check_machine()
        hold_home(plan.home, plan.url)
        end_leftovers(plan.home)
        check_ports(plan.places)
        environ = parts.environment(plan, os.environ)
        supervisor = Supervisor(plan, environ, setup=setup(), commands=commands(plan))
    except (Refused, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    say(f"Maestro starts in {plan.home}")
    code = 0
    try:
        supervisor.start()
        supervisor.watch()
    except Stopped:
        pass
    except EmbeddedError as problem:
        sys.stderr.write(f"{problem}\n")
        code = 1
    finally:
        say("\nStopping …")
        supervisor.stop()
        say("Maestro is stopped.")
    return code


if __name__ == "__main__":
    sys.exit(run(parts.setup, parts.commands))
