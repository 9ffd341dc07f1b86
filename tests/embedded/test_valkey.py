"""The embedded Valkey: it wakes, and keeps nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kombu import Connection

from maestro.embedded.valkey import ValkeyHandle, start_valkey


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ValkeyHandle]:
    handle = start_valkey(tmp_path)
    yield handle
    handle.stop()


def test_a_message_of_celerys_library_goes_through(broker: ValkeyHandle) -> None:
    with Connection(broker.url) as connection:
        queue = connection.SimpleQueue("conductor")
        queue.put({"execution_id": "1"})
        message = queue.get(timeout=5)
        assert message.payload == {"execution_id": "1"}
        message.ack()
        queue.close()


def test_nothing_is_written_to_disk(broker: ValkeyHandle) -> None:
    client = redis.Redis(unix_socket_path=str(broker.socket))
    client.set("key", "value")
    assert client.config_get("save") == {"save": ""}
    assert client.config_get("appendonly") == {"appendonly": "no"}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_only_its_owner_may_use_the_socket(broker: ValkeyHandle) -> None:
    assert broker.socket.stat().st_mode & 0o777 == 0o600


def test_a_killed_broker_is_replaced_at_the_same_address(tmp_path: Path) -> None:
    first = start_valkey(tmp_path)
    os.kill(first.pid, signal.SIGKILL)
    first.process.wait()
    second = start_valkey(tmp_path)
    try:
        assert second.url == first.url
        assert redis.Redis(unix_socket_path=str(second.socket)).ping()
    finally:
        second.stop()
    assert not second.is_running()
