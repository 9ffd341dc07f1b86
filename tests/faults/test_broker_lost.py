"""The broker loses every message, dies, and comes back: on Valkey, Redis and RabbitMQ each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maestro.kernel.actor import Actor
from tests.embedded.waiting import until
from tests.faults.brokers import Broker, RabbitMQ, Redis, Valkey
from tests.faults.conftest import Fleet
from tests.faults.ledger import all_succeed, each_once, times
from tests.faults.processes import PATIENCE
from tests.faults.service import STEPS, Service, endpoints_of, through_the_gate
from tests.runtime.driving import ALIASES, freeze, start

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

WORKERS, THREADS = 2, 2
# More than the workers hold and have fetched ahead, so that some wait in the broker.
MANY = 40


@pytest.fixture(params=[Valkey, Redis, RabbitMQ], ids=["valkey", "redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """Each broker."""
    folder = tmp_path / "broker"
    folder.mkdir()
    broker: Broker = request.param(folder)
    yield broker
    broker.kill()


@pytest.fixture
def fleet(db: None, tmp_path: Path, broker: Broker, service: Service) -> Iterator[Fleet]:
    """Workers and beats on that broker."""
    fleet = Fleet(tmp_path, broker, service)
    service.close_gate()
    yield fleet
    service.opened.set()
    fleet.end()


def test_a_broker_that_loses_everything_and_is_killed_delays_work_and_loses_none(
    author: Actor, fleet: Fleet, broker: Broker, service: Service
) -> None:
    workers = fleet.workers(WORKERS, threads=THREADS)
    fleet.beats(1)
    freeze(author, through_the_gate(service.address), rest=endpoints_of(service.address))
    ids = [start(author).pk for _ in range(MANY)]
    until(lambda: service.calls >= WORKERS * THREADS, within=PATIENCE, of="calls under way")

    assert broker.empty() > 0
    broker.kill()
    ids += [start(author).pk for _ in range(5)]  # nobody can be woken for these now
    service.opened.set()
    broker.start()

    all_succeed(ids)
    each_once(ids, STEPS)
    assert not times(ids, "taken_over")
    assert set(service.keys.values()) == {1}
    assert all(worker.process.poll() is None for worker in workers)
