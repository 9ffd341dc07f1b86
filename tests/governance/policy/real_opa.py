"""A real OPA for the tests, over a bundle of ours that it verifies."""

from __future__ import annotations

import http.client
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from governance.policy.bundle import Bundle
from governance.policy.packed import pack_bundle
from governance.trust.keys import PrivateKey, new_key
from tests.embedded.waiting import until
from tests.faults.processes import Part
from tests.services_report import real_service


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(url: str, path: str = "/health") -> bool:
    """Whether OPA at `url` is up."""
    link = http.client.HTTPConnection(urlsplit(url).netloc, timeout=1)
    try:
        link.request("GET", path)
        return link.getresponse().status == 200
    except OSError:
        return False
    finally:
        link.close()


@contextmanager
def opa_that_follows(config: str, folder: Path, **environ: str) -> Iterator[str]:
    """OPA with the configuration in `config`; its URL."""
    path = folder / "config.yaml"
    path.write_text(config)
    url = f"http://127.0.0.1:{free_port()}"
    opa = Part(
        "opa",
        [
            *(str(real_service("opa")), "run", "--server", "--log-level", "info"),
            *("--addr", url.removeprefix("http://"), "--config-file", str(path)),
        ],
        folder=folder,
        environ=environ,
    )
    try:
        opa.until(lambda: answers(url, "/health?bundles"), "OPA with a bundle")
        yield url
    finally:
        opa.kill()


@contextmanager
def opa_over(
    bundle: Bundle, folder: Path, *, key: PrivateKey | None = None, address: str = ""
) -> Iterator[str]:
    """OPA with `bundle`, signed; its URL. `address` is another to listen on, besides that one."""
    key = key or new_key()
    packed, public = folder / "bundle.tar.gz", folder / "key.pub"
    packed.write_bytes(pack_bundle(bundle, key))
    public.write_bytes(key.public.pem)
    url = f"http://127.0.0.1:{free_port()}"
    listen = [
        word for one in (url, address) if one for word in ("--addr", one.removeprefix("http://"))
    ]
    opa = Part(
        "opa",
        [
            *(str(real_service("opa")), "run", "--server", "--log-level", "error", *listen),
            *("--verification-key", str(public), "--signing-alg", "ES256"),
            *("--bundle", str(packed)),
        ],
        folder=folder,
        environ={},
        death_signal=signal.SIGKILL,
    )
    try:
        opa.until(lambda: answers(url), "OPA")
        yield url
    finally:
        opa.kill()


__all__ = ["answers", "free_port", "opa_over", "until"]
