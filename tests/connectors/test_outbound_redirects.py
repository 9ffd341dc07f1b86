"""Redirects and TLS on the way out, against real servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract import ErrorClass
from tests.connectors.sending import failing, send
from tests.connectors.servers import Reply, Seen, certificate, client_for, web_server


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
