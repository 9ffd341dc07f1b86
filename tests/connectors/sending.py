"""One request through an outbound client, as these tests send it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from connectors.contract import TaskError
from connectors.outbound import Answer, OutboundClient, Outgoing, parse_url


def send(
    client: OutboundClient, url: str, *, method: str = "GET", seconds: float = 20.0, **more: Any
) -> Answer:
    target = parse_url(url)
    request = Outgoing(
        method,
        target,
        more.pop("headers", {}),
        more.pop("credentials", {}),
        more.pop("body", None),
    )
    hosts = more.pop("hosts", [f"{target.host}:{target.port}"])
    return client.send(
        request,
        deadline=time.monotonic() + seconds,
        cancelled=more.pop("cancelled", threading.Event()),
        allowed_hosts=frozenset(hosts),
        **more,
    )


def failing(client: OutboundClient, url: str, **more: Any) -> TaskError:
    with pytest.raises(TaskError) as caught:
        send(client, url, **more)
    return caught.value
