"""Which services of a test run were real: a pytest plugin and a helper.

A test asks `real_service("redis")` (or carries `@pytest.mark.service("redis")`). When the service
can't be had here the test is skipped, or fails with `SERVICES=required`; the run ends with a table.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest


@dataclass(frozen=True, slots=True)
class Service:
    """A program of which a real one is wanted, and how a person gets it."""

    commands: tuple[str, ...]
    obtain: str
    version: tuple[str, ...] = ("--version",)


SERVICES = {
    "redis": Service(("redis-server",), "apt-get install redis-server"),
    # Its own tool would start a node to answer; the package's version is enough.
    "rabbitmq": Service(("rabbitmq-server",), "apt-get install rabbitmq-server", ()),
    # The shell is the browser without its own window, which nobody here looks at.
    "chromium": Service(
        ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
        "apt-get install chromium-headless-shell",
    ),
    "opa": Service(("opa",), "go install github.com/open-policy-agent/opa@v1.22.0", ("version",)),
    "cosign": Service(
        ("cosign",), "go install github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5", ()
    ),
}
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maestro" / "bin"
_EVEN_HERE = ("/usr/sbin", "/usr/local/sbin", str(_CACHE), "/usr/lib/rabbitmq/bin")

_used: Counter[str] = Counter()
_missing: Counter[str] = Counter()


def find(name: str) -> Path | None:
    """Where the program of a service is, or None."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *_EVEN_HERE])
    for command in SERVICES[name].commands:
        found = shutil.which(command, path=path)
        if found:
            return Path(found)
    return None


def real_service(name: str) -> Path:
    """The program of a real service; skips the calling test without it, or fails if required."""
    found = find(name)
    if found is not None:
        _used[name] += 1
        return found
    _missing[name] += 1
    message = f"no {name} here: {SERVICES[name].obtain}"
    if os.environ.get("SERVICES") == "required":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Asks for the services that a test's marks name."""
    for mark in item.iter_markers("service"):
        for name in mark.args:
            real_service(name)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What a worker of pytest-xdist had is told to the process that ends with the table."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["services"] = (dict(_used), dict(_missing))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended."""
    used, missing = getattr(node, "workeroutput", {}).get("services", ({}, {}))
    _used.update(used)
    _missing.update(missing)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of what was real and what was not."""
    terminalreporter.section("services")
    terminalreporter.line(f"  {'postgresql':<12}{_postgresql()}")
    for name in sorted({*_used, *_missing}):
        if name in _missing:
            state = f"missing   {_missing[name]} test(s) not run; {SERVICES[name].obtain}"
        else:
            state = f"real      {_version(name)}"
        terminalreporter.line(f"  {name:<12}{state}")


def _postgresql() -> str:
    try:
        with psycopg.connect(os.environ.get("DATABASE_OWNER_URL", ""), connect_timeout=5) as link:
            return f"real      {link.info.parameter_status('server_version')}"
    except psycopg.OperationalError:
        return "missing   nothing answers at DATABASE_OWNER_URL"


def _version(name: str) -> str:
    path = find(name)
    if path is None or not SERVICES[name].version:
        return str(path)
    answer = subprocess.run(
        [path, *SERVICES[name].version], capture_output=True, text=True, timeout=20, check=False
    )
    return (answer.stdout.strip().splitlines() or [str(path)])[0][:80]
