"""What every test may use."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from maestro.kernel.actor import Actor
from maestro.kernel.garbage import settle
from maestro.practice.mail import Mailbox, smtp_server
from maestro.tenancy.models import Tenant
from tests import emptying
from tests.factories import actor_of, make_tenant

emptying.install()

# How long an example takes says how busy the machine is.
settings.register_profile("maestro", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("maestro")

HERE = Path(__file__).resolve().parent
SWEEPS = (
    "api/test_addresses.py",
    "canary/test_canary.py",
    "console/test_every_page.py",
    "isolation/test_sweep.py",
)
"""They go everywhere, once more for each of those who ask. What they run is covered by its own
tests; traced they would take half as long again."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out of the measured coverage the sweeps, what uses a `make run`, and the tests that
    serve pages from threads: two threads that start at once may not both be traced (CPython 3.11
    refuses the second)."""
    sweeps = {HERE / name for name in SWEEPS}
    for item in items:
        if (
            item.path in sweeps
            or HERE / "browser" in item.path.parents
            or "site" in getattr(item, "fixturenames", ())
        ):
            item.add_marker(pytest.mark.no_cover)


def pytest_collection_finish() -> None:
    """Everything is imported."""
    settle()


@pytest.fixture
def acme(db: None) -> Tenant:
    """A tenant."""
    return make_tenant("acme")


@pytest.fixture
def globex(db: None) -> Tenant:
    """Another tenant, which must never see the first one's rows."""
    return make_tenant("globex")


@pytest.fixture
def author(acme: Tenant) -> Actor:
    """Somebody who writes workflows in acme."""
    return actor_of(acme, "author")


@pytest.fixture
def operator(acme: Tenant) -> Actor:
    """Somebody who runs workflows in acme."""
    return actor_of(acme, "operator")


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """What the platform's mail server, a real one, was given."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    server = smtp_server(box, "127.0.0.1", port)
    server.start()
    settings.PLATFORM_CONNECTIONS = {
        "smtp": {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "maestro@acme.test"}
    }
    yield box
    server.stop()
