"""One supervised process: started, logged, started again when it dies, ended in time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from maestro.embedded.processes import EmbeddedError, open_log, tail

LOG_LIMIT = 5 * 1024 * 1024  # bytes a log may have; the one before is kept beside it
QUICK_DEATH = 10.0  # seconds; a process that lived shorter did not really start
QUICK_DEATHS = 5
_ALARM = re.compile(rb"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b")
# Not for the console: what concerns only a broker that writes to disk, what a client did wrong,
# the answers to our own question, and a part of a start-up banner that looks like an alarm.
_EXPECTED = re.compile(
    rb"Memory overcommit must be enabled|WARNING django\.request|Unavailable: /readyz|@%WARNING"
)
_CONSOLE_LINES = 5  # of one process in a second; the rest is in its log

Start = Callable[[int], subprocess.Popen[bytes]]
"""Starts the process with its output into a file descriptor."""


class BoundedLog:
    """A log file that begins anew at each start and whenever it is full."""

    def __init__(self, path: Path, limit: int = LOG_LIMIT) -> None:
        self.path, self._limit = path, limit
        self._file, self._size = open_log(path), 0

    def write(self, data: bytes) -> None:
        """Append `data`, in a new file when it would pass the limit."""
        if self._size + len(data) > self._limit:
            os.close(self._file)
            self._file, self._size = open_log(self.path), 0
        os.write(self._file, data)
        self._size += len(data)


@dataclass(slots=True, eq=False)
class Child:
    """A part under supervision: `stopped → running → stopped`.

    `on_line` gets the lines that a person at the console should see; `stop_signal` ends it.
    """

    name: str
    start: Start
    log: BoundedLog
    on_line: Callable[[str, str], None]
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    output: int = -1
    started_at: float = 0.0
    quick_deaths: int = 0
    retry_at: float = 0.0
    _rest: bytes = b""
    _shown: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Start it. Raises the `EmbeddedError` of `start`, with the end of its log."""
        self._close()
        self.output, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        # Only our end must not block; what is written before it is read waits in the pipe.
        os.set_blocking(writer, True)
        self.started_at = time.monotonic()
        try:
            self.process = self.start(writer)
        except EmbeddedError as problem:
            self.drain()
            raise EmbeddedError(f"{problem}\n{tail(self.log.path)}") from None
        finally:
            os.close(writer)

    def drain(self) -> bool:
        """Move what it wrote into its log; False when it has closed its output."""
        while self.output >= 0:
            try:
                data = os.read(self.output, 65536)
            except BlockingIOError:
                return True
            if not data:
                os.close(self.output)
                self.output = -1
                return False
            self.log.write(data)
            self._show(data)
        return False

    def died(self, now: float) -> str | None:
        """What to say when it has ended by itself, else None; sets when to try again."""
        if self.process is None or self.process.poll() is None:
            return None
        self._kill_rest()
        self._close()
        code, self.process = self.process.returncode, None
        quick = now - self.started_at < QUICK_DEATH
        self.quick_deaths = self.quick_deaths + 1 if quick else 0
        self.retry_at = now + (min(8.0, 0.5 * 2 ** (self.quick_deaths - 1)) if quick else 0.0)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return f"{how}; starting it again"

    @property
    def hopeless(self) -> bool:
        """Whether it died too often right after its start."""
        return self.quick_deaths >= QUICK_DEATHS

    def ask_to_end(self) -> None:
        """Send it its signal, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def ended(self) -> bool:
        """Whether it runs no more; reads what it writes meanwhile, lest it waits for that."""
        self.drain()
        return self.process is None or self.process.poll() is not None

    def finish(self) -> None:
        """End it by force if it still runs, and all of its process group."""
        if self.process is not None:
            self._kill_rest()
            self.process.wait()
            self.process = None
        self._close()

    def _close(self) -> None:
        self.drain()
        if self.output >= 0:
            os.close(self.output)
            self.output = -1

    def _kill_rest(self) -> None:
        """End its process group, of which it may leave some, such as granian's worker."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return

    def _show(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-8192:]
        now = time.monotonic()
        for line in lines:
            if not _ALARM.search(line) or _EXPECTED.search(line):
                continue
            self._shown = [at for at in self._shown if now - at < 1.0]
            if len(self._shown) < _CONSOLE_LINES:
                self._shown.append(now)
                self.on_line(self.name, line.decode(errors="replace").strip()[:300])
