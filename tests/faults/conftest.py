"""What the faults' tests share: one service that misbehaves, one embedded broker a module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from celery import Celery
from django.db import connections

from maestro.celery import app
from tests.faults.brokers import Broker, Valkey
from tests.faults.processes import Part, celery_environment, ready, start_beat, start_worker
from tests.faults.service import Service, running_service


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """The other side of the calls."""
    with running_service() as running:
        yield running


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The embedded broker."""
    broker = Valkey(tmp_path_factory.mktemp("valkey"))
    yield broker
    broker.kill()


class Fleet:
    """Workers and beats on one broker and the tests' database. This process sends there too."""

    def __init__(self, folder: Path, broker: Broker, service: Service) -> None:
        self._folder, self._parts = folder, ExitStack()
        database = str(connections["default"].settings_dict["NAME"])
        self._environ = celery_environment(
            folder, database, broker.url, MAESTRO_REACHABLE=service.address
        )
        self.home = folder
        # What this process starts is sent through the current application: one on this broker.
        sender = Celery("sender", broker=broker.url, set_as_current=False)
        for name in ("task_default_queue", "broker_transport_options", "task_publish_retry"):
            setattr(sender.conf, name, app.conf[name])
        self._sender = sender
        sender.set_current()
        self._parts.callback(app.set_current)
        self._parts.callback(sender.close)

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Whatever this process sends meanwhile is lost."""
        app.set_current()
        yield
        self._sender.set_current()

    def workers(self, count: int, *, threads: int = 4) -> list[Part]:
        """Start that many, and wait until they take messages."""
        started = [
            self._keep(start_worker(self._folder, self._environ, threads=threads))
            for _ in range(count)
        ]
        ready(*started)
        return started

    def beats(self, count: int) -> list[Part]:
        """Start that many."""
        return [self._keep(start_beat(self._folder, self._environ)) for _ in range(count)]

    def end(self) -> None:
        """Kill all of it."""
        self._parts.close()

    def _keep(self, part: Part) -> Part:
        self._parts.callback(part.kill)
        return part


@pytest.fixture
def fleet(db: None, tmp_path: Path, valkey: Broker, service: Service) -> Iterator[Fleet]:
    """Workers and beats for one test."""
    fleet = Fleet(tmp_path, valkey, service)
    service.close_gate()
    yield fleet
    service.opened.set()
    fleet.end()
