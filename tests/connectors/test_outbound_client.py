"""The way out over HTTP, against real servers: deadlines, cancels, sizes, names."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import ErrorClass
from tests.connectors.sending import failing, send
from tests.connectors.servers import (
    Names,
    RawServer,
    Reply,
    certificate,
    client_for,
    raw_server,
    read_request,
    wait_for_hang_up,
    web_server,
)


def test_an_answer_is_read_whole() -> None:
    with web_server(lambda _: Reply(200, b"hello", {"X-A": "b"})) as server:
        answer = send(client_for(f"127.0.0.1:{server.port}"), server.url())
    assert (answer.status, answer.body, answer.headers["x-a"]) == (200, b"hello", "b")


def test_a_connection_is_used_again_and_shared_between_threads() -> None:
    with web_server(lambda _: Reply(200, b"x")) as server:
        client = client_for(f"127.0.0.1:{server.port}")
        for _ in range(5):
            send(client, server.url())
        assert len({seen.connection for seen in server.seen}) == 1
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda: answers.append(send(client, server.url()).status))
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [200] * 16


def test_a_connection_that_the_server_has_closed_meanwhile_is_opened_anew() -> None:
    def once(connection: socket.socket, state: RawServer) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        connection.shutdown(socket.SHUT_RDWR)
        state.hung_up.set()

    with raw_server(once) as server:
        client = client_for(f"127.0.0.1:{server.port}")
        for _ in range(3):
            server.hung_up.clear()
            assert send(client, f"http://127.0.0.1:{server.port}/").body == b"x"
            assert server.hung_up.wait(5)
        assert server.connections == 3


def test_nothing_set_by_one_answer_comes_back_with_the_next_request() -> None:
    with web_server(lambda _: Reply(200, b"", {"Set-Cookie": "session=abc; Path=/"})) as server:
        client = client_for(f"127.0.0.1:{server.port}")
        send(client, server.url())
        send(client, server.url())
    assert all("cookie" not in seen.headers for seen in server.seen)


def drip(head: bytes, every: float = 0.2) -> Any:
    """A script that sends `head` and then one byte at a time, for ever."""

    def script(connection: socket.socket, state: RawServer) -> None:
        read_request(connection)
        connection.sendall(head)
        while not state.stopping.wait(every):
            connection.sendall(b"x")
        state.hung_up.set()

    return script


@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"],
    ids=["status line", "headers", "body"],
)
def test_a_server_that_drips_does_not_stretch_the_deadline(head: bytes) -> None:
    with raw_server(drip(head)) as server:
        began = time.monotonic()
        error = failing(
            client_for(f"127.0.0.1:{server.port}"),
            f"http://127.0.0.1:{server.port}/",
            seconds=0.8,
        )
        took = time.monotonic() - began
        assert server.hung_up.wait(5), "the connection is closed"
    assert error.error_class is ErrorClass.TIMED_OUT
    assert 0.7 < took < 1.8


def test_a_server_that_says_nothing_is_given_up_at_the_deadline() -> None:
    with raw_server(wait_for_hang_up) as server:
        error = failing(
            client_for(f"127.0.0.1:{server.port}"),
            f"http://127.0.0.1:{server.port}/",
            seconds=0.3,
            method="POST",
            body=b"{}",
        )
        assert server.hung_up.wait(5)
    assert error.error_class is ErrorClass.TIMED_OUT


def test_a_server_that_does_not_read_is_given_up_at_the_deadline() -> None:
    def deaf(_connection: socket.socket, state: RawServer) -> None:
        state.stopping.wait(30)

    with raw_server(deaf) as server:
        error = failing(
            client_for(f"127.0.0.1:{server.port}"),
            f"http://127.0.0.1:{server.port}/",
            seconds=0.5,
            method="PUT",
            body=b"x" * 30_000_000,
        )
    assert error.error_class is ErrorClass.TIMED_OUT


def test_a_tls_handshake_that_never_ends_is_given_up_at_the_deadline() -> None:
    with raw_server(wait_for_hang_up) as server:
        error = failing(
            client_for(f"127.0.0.1:{server.port}"),
            f"https://127.0.0.1:{server.port}/",
            seconds=0.4,
        )
        assert server.hung_up.wait(5), "the connection is closed"
    assert error.error_class is ErrorClass.TIMED_OUT


def test_a_cancel_closes_the_connection_within_a_second() -> None:
    cancelled = threading.Event()
    cancelled_at: list[float] = []

    def script(connection: socket.socket, state: RawServer) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
        cancelled_at.append(time.monotonic())
        cancelled.set()
        wait_for_hang_up(connection, state)

    with raw_server(script) as server:
        error = failing(
            client_for(f"127.0.0.1:{server.port}"),
            f"http://127.0.0.1:{server.port}/",
            cancelled=cancelled,
        )
        assert server.hung_up.wait(5)
        assert time.monotonic() - cancelled_at[0] < 1.0
    assert error.error_class is ErrorClass.CANCELLED


@pytest.mark.parametrize("announced", [True, False])
def test_an_answer_beyond_the_limit_is_too_large_and_not_read_on(announced: bool) -> None:
    def script(connection: socket.socket, state: RawServer) -> None:
        read_request(connection)
        length = b"Content-Length: 99999999999\r\n" if announced else b""
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        if announced:
            wait_for_hang_up(connection, state)
        while not state.stopping.is_set():
            connection.sendall(b"x" * 65536)

    with raw_server(script) as server:
        error = failing(
            client_for(f"127.0.0.1:{server.port}"),
            f"http://127.0.0.1:{server.port}/",
            max_bytes=100_000,
        )
        assert server.hung_up.wait(5)
    assert error.error_class is ErrorClass.TOO_LARGE
    assert "100,000 bytes" in str(error)


def test_an_answer_of_exactly_the_limit_is_taken() -> None:
    with web_server(lambda _: Reply(200, b"x" * 1000)) as server:
        client = client_for(f"127.0.0.1:{server.port}")
        assert len(send(client, server.url(), max_bytes=1000).body) == 1000
        assert failing(client, server.url(), max_bytes=999).error_class is ErrorClass.TOO_LARGE


def test_a_small_answer_that_unpacks_to_a_large_one_is_too_large() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    with web_server(lambda _: Reply(200, bomb, {"Content-Encoding": "gzip"})) as server:
        error = failing(client_for(f"127.0.0.1:{server.port}"), server.url(), max_bytes=1_000_000)
    assert error.error_class is ErrorClass.TOO_LARGE


def test_the_size_that_head_announces_is_not_the_answers() -> None:
    def script(connection: socket.socket, state: RawServer) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        wait_for_hang_up(connection, state)

    with raw_server(script) as server:
        answer = send(
            client_for(f"127.0.0.1:{server.port}"),
            f"http://127.0.0.1:{server.port}/",
            method="HEAD",
        )
    assert (answer.status, answer.body) == (200, b"")


def test_the_body_of_an_unwanted_answer_is_cut_instead() -> None:
    with web_server(lambda _: Reply(500, b"x" * 1_000_000)) as server:
        answer = send(client_for(f"127.0.0.1:{server.port}"), server.url(), max_bytes=10)
    assert answer.status == 500
    assert answer.truncated
    assert len(answer.body) == 16 * 1024


@pytest.mark.parametrize(
    ("script", "error_class"),
    [
        (b"", ErrorClass.UNAVAILABLE),
        (b"SSH-2.0-OpenSSH\r\n", ErrorClass.UNAVAILABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", ErrorClass.UNAVAILABLE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ErrorClass.UNAVAILABLE),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
            ErrorClass.REJECTED,
        ),
    ],
    ids=["hangs up", "no HTTP", "half a body", "broken chunks", "no gzip"],
)
def test_a_broken_answer_has_its_class(script: bytes, error_class: ErrorClass) -> None:
    def say(connection: socket.socket, _state: RawServer) -> None:
        read_request(connection)
        connection.sendall(script)

    with raw_server(say) as server:
        error = failing(
            client_for(f"127.0.0.1:{server.port}"), f"http://127.0.0.1:{server.port}/?key=hush"
        )
    assert error.error_class is error_class
    assert "hush" not in str(error) + error.hint


def test_nobody_listening_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failing(client_for(f"127.0.0.1:{port}"), f"http://127.0.0.1:{port}/")
    assert error.error_class is ErrorClass.UNAVAILABLE
    assert "connection refused" in str(error)


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with web_server(lambda _: Reply(200, b"x")) as server:
        name = f"svc.test:{server.port}"
        names = Names(svc_test=[["127.0.0.2", "127.0.0.1"]])
        answer = send(client_for(name, resolver=names), server.url(host="svc.test"))
    assert answer.body == b"x"
    assert server.seen[0].headers["host"] == name


def test_the_checked_address_is_the_one_connected_to(tmp_path: Path) -> None:
    made = certificate(tmp_path, "localhost")
    names = Names(localhost=[["127.0.0.2"]])
    for scheme, tls in (("http", None), ("https", made.server)):
        with (
            web_server(lambda _: Reply(200, b"wrong"), tls=tls) as wrong,
            web_server(lambda _: Reply(200, b"x"), tls=tls, address=("127.0.0.2", wrong.port)),
        ):
            client = client_for(f"localhost:{wrong.port}", resolver=names, ca_file=made.ca_file)
            url = wrong.url(host="localhost", scheme=scheme)
            assert send(client, url).body == b"x", "the machine's own resolver says 127.0.0.1"


def test_a_name_that_changes_its_mind_is_checked_each_time_and_never_asked_in_between() -> None:
    with web_server(lambda _: Reply(200, b"x")) as server:
        names = Names(svc_test=[["127.0.0.1"], ["169.254.169.254"]])
        client = client_for(f"svc.test:{server.port}", resolver=names)
        assert send(client, server.url(host="svc.test")).status == 200
        assert names.asked == ["svc.test"]
        error = failing(client, server.url(host="svc.test"))
    assert error.error_class is ErrorClass.ADDRESS_REFUSED
    assert len(server.seen) == 1, "the kept connection is no way around the check"


def test_a_name_is_remembered_for_a_while_and_asked_anew_when_it_does_not_answer() -> None:
    with web_server(lambda _: Reply(200, b"x")) as server:
        names = Names(svc_test=[["127.0.0.1"]])
        client = client_for(f"svc.test:{server.port}", resolver=names, remember=60)
        send(client, server.url(host="svc.test"))
        send(client, server.url(host="svc.test"))
        assert names.asked == ["svc.test"]
    client.close()
    error = failing(client, server.url(host="svc.test"))
    assert error.error_class is ErrorClass.UNAVAILABLE
    failing(client, server.url(host="svc.test"))
    assert names.asked == ["svc.test", "svc.test"]
