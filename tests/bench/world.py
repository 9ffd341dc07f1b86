"""A world of its own to measure in: PostgreSQL and Valkey under a temporary home, migrated."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from maestro.embedded.postgres import ensure_postgres
from maestro.embedded.valkey import start_valkey

ROOT = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def world() -> Iterator[Path]:
    """The home of a world that ends with the block; the environment names its services."""
    home = Path(tempfile.mkdtemp(prefix="maestro-bench-"))
    postgres = ensure_postgres(home)
    valkey = start_valkey(home)
    os.environ.update(postgres.environment())
    os.environ.update(
        MAESTRO_HOME=str(home),
        CELERY_BROKER_URL=valkey.url,
        BENCH_BROKER=valkey.url,
        DJANGO_SETTINGS_MODULE="maestro.settings.dev",
        MAESTRO_SECRET_KEY="bench-" + "0" * 50,
    )
    try:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--database=owner", "--noinput", "-v", "0"],
            cwd=ROOT,
            check=True,
        )
        yield home
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def processes(*commands: list[str]) -> Iterator[None]:
    """Processes that end with the block."""
    started = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        yield
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def web_process(port: int) -> list[str]:
    """The web server as `make run` starts it."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--blocking-threads", "8"),
        *("--log-level", "error", "maestro.wsgi:application"),
    ]
