"""`make run`, whole: from nothing to a page, killed, and up again with its data."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import requests
from psycopg import sql

from maestro.embedded import parts
from maestro.embedded.postgres import OWNER, find_postgres
from maestro.embedded.processes import alive
from tests.embedded.test_supervisor import free_ports
from tests.embedded.waiting import until

pytestmark = pytest.mark.timeout(400)

# What the tests themselves run with would be taken for services of the person's own.
# Nor is it traced: what it runs is covered elsewhere, and takes half as long again where it is.
OURS = {
    *parts.DATABASE_VARIABLES,
    "CELERY_BROKER_URL",
    "COVERAGE_PROCESS_CONFIG",
    "DJANGO_SETTINGS_MODULE",
    "MAKEFLAGS",
}


class MakeRun:
    """`make run` on a home of its own."""

    def __init__(self, home: Path, ports: list[int]) -> None:
        self.home, self.port, self.practice = home, ports[0], ports[1]
        names = ("PORT", "PRACTICE_HTTP_PORT", "PRACTICE_SMTP_PORT")
        given = {name: str(port) for name, port in zip(names, ports, strict=True)}
        environ = {name: value for name, value in os.environ.items() if name not in OURS}
        self.output = home.with_suffix(".out")
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                ["make", "run"],
                cwd=parts.ROOT,
                env={**environ, **given, "MAESTRO_HOME": str(home)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ready(self) -> None:
        """Wait for the last line that it prints."""
        count = self.output.read_text().count("Ctrl-C stops everything")
        until(
            lambda: self.output.read_text().count("Ctrl-C stops everything") > count or self.ended,
            within=180,
            of="make run",
        )
        assert not self.ended, self.output.read_text()

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def processes(self) -> list[psutil.Process]:
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://localhost:{self.port}{path}", timeout=20)

    def count(self, table: str, condition: str = "true") -> int:
        server = find_postgres(self.home)
        assert server is not None
        with psycopg.connect(server.dsn(OWNER)) as connection:
            question = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
                sql.Identifier(table), sql.SQL(condition)
            )
            return int(connection.execute(question).fetchall()[0][0])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a home"
    yield folder
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get("MAESTRO_HOME") == str(folder):
                process.kill()


def command_of(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):  # or it has just ended
        return process.cmdline()
    return []


def serves_as_a_role_that_owns_nothing(run: MakeRun) -> None:
    web = [p for p in run.processes() if "granian" in " ".join(command_of(p))]
    assert web
    assert "maestro_app" in web[0].environ()["DATABASE_URL"]
    assert run.count("pg_tables", "tableowner = 'maestro_app'") == 0
    assert run.count("pg_roles", "rolname = 'maestro_app' AND rolbypassrls") == 0


def test_from_nothing_to_a_page_and_again_after_everything_was_killed(home: Path) -> None:
    ports = free_ports(3)
    first = MakeRun(home, ports)
    first.ready()
    assert first.get("/healthz").status_code == 200
    assert first.get("/readyz").status_code == 200
    assert "Maestro" in first.get("/").text or "Switchboard" in first.get("/").text
    assert requests.get(f"http://localhost:{first.practice}/people", timeout=10).ok
    workflows = first.count("catalog_workflowdefinition")
    assert workflows >= 6
    assert first.count("tenancy_tenant") >= 2

    for process in first.processes():
        with suppress(psutil.NoSuchProcess):
            process.kill()
    first.process.wait()

    second = MakeRun(home, ports)
    second.ready()
    assert second.get("/readyz").status_code == 200
    assert second.count("catalog_workflowdefinition") == workflows
    serves_as_a_role_that_owns_nothing(second)

    everything = second.processes()
    # As a terminal does: the whole foreground group gets it.
    os.killpg(second.process.pid, signal.SIGINT)
    until(lambda: second.ended, within=15, of="the end of make run")
    left = [process for process in everything if alive(process.pid)]
    assert left == []
