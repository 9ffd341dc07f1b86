"""PostgreSQL is restarted, in order and not, while executions run. It is one of the test's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from maestro.embedded import parts
from maestro.embedded.cluster import SUPERUSER
from maestro.embedded.postgres import PostgresHandle, ensure_postgres
from tests.embedded.waiting import until
from tests.faults.brokers import Broker
from tests.faults.processes import (
    PATIENCE,
    Part,
    celery_environment,
    free_port,
    listens,
    ready,
    start_beat,
    start_worker,
)
from tests.faults.service import STEPS, Service

MANY = 30
TOKEN = "mst_0123456789ab_" + "0" * 43
WORKERS, THREADS = 2, 4


class Web:
    """A web server as `make run` has it."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.port = free_port()
        self.part = Part(
            "web",
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
                *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
                *("--blocking-threads", "4", "maestro.wsgi:application"),
            ],
            folder=folder,
            environ=environ,
        )

    def ask(self) -> list[int]:
        """The statuses of questions that each look for a token in the database."""
        url, headers = (
            f"http://127.0.0.1:{self.port}/api/workflows/",
            {"Authorization": f"Bearer {TOKEN}"},
        )
        with ThreadPoolExecutor(4) as people:
            answers = people.map(lambda _: requests.get(url, headers=headers, timeout=30), range(8))
            return [answer.status_code for answer in answers]


class World:
    """A database server with two workers, a beat and a web server."""

    def __init__(self, folder: Path, valkey: Broker, service: Service) -> None:
        self.folder, self.stack = folder, ExitStack()
        self.home = folder / "home"
        self.postgres = self.up()
        self.stack.callback(lambda: self.postgres.stop())
        database = urlsplit(self.postgres.environment()["DATABASE_URL"]).path.lstrip("/")
        self.environ = {
            **celery_environment(folder, database, valkey.url, MAESTRO_REACHABLE=service.address),
            **self.postgres.environment(),
        }
        self.manage("migrate", "--database=owner", "--noinput", "-v", "0")
        self.service = service
        self.workers = [start_worker(folder, self.environ, threads=THREADS) for _ in range(WORKERS)]
        self.beat = start_beat(folder, self.environ)
        self.web = Web(folder, self.environ)
        for part in (*self.workers, self.beat, self.web.part):
            self.stack.callback(part.kill)
        ready(*self.workers)
        self.web.part.until(lambda: listens(self.web.port), "the web server")

    def up(self) -> PostgresHandle:
        """The server, started."""
        return ensure_postgres(self.home, bound=True)

    def manage(self, *arguments: str) -> None:
        """Run a command of ours there."""
        subprocess.run(parts.manage(*arguments), env=self.environ, cwd=parts.ROOT, check=True)

    def start(self, count: int) -> list[str]:
        """Start executions there."""
        command = [sys.executable, "-m", "tests.faults.elsewhere", str(count), self.service.address]
        answer = subprocess.run(
            command, env=self.environ, cwd=parts.ROOT, check=True, stdout=subprocess.PIPE, text=True
        )
        return answer.stdout.split()

    def ask(self, statement: LiteralString, ids: list[str]) -> list[tuple[object, ...]]:
        """What a statement about executions gives there."""
        with psycopg.connect(self.postgres.dsn(SUPERUSER)) as connection:
            return connection.execute(statement, [ids]).fetchall()


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, valkey: Broker, service: Service
) -> Iterator[World]:
    """The world that the module's tests shake, one after another."""
    with ExitStack() as stack:
        world = World(tmp_path_factory.mktemp("world"), valkey, service)
        stack.push(world.stack)
        yield world


def fast(postgres: PostgresHandle) -> None:
    """As `pg_ctl restart -m fast` ends it: open sessions are cut, all is written."""
    os.kill(postgres.pid, signal.SIGINT)
    assert postgres.process is not None
    postgres.process.wait()


def crash(postgres: PostgresHandle) -> None:
    """kill -9 of the whole server: nothing is written, and it recovers when it starts."""
    os.killpg(postgres.pid, signal.SIGKILL)
    assert postgres.process is not None
    postgres.process.wait()


@pytest.mark.parametrize("end", [fast, crash])
def test_a_restart_of_the_database_delays_work_and_loses_none(
    world: World, service: Service, end: Callable[[PostgresHandle], None]
) -> None:
    assert world.web.ask() == [401] * 8
    service.close_gate()
    ids = world.start(MANY)
    until(lambda: service.calls >= WORKERS * THREADS, within=PATIENCE, of="calls under way")

    end(world.postgres)
    service.opened.set()  # their results come while there is nowhere to keep them
    world.postgres = world.up()
    assert world.web.ask() == [401] * 8  # nobody's page breaks on a connection that was cut

    def settled() -> bool:
        rows = world.ask("SELECT status FROM runtime_execution WHERE id = ANY(%s::uuid[])", ids)
        found = Counter(row[0] for row in rows)
        assert not found["failed"], found
        return found["succeeded"] == MANY

    until(settled, within=PATIENCE, of="all executions succeeded")
    once = world.ask(
        "SELECT execution_id::text, step_id, count(*) FROM runtime_executionevent"
        " WHERE execution_id = ANY(%s::uuid[]) AND kind = 'succeeded' GROUP BY 1, 2",
        ids,
    )
    assert sorted(once) == sorted((one, step, 1) for one in ids for step in (*STEPS, ""))
    assert all(part.process.poll() is None for part in (*world.workers, world.beat))
    # What a call gave is kept until it can be written: none was made twice.
    assert set(service.keys.values()) == {1}
