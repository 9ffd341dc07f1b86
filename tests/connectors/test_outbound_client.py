"""The way out over HTTP, against real servers: deadlines, cancels, sizes, redirects, TLS."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import ErrorClass, TaskError
from connectors.outbound import Answer, OutboundClient, Outgoing, parse_url
from tests.connectors.servers import (
    Names,
    RawServer,
    Reply,
    Seen,
    certificate,
    client_for,
    raw_server,
    read_request,
    wait_for_hang_up,
    web_server,
)


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


def redirecting(status: int, location: str) -> Any:
    def answer(seen: Seen) -> Reply:
        if seen.path == "/start":
            return Reply(status, b"moved", {"Location": location})
        return Reply(200, b"arrived")

    return answer


@pytest.mark.parametrize(
    ("status", "method", "arrives"),
    [
        (301, "GET", "GET"),
        (302, "POST", "GET"),
        (301, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
        (301, "PUT", "PUT"),
    ],
)
def test_a_redirect_is_followed_as_http_says(status: int, method: str, arrives: str) -> None:
    with web_server(redirecting(status, "/end")) as server:
        send(
            client_for(f"127.0.0.1:{server.port}"),
            server.url("/start"),
            method=method,
            body=b"{}",
            headers={"Content-Type": "application/json"},
        )
    last = server.seen[-1]
    assert (last.method, last.path) == (arrives, "/end")
    assert (last.body == b"{}") == (arrives == method and arrives != "HEAD")
    assert ("content-type" in last.headers) == (last.body != b"")


def test_credentials_stay_on_a_redirect_within_the_origin() -> None:
    with web_server(redirecting(307, "/end")) as server:
        send(
            client_for(f"127.0.0.1:{server.port}"),
            server.url("/start"),
            credentials={"Authorization": "Bearer hush"},
        )
    assert server.seen[-1].headers["authorization"] == "Bearer hush"


def test_credentials_and_headers_are_dropped_on_a_redirect_to_another_origin() -> None:
    with web_server(lambda _: Reply(200, b"arrived")) as other:
        there = other.url("/end", host="other.test")
        with web_server(redirecting(307, there)) as server:
            hosts = [f"svc.test:{server.port}", f"other.test:{other.port}"]
            send(
                client_for(*hosts),
                server.url("/start", host="svc.test"),
                credentials={"Authorization": "Bearer hush"},
                headers={"X-My-Key": "hush", "Accept": "text/plain"},
                hosts=hosts,
            )
    got = other.seen[-1].headers
    assert "authorization" not in got
    assert "x-my-key" not in got
    assert got["accept"] == "text/plain"


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "//10.0.0.1/",
        "file:///etc/passwd",
        "http://user:pw@svc.test/",
        "\\\\10.0.0.1\\share",
        "gopher://svc.test/_",
    ],
)
def test_a_redirect_to_a_forbidden_place_is_refused(location: str) -> None:
    with web_server(redirecting(302, location)) as server:
        error = failing(client_for(f"127.0.0.1:{server.port}"), server.url("/start"))
    assert error.error_class is ErrorClass.ADDRESS_REFUSED
    assert len(server.seen) == 1


def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    made = certificate(tmp_path, "127.0.0.1")
    with (
        web_server(lambda _: Reply(200, b"arrived")) as plain,
        web_server(redirecting(302, plain.url("/end")), tls=made.server) as server,
    ):
        hosts = [f"127.0.0.1:{server.port}", f"127.0.0.1:{plain.port}"]
        error = failing(
            client_for(*hosts, ca_file=made.ca_file),
            server.url("/start", scheme="https"),
            hosts=hosts,
        )
    assert error.error_class is ErrorClass.ADDRESS_REFUSED
    assert plain.seen == []


def test_redirects_end_after_five() -> None:
    def answer(seen: Seen) -> Reply:
        return Reply(302, b"", {"Location": f"/{int(seen.path[1:]) + 1}"})

    with web_server(answer) as server:
        error = failing(client_for(f"127.0.0.1:{server.port}"), server.url("/0"))
    assert error.error_class is ErrorClass.REJECTED
    assert [seen.path for seen in server.seen] == ["/0", "/1", "/2", "/3", "/4", "/5"]


def test_a_redirect_that_is_wanted_is_given_as_it_is() -> None:
    with web_server(redirecting(302, "/end")) as server:
        answer = send(
            client_for(f"127.0.0.1:{server.port}"),
            server.url("/start"),
            wanted=lambda status: status == 302,
        )
    assert (answer.status, answer.headers["location"]) == (302, "/end")


def test_tls_is_verified_against_the_name_while_the_address_is_pinned(tmp_path: Path) -> None:
    made = certificate(tmp_path, "svc.test")
    with web_server(lambda _: Reply(200, b"x"), tls=made.server) as server:
        hosts = [f"svc.test:{server.port}", f"other.test:{server.port}"]
        client = client_for(*hosts, ca_file=made.ca_file)
        assert send(client, server.url(host="svc.test", scheme="https")).body == b"x"
        error = failing(client, server.url(host="other.test", scheme="https"))
    assert error.error_class is ErrorClass.REJECTED
    assert "certificate" in str(error)
    assert "other.test" in str(error)


def test_a_certificate_of_nobody_we_trust_or_an_expired_one_is_rejected(tmp_path: Path) -> None:
    made = certificate(tmp_path, "svc.test", expired=True)
    with web_server(lambda _: Reply(), tls=made.server) as server:
        url, host = server.url(host="svc.test", scheme="https"), f"svc.test:{server.port}"
        unknown = failing(client_for(host), url)
        expired = failing(client_for(host, ca_file=made.ca_file), url)
    assert unknown.error_class is expired.error_class is ErrorClass.REJECTED
    assert "expired" in str(expired)
    assert server.seen == []


def test_https_to_a_port_that_speaks_http_is_rejected_with_a_hint() -> None:
    with web_server(lambda _: Reply()) as server:
        error = failing(client_for(f"127.0.0.1:{server.port}"), server.url(scheme="https"))
    assert error.error_class is ErrorClass.REJECTED
    assert "TLS" in error.hint
