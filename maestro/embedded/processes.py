"""Child processes that are found again, end with their parent, and leave nothing behind."""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import pwd
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

SOCKET_PATH_LIMIT = 107  # sun_path of unix(7), less its closing zero
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")
_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True)


class EmbeddedError(Exception):
    """A part could not be started or stopped; the text is for the person at the console."""


def spawn(
    command: Sequence[str | Path],
    *,
    output: int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: pwd.struct_passwd | None = None,
    parent_death_signal: signal.Signals | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, with both outputs into the file descriptor `output`.

    With `parent_death_signal` the kernel sends it that signal when the calling *thread* ends, for
    whatever reason, so call it from the main thread. `user` drops root's rights first.
    """
    prepare: Callable[[], None] | None = None
    if parent_death_signal is not None:
        parent = os.getpid()

        def prepare() -> None:
            # After setuid, which would clear it, and before exec. If the parent went meanwhile,
            # the signal would never come.
            _libc.prctl(_PR_SET_PDEATHSIG, int(parent_death_signal))
            if os.getppid() != parent:
                os._exit(1)

    return subprocess.Popen(
        [os.fspath(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output == subprocess.PIPE else output,
        env=env,
        cwd=cwd,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        start_new_session=True,
        preexec_fn=prepare,
    )


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not waited for does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def end(pid: int, *, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal of `steps` in turn until the process is gone, waiting the seconds beside it.

    Raises `EmbeddedError` when it outlives them all.
    """
    try:
        process = psutil.Process(pid)
        for signum, patience in steps:
            process.send_signal(signum)
            with suppress(psutil.TimeoutExpired):
                process.wait(patience)
                return
    except psutil.NoSuchProcess:
        return
    raise EmbeddedError(f"Process {pid} can't be stopped.")


def wait_until(condition: Callable[[], bool], *, timeout: float, every: float = 0.02) -> bool:
    """Ask `condition` until it holds; False when `timeout` seconds went by first."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting for it; the kernel frees it when the process ends."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def socket_directory(home: Path, name: str) -> Path:
    """A directory, made if missing, whose path is short and plain enough for a socket of `name`.

    `<home>/run` when that is so; else a private one under /tmp, named after the home. Raises
    `EmbeddedError` when somebody else owns that one.
    """
    own = home / "run"
    if _PLAIN_PATH.fullmatch(str(own)) and len(str(own / name)) <= SOCKET_PATH_LIMIT - 8:
        own.mkdir(parents=True, exist_ok=True)
        return own
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    short = Path(f"/tmp/maestro-{os.getuid()}-{digest}")  # noqa: S108 - owner checked below
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if short.is_symlink() or found.st_uid != os.getuid():
        raise EmbeddedError(f"{short} belongs to somebody else; remove it or move MAESTRO_HOME.")
    return short


def open_log(path: Path) -> int:
    """Begin a new log, keeping the one before as `<name>.1`; answers its file descriptor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)


def tail(path: Path, lines: int = 12, size: int = 8192) -> str:
    """The last lines of a log, or '' when there is none."""
    try:
        with path.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - size))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
