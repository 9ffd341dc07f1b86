"""Private brokers that can be emptied, killed and started again on the same address."""

from __future__ import annotations

import os
import secrets
import signal
import socket
from abc import ABC, abstractmethod
from pathlib import Path

import amqp
import redis

from maestro.embedded.valkey import ValkeyHandle, start_valkey
from tests.faults.processes import Part, free_port, listens
from tests.services_report import real_service

QUEUE = "conductor"


class Broker(ABC):
    """A broker under its own folder. It listens on loopback, or on a socket, only."""

    url: str

    @abstractmethod
    def start(self) -> None:
        """Start it, empty or with what it kept, and wait until it answers."""

    @abstractmethod
    def kill(self) -> None:
        """kill -9."""

    @abstractmethod
    def empty(self) -> int:
        """Throw away every message; answers how many were waiting."""


class _RedisProtocol(Broker):
    def empty(self) -> int:
        with redis.Redis.from_url(self.url.replace("redis+socket://", "unix://")) as client:
            waiting = int(client.llen(QUEUE))
            client.flushall()
            return waiting


class Valkey(_RedisProtocol):
    """The embedded one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start it on the same socket."""
        self._handle: ValkeyHandle = start_valkey(self._folder, bound=True)
        self.url = self._handle.url

    def kill(self) -> None:
        """kill -9."""
        self._handle.process.kill()
        self._handle.process.wait()


class Redis(_RedisProtocol):
    """Debian's, over TCP."""

    def __init__(self, folder: Path) -> None:
        self._program, self._folder, self._port = real_service("redis"), folder, free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        """Start it on the same port."""
        self._part = Part(
            "redis",
            [
                *(self._program, "--bind", "127.0.0.1", "--port", str(self._port)),
                *("--save", "", "--appendonly", "no", "--dir", self._folder),
            ],
            folder=self._folder,
            environ=dict(os.environ),
        )
        self._part.until(lambda: listens(self._port), "Redis")

    def kill(self) -> None:
        """kill -9."""
        self._part.kill()


class RabbitMQ(Broker):
    """Debian's, with a node of its own: name, cookie, data and ports."""

    def __init__(self, folder: Path) -> None:
        self._program, self._folder = real_service("rabbitmq"), folder
        self._port, self._distribution, self._names = free_port(), free_port(), free_port()
        self._cookie = secrets.token_hex(16)
        (folder / "enabled_plugins").write_text("[].\n")
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self._port}\nlog.console = true\nlog.file = false\n"
        )
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}//"
        # Erlang's name server, which the node would otherwise start as a daemon that stays.
        names = ["epmd", "-port", str(self._names), "-address", "127.0.0.1"]
        self._epmd = Part("epmd", names, folder=folder, environ=dict(os.environ))
        self._epmd.until(lambda: listens(self._names), "epmd")
        self.start()

    def start(self) -> None:
        """Start the node with what it has on disk."""
        node = f"faults{self._distribution}@{socket.gethostname().partition('.')[0]}"
        # The wrapper in /usr/sbin would become the system's user, whose files are not ours.
        own = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        self._part = Part(
            "rabbitmq",
            [own if own.exists() else self._program],
            folder=self._folder,
            cwd=self._folder,
            death_signal=signal.SIGTERM,  # it is a script, which ends the node then
            environ={
                **os.environ,
                "HOME": str(self._folder),
                "RABBITMQ_NODENAME": node,
                "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
                "RABBITMQ_NODE_PORT": str(self._port),
                "RABBITMQ_DIST_PORT": str(self._distribution),
                "RABBITMQ_MNESIA_BASE": str(self._folder / "mnesia"),
                "RABBITMQ_LOG_BASE": str(self._folder / "log"),
                "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-setcookie {self._cookie}",
                "ERL_EPMD_ADDRESS": "127.0.0.1",
                "ERL_EPMD_PORT": str(self._names),
            },
        )
        self._part.until(self._answers, "RabbitMQ")

    def kill(self) -> None:
        """kill -9 of the node."""
        self._part.kill()

    def empty(self) -> int:
        """Purge our queue."""
        with self._connection() as connection:
            return connection.channel().queue_purge(QUEUE) or 0

    def _connection(self) -> amqp.Connection:
        return amqp.Connection(f"127.0.0.1:{self._port}", "guest", "guest", connect_timeout=5)

    def _answers(self) -> bool:
        try:
            with self._connection():
                return True
        except (OSError, amqp.AMQPError):
            return False
