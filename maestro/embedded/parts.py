"""What `make run` consists of: the environment of its processes and the command of each."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from maestro.embedded import postgres, secrets, valkey
from maestro.embedded.preflight import own_service, port_of

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
DATABASE_VARIABLES = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_JOBS_URL",
    "DATABASE_PLATFORM_URL",
)
SUPERVISED = "MAESTRO_SUPERVISED"  # in the environment of every process that is ours
DEMO_PASSWORD = "maestro-demo"  # noqa: S105 - of the accounts to try it with, on loopback
TENANTS = ("acme", "globex")
TENANT_ROLES = ("viewer", "operator", "author", "admin")
PLATFORM_ROLES = (
    "security-reviewer",
    "performance-reviewer",
    "docs-reviewer",
    "approver",
    "publisher",
    "auditor",
    "platform-admin",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where it runs, read from the environment and checked."""

    home: Path
    host: str
    port: int
    practice_http: int
    practice_smtp: int
    own_database: bool
    own_broker: bool

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        name = "localhost" if self.host in {LOOPBACK, "0.0.0.0"} else self.host  # noqa: S104
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}"

    @property
    def places(self) -> Mapping[str, tuple[str, int]]:
        """Where it will listen, by the variable that moves each port."""
        return {
            "PORT": (self.host, self.port),
            "PRACTICE_HTTP_PORT": (LOOPBACK, self.practice_http),
            "PRACTICE_SMTP_PORT": (LOOPBACK, self.practice_smtp),
        }


def read_plan(environ: Mapping[str, str]) -> Plan:
    """Read the variables; raises `Refused` naming the one that is wrong."""
    return Plan(
        home=Path(environ.get("MAESTRO_HOME") or ROOT / "var").resolve(),
        host=environ.get("MAESTRO_HOST") or LOOPBACK,
        port=port_of(environ, "PORT", 8000),
        practice_http=port_of(environ, "PRACTICE_HTTP_PORT", 8025),
        practice_smtp=port_of(environ, "PRACTICE_SMTP_PORT", 1025),
        own_database=own_service(environ, DATABASE_VARIABLES),
        own_broker=own_service(environ, ("CELERY_BROKER_URL",)),
    )


def environment(plan: Plan, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of every process, before those of the services are known."""
    secrets.ensure(plan.home, "secret_key")
    practice = f"{LOOPBACK}:{plan.practice_http},{LOOPBACK}:{plan.practice_smtp}"
    defaults = {
        "DJANGO_SETTINGS_MODULE": "maestro.settings.dev",
        "MAESTRO_SECRET_KEY": secrets.read(plan.home, "secret_key"),
        "MAESTRO_PUBLIC_URL": plan.url,
        "MAESTRO_REACHABLE": practice,
        "MAESTRO_DEMO_PASSWORD": DEMO_PASSWORD,
        # Threads that take turns on two cores need no heap each: 30 MB less for the four.
        "MALLOC_ARENA_MAX": "2",
    }
    return {
        **defaults,
        **{name: value for name, value in environ.items() if value},
        "MAESTRO_HOME": str(plan.home),
        SUPERVISED: str(plan.home),
        "PORT": str(plan.port),
        "PRACTICE_HTTP_PORT": str(plan.practice_http),
        "PRACTICE_SMTP_PORT": str(plan.practice_smtp),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), environ.get("PYTHONPATH", "")])),
    }


def adopt_environment(environ: MutableMapping[str, str]) -> None:
    """Let a command, such as `manage.py create_token`, work on what `make run` made.

    Adds what is missing in `environ` of the variables that `make run` gives its own processes.
    Does nothing when it never ran on this home. Raises `Refused` as `make run` would.
    """
    plan = read_plan(environ)
    try:
        found = dict(environment(plan, environ)) if (plan.home / "secrets").is_dir() else {}
        if found and not plan.own_database:
            found |= postgres.urls(plan.home)
    except FileNotFoundError:
        return
    if found and not plan.own_broker:
        found["CELERY_BROKER_URL"] = valkey.address_of(plan.home)
    for name, value in found.items():
        if name != SUPERVISED and not environ.get(name):
            environ[name] = value


def manage(*arguments: str) -> list[str]:
    """A command of `manage.py`."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def setup() -> dict[str, list[str]]:
    """What runs to its end before they start, in order; each may run any number of times."""
    return {"prepare": manage("prepare")}


def commands(plan: Plan) -> dict[str, list[str]]:
    """Our own processes, in the order in which they start."""
    # A request holds a thread; more of them than this only take turns on the processor.
    threads = min(8, 2 * (os.cpu_count() or 1) + 1)
    # The checks ran with the migration, a moment ago.
    celery = [sys.executable, "-m", "celery", "-A", "maestro", "--skip-checks", "--quiet"]
    return {
        "practice": [sys.executable, "-m", "maestro.practice"],
        "web": [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
            *("--host", plan.host, "--port", str(plan.port), "--http", "1"),
            *("--workers", "1", "--blocking-threads", str(threads), "--log-level", "warning"),
            *("--workers-kill-timeout", "3", "maestro.wsgi:application"),
        ],
        "worker": [
            *(*celery, "worker", "-P", "threads", "-c", "8", "-l", "WARNING"),
            *("--without-gossip", "--without-mingle"),
        ],
        # A process of its own, for 135 MB: embedded in the worker (`-B`) it would be a fork of a
        # process with threads, and silent as long as a new worker takes to start.
        "beat": [*celery, "beat", "-S", "django", "-l", "WARNING", "--pidfile="],
    }


def accounts_table(environ: Mapping[str, str]) -> str:
    """The people to try it as."""
    password = environ.get("MAESTRO_DEMO_PASSWORD") or DEMO_PASSWORD
    people = {name: [f"{role}@{name}.test" for role in TENANT_ROLES] for name in TENANTS}
    people["globex"].append("installer@globex.test")
    people["platform"] = [f"{role}@platform.test" for role in PLATFORM_ROLES]
    lines = []
    for group, addresses in people.items():
        rows = textwrap.wrap("   ".join(addresses), width=84, break_on_hyphens=False)
        lines += [f"  {label:<10}{row}" for label, row in zip_longest([group], rows, fillvalue="")]
    return "\n".join([f"Accounts (password: {password})", *lines])
