"""The second engine, a real OPA: the same answers, and no answer is a no."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

import pytest
from django.test import Client

from governance.policy.answer import unavailable
from governance.policy.bundle import load_bundle
from governance.policy.engine import load_engine, use_engine
from governance.policy.opa import LARGEST, OpaServer
from tests.governance.policy.questions import nested, questions
from tests.governance.policy.real_opa import free_port, opa_over

GENERATED = 3000
ANSWERED = (
    '{"result": {"allow": true, "deny": [], "obligations": []},'
    ' "provenance": {"bundles": {"maestro": {"revision": "r-1"}}}}'
)
NO = unavailable("")


@pytest.fixture(scope="module")
def opa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with opa_over(load_bundle(), tmp_path_factory.mktemp("opa")) as url:
        yield url


def test_both_engines_agree_on_everything(opa: str) -> None:
    embedded, server = load_engine(), OpaServer(opa, timeout=5)
    differ = []
    asked = allowed = 0
    told: set[str] = set()
    for question in questions(GENERATED):
        here, there = embedded.decide(question), server.decide(question)
        asked += 1
        allowed += here.allow
        told |= {reason.code for reason in here.deny}
        if here != there:
            differ.append((question, here, there))
    assert differ[:3] == []
    assert asked > 3000
    assert allowed > 100
    assert len(told) > 25


def test_it_is_healthy_and_says_the_revision(opa: str) -> None:
    assert OpaServer(opa).healthy() == (True, load_bundle().revision)


def test_a_unix_socket_does_as_well(tmp_path: Path) -> None:
    path = tmp_path / "opa.sock"
    with opa_over(load_bundle(), tmp_path, address=f"unix://{path}"):
        server = OpaServer(f"unix://{path}")
        assert server.healthy() == (True, load_bundle().revision)
        assert server.healthy()[0]


def test_nobody_there_is_a_no(tmp_path: Path) -> None:
    for url in (f"http://127.0.0.1:{free_port()}", f"unix://{tmp_path}/none"):
        assert OpaServer(url).decide({}) == NO
        healthy, why = OpaServer(url).healthy()
        assert not healthy
        assert "OPA does not answer" in why


@pytest.mark.parametrize("url", ["", "ftp://opa", "http://", "unix://", "127.0.0.1:8181"])
def test_an_address_of_another_kind_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="OPA_URL"):
        OpaServer(url)


@contextmanager
def answering(body: str, *, status: int = 200, drip: float = 0.0) -> Iterator[str]:
    """Something that is no OPA."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                for byte in body if drip else [body]:
                    self.wfile.write(byte.encode())
                    if drip:
                        ended.wait(drip)
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            """Not to the console."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            ended.set()
            server.shutdown()


def test_what_is_an_answer_is_taken() -> None:
    with answering(ANSWERED) as url:
        answer = OpaServer(url).decide({})
    assert (answer.allow, answer.revision) == (True, "r-1")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"provenance": {"bundles": {"maestro": {"revision": "r-1"}}}}',
        ANSWERED.replace("r-1", ""),
        ANSWERED.replace('"revision"', '"version"'),
        ANSWERED.replace(', "provenance"', ', "other"'),
        ANSWERED.replace('"maestro": {', '"a": {"revision": "r-2"}, "b": {'),
        ANSWERED.replace('"deny": []', '"deny": {}'),
        ANSWERED.replace("true", "1"),
        ANSWERED.replace('"obligations": []', '"obligations": [{"type": "dance"}]'),
        ANSWERED.replace('"allow": true', '"allow": true, "allow": true'),
        ANSWERED.replace("r-1", "x" * LARGEST),
    ],
)
def test_what_is_no_answer_is_a_no(body: str) -> None:
    with answering(body) as url:
        assert OpaServer(url).decide({}) == NO
        assert not OpaServer(url).healthy()[0]


@pytest.mark.parametrize("status", [201, 301, 400, 404, 500])
def test_an_error_is_a_no_whatever_it_says(status: int) -> None:
    with answering(ANSWERED, status=status) as url:
        assert OpaServer(url).decide({}) == NO


def test_what_is_no_json_is_never_sent() -> None:
    with answering(ANSWERED) as url:
        for value in (object(), nested(100_000)):
            assert OpaServer(url).decide({"action": value}) == NO
        assert OpaServer(url).decide({"action": float("nan")}) == NO


def test_a_slow_answer_is_a_no_in_time() -> None:
    with answering(ANSWERED, drip=0.05) as url:
        began = monotonic()
        assert OpaServer(url).decide({}) == NO
        assert monotonic() - began < 2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = monotonic()
        assert OpaServer(f"http://127.0.0.1:{silent.getsockname()[1]}").decide({}) == NO
        assert monotonic() - began < 2


@pytest.mark.django_db(databases=["default", "owner"])
def test_readyz_says_that_it_is_away() -> None:
    before = use_engine(OpaServer(f"http://127.0.0.1:{free_port()}"))
    try:
        answer = Client().get("/readyz")
    finally:
        use_engine(before)
    assert answer.status_code == 503
    assert "OPA does not answer" in answer.json()["parts"]["policy"]
