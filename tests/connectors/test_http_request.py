"""`http.request@1`: what it sends, what it gives, and which error each answer stands for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import (
    Call,
    ErrorClass,
    MadeCall,
    PlannedCall,
    SecretValue,
    TaskError,
    secrets_in,
)
from connectors.kinds.http import HttpRequest
from connectors.kinds.http.answer import class_of, parse_body, request_id, retry_after
from connectors.outbound import Answer, OutboundClient, parse_url
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.redaction import MASK
from tests.connectors.servers import (
    Names,
    Reply,
    Seen,
    WebServer,
    client_for,
    make_call,
    web_server,
)

SECRET = "canary-0123456789"


def ask(server: WebServer, inputs: Mapping[str, Any], path: str = "/", **more: Any) -> Any:
    host = f"127.0.0.1:{server.port}"
    task = HttpRequest(lambda: client_for(host))
    return task.execute(make_call({"url": server.url(path), **inputs}, host, **more))


def refused(server: WebServer, inputs: Mapping[str, Any], path: str = "/") -> TaskError:
    with pytest.raises(TaskError) as caught:
        ask(server, inputs, path)
    return caught.value


def sent(inputs: Mapping[str, Any], path: str = "/") -> Seen:
    """What a server gets for these inputs."""
    with web_server(lambda _: Reply()) as server:
        ask(server, inputs, path)
    return server.seen[-1]


def test_the_output_has_status_headers_parsed_body_size_and_digest() -> None:
    raw = b'{"people": [{"id": 1}]}'
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Total-Count": "1",
        "Set-Cookie": "session=abc",
        "X-Auth-Token": "abc",
    }
    with web_server(lambda _: Reply(200, raw, headers)) as server:
        output = ask(server, {})
    assert output["status"] == 200
    assert output["body"] == {"people": [{"id": 1}]}
    assert output["encoding"] == "json"
    assert output["bytes"] == len(raw)
    assert output["digest"] == digest_bytes(raw)
    assert output["headers"]["x-total-count"] == "1"
    assert "set-cookie" not in output["headers"]
    assert "x-auth-token" not in output["headers"]
    jsonschema.validate(output, dict(HttpRequest.manifest.output_schema))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_any_method_is_sent(method: str) -> None:
    assert sent({"method": method.lower()}).method == method


@pytest.mark.parametrize("method", ["PROPFIND", "REPORT", "M-SEARCH"])
def test_methods_beyond_the_usual_are_sent(method: str) -> None:
    assert sent({"method": method}).method == method


def test_unsafe_methods_carry_the_calls_idempotency_key_and_safe_ones_none() -> None:
    assert sent({"method": "POST"}).headers["idempotency-key"] == "run-1:step-1"
    assert sent({"method": "DELETE"}).headers["idempotency-key"] == "run-1:step-1"
    assert "idempotency-key" not in sent({"method": "GET"}).headers
    own = sent({"method": "POST", "headers": {"Idempotency-Key": "mine"}})
    assert own.headers["idempotency-key"] == "mine"


def test_a_json_body_is_sent_as_json() -> None:
    got = sent({"method": "POST", "json": {"name": "Ana", "n": [1, None, True]}})
    assert json.loads(got.body) == {"name": "Ana", "n": [1, None, True]}
    assert got.headers["content-type"] == "application/json"


def test_a_text_body_is_sent_as_it_is() -> None:
    got = sent({"method": "POST", "body": "grüße\n", "headers": {"Content-Type": "text/x"}})
    assert got.body == "grüße\n".encode()
    assert got.headers["content-type"] == "text/x"


def test_a_form_body_is_url_encoded() -> None:
    got = sent({"method": "POST", "form": {"a b": "c&d", "n": 1, "t": True}})
    assert got.body == b"a+b=c%26d&n=1&t=true"
    assert got.headers["content-type"] == "application/x-www-form-urlencoded"


def test_the_query_is_added_to_that_of_the_url() -> None:
    got = sent({"query": {"q": "a b&c", "tag": ["x", "y"], "none": None, "deep": False}}, "/p?z=1")
    assert got.path == "/p?z=1&q=a+b%26c&tag=x&tag=y&deep=false"


def test_a_bearer_token_is_sent() -> None:
    got = sent({"auth": {"bearer": SecretValue("t", SECRET)}})
    assert got.headers["authorization"] == f"Bearer {SECRET}"


def test_an_api_key_is_sent_in_its_header() -> None:
    got = sent({"auth": {"api_key": {"header": "X-Api-Key", "value": SecretValue("t", SECRET)}}})
    assert got.headers["x-api-key"] == SECRET


def test_basic_credentials_are_sent() -> None:
    got = sent({"auth": {"basic": {"username": "ana", "password": SecretValue("t", SECRET)}}})
    assert (
        got.headers["authorization"]
        == "Basic " + base64.b64encode(f"ana:{SECRET}".encode()).decode()
    )


def test_the_signature_is_over_the_exact_bytes_of_the_body() -> None:
    auth = {"hmac": {"header": "X-Signature-256", "secret": SecretValue("t", SECRET)}}
    got = sent({"method": "POST", "json": {"ü": 1.5}, "auth": auth})
    expected = hmac.new(SECRET.encode(), got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-signature-256"] == f"sha256={expected}"


@pytest.mark.parametrize(
    "inputs",
    [
        {"method": "CONNECT"},
        {"method": "GET / HTTP/1.1\r\nX:"},
        {"method": 7},
        {"headers": {"X-A": "b\r\nX-Evil: 1"}},
        {"headers": {"X-A\r\nX-Evil": "1"}},
        {"headers": {"X A": "1"}},
        {"headers": {"X-A": "snow ☃"}},
        {"headers": {"Host": "other.test"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"headers": {"Content-Length": "1"}},
        {"headers": {"X-A": SecretValue("t", SECRET)}},
        {"headers": ["X-A"]},
        {"headers": {"X-A": {"no": "text"}}},
        {"query": {"a": {"b": 1}}},
        {"query": {"a": SecretValue("t", SECRET)}},
        {"query": "a=b"},
        {"json": {"a": SecretValue("t", SECRET)}},
        {"json": {"a": float("nan")}},
        {"json": 1, "body": "x"},
        {"body": {"a": 1}},
        {"body": "\ud800"},
        {"form": {"a": [[1]]}},
        {"auth": {}},
        {"auth": {"bearer": ""}},
        {"auth": {"bearer": "a", "basic": {}}},
        {"auth": {"bearer": "a\r\nX-Evil: 1"}},
        {"auth": {"basic": {"username": "a:b", "password": "c"}}},
        {"auth": {"basic": {"username": "a"}}},
        {"auth": {"digest": "a"}},
        {"auth": {"hmac": {"header": "X", "secret": "s", "algorithm": "md5"}}},
        {"auth": {"api_key": {"header": "Host", "value": "x"}}},
        {"auth": {"bearer": "a"}, "headers": {"authorization": "b"}},
        {"expect": []},
        {"expect": ["3yy"]},
        {"expect": [True]},
        {"expect": "2xx"},
        {"max_bytes": 0},
        {"max_bytes": 10**12},
        {"max_bytes": "1"},
        {"url": "not a url"},
        {"url": ""},
    ],
    ids=repr,
)
def test_what_can_not_be_sent_is_refused_before_anything_is(inputs: dict[str, Any]) -> None:
    with web_server(lambda _: Reply()) as server:
        error = refused(server, inputs)
        assert server.seen == []
    assert error.error_class in (ErrorClass.INVALID_INPUT, ErrorClass.ADDRESS_REFUSED)
    assert SECRET not in str(error) + error.hint
    if secrets_in({name: item for name, item in inputs.items() if name != "auth"}):
        assert "There is a secret in" in str(error)


STATUSES = {
    400: "rejected",
    401: "auth_failed",
    402: "rejected",
    403: "auth_failed",
    404: "not_found",
    405: "rejected",
    408: "timed_out",
    409: "conflict",
    410: "not_found",
    418: "rejected",
    422: "rejected",
    429: "rate_limited",
    500: "unavailable",
    501: "rejected",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
    505: "rejected",
    599: "unavailable",
    304: "rejected",
}


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_has_its_error_class(status: int) -> None:
    with web_server(lambda _: Reply(status)) as server:
        error = refused(server, {}, "/a")
    assert error.error_class == STATUSES[status]
    assert str(status) in str(error)
    assert error.hint
    assert error.details["status"] == status


def test_what_the_service_says_of_its_refusal_is_in_the_details() -> None:
    reply = Reply(422, b'{"problem": "no such room"}', {"Content-Type": "application/problem+json"})
    with web_server(lambda _: reply) as server:
        error = refused(server, {})
    assert "no such room" in error.details["body"]


def test_expected_statuses_are_no_errors() -> None:
    with web_server(lambda seen: Reply(int(seen.path[1:]))) as server:
        assert ask(server, {"expect": [200, 404]}, "/404")["status"] == 404
        assert ask(server, {"expect": ["2xx", "400-410"]}, "/409")["status"] == 409
        assert ask(server, {"expect": ["4xx"]}, "/499")["status"] == 499
        assert refused(server, {"expect": ["400-410"]}, "/411").error_class == "rejected"
        assert refused(server, {"expect": ["201"]}, "/200").error_class == "rejected"


def test_retry_after_reaches_the_engine() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    headers = {"/s": "17", "/d": later, "/x": "soon"}
    with web_server(lambda s: Reply(429, b"", {"Retry-After": headers[s.path]})) as server:
        assert refused(server, {}, "/s").retry_after == 17
        wait = refused(server, {}, "/d").retry_after
        assert wait is not None
        assert 85 < wait <= 90
        assert refused(server, {}, "/x").retry_after is None


def test_retry_after_of_a_refusal_for_good_is_not_passed_on() -> None:
    with web_server(lambda _: Reply(403, b"", {"Retry-After": "17"})) as server:
        assert refused(server, {}).retry_after is None


@given(st.text(max_size=40))
def test_any_retry_after_is_none_or_a_wait_of_at_most_a_week(text: str) -> None:
    wait = retry_after(text)
    assert wait is None or 0 <= wait <= 7 * 24 * 3600


@given(st.integers(100, 599))
def test_every_status_has_a_class(status: int) -> None:
    assert class_of(status) in ErrorClass


@pytest.mark.parametrize(
    ("raw", "content_type", "body", "encoding"),
    [
        (b"", "application/json", None, "none"),
        (b"[1]", "application/vnd.api+json", [1], "json"),
        (b"[1]", "text/plain", "[1]", "text"),
        (b"{oops", "application/json", "{oops", "text"),
        (b"[NaN]", "application/json", "[NaN]", "text"),
        (b"[1e999]", "application/json", "[1e999]", "text"),
        (b"[" * 100 + b"]" * 100, "application/json", "[" * 100 + "]" * 100, "text"),
        (b"[" * 64 + b"]" * 64, "application/json", None, "json"),
        ("grüß".encode("latin-1"), "text/plain; charset=iso-8859-1", "grüß", "text"),
        ("grüß".encode(), "text/plain; charset=klingon", "grüß", "text"),
        (b"\xff\xfe\x00", "application/octet-stream", "//4A", "base64"),
        (b"a\x00b", "text/plain", "YQBi", "base64"),
    ],
)
def test_a_body_is_given_as_what_it_is(
    raw: bytes, content_type: str, body: Any, encoding: str
) -> None:
    answer = Answer(200, {"content-type": content_type}, raw, parse_url("http://svc.test/"))
    found, how = parse_body(answer)
    assert how == encoding
    assert found == body or (encoding == "json" and body is None)


def test_no_secret_is_in_an_error_whatever_the_service_repeats() -> None:
    def echo(seen: Seen) -> Reply:
        return Reply(401, json.dumps(dict(seen.headers)).encode(), {"Content-Type": "text/plain"})

    ways: list[dict[str, Any]] = [
        {"bearer": SecretValue("t", SECRET)},
        {"api_key": {"header": "X-Api-Key", "value": SecretValue("t", SECRET)}},
        {"basic": {"username": "ana", "password": SecretValue("t", SECRET)}},
        {"hmac": {"header": "X-Sig", "secret": SecretValue("t", SECRET)}},
    ]
    encoded = base64.b64encode(f"ana:{SECRET}".encode()).decode()
    signature = hmac.new(SECRET.encode(), b"", hashlib.sha256).hexdigest()
    with web_server(echo) as server:
        for auth in ways:
            error = refused(server, {"auth": auth}, f"/{SECRET}?key={SECRET}")
            text = f"{error} {error.hint} {json.dumps(dict(error.details))}"
            assert SECRET not in text
            assert encoded not in text
            assert signature not in text
            assert MASK in text


def test_a_call_is_told_without_a_secret_and_without_its_query() -> None:
    made: list[MadeCall] = []
    lines: list[str] = []
    seen = {"X-Request-Id": "req-1", "Content-Type": "text/plain"}
    with web_server(lambda _: Reply(200, b"four", seen)) as server:
        auth = {"bearer": SecretValue("t", SECRET)}
        path = f"/p/{SECRET}?key=hush"
        ask(server, {"auth": auth}, path, log=lines.append, note=made.append)
    (call,) = made
    assert call.seconds > 0
    told = replace(call, seconds=0)
    host = f"127.0.0.1:{server.port}"
    assert told == MadeCall("http", "GET", host, f"/p/{MASK}", "200", 4, 0, "req-1")
    assert lines == []


def test_a_call_without_an_answer_is_told_with_the_class_of_its_error() -> None:
    made: list[MadeCall] = []
    with web_server(lambda _: Reply()) as server:
        host = f"127.0.0.1:{server.port}"
    with pytest.raises(TaskError):
        ask(server, {}, "/p", note=made.append)
    assert [(each.host, each.path, each.status) for each in made] == [(host, "/p", "unavailable")]


def test_a_request_id_that_is_no_name_is_left_out() -> None:
    assert request_id({"x-request-id": "a b; <script>"}) == ""
    assert request_id({"cf-ray": "8f-AMS"}) == "8f-AMS"
    assert request_id({}) == ""


def test_a_plan_says_the_call_and_reaches_nothing() -> None:
    names = Names(svc_test=[["127.0.0.1"]])
    planned = plan(
        {
            "method": "POST",
            "url": "https://svc.test/people?x=1",
            "json": {"name": "Ana"},
            "auth": {"bearer": SecretValue("t", SECRET)},
        },
        client_for(resolver=names),
    )
    assert names.asked == []
    assert (planned.method, planned.host) == ("POST", "svc.test")
    assert planned.summary == "POST https://svc.test/people"
    assert planned.detail["json"] == {"name": "Ana"}
    assert planned.detail["auth"] == {"bearer": MASK}
    assert planned.detail["query"] == "x=1"
    assert SECRET not in json.dumps(planned.detail)


def test_a_plan_refuses_what_the_guard_would() -> None:
    for url in ("https://other.test/", "http://svc.test:22/", "http://127.0.0.1/"):
        with pytest.raises(TaskError) as caught:
            plan({"url": url}, client_for(), "svc.test", "127.0.0.1")
        assert caught.value.error_class is ErrorClass.ADDRESS_REFUSED


def plan(inputs: dict[str, Any], client: OutboundClient, *hosts: str) -> PlannedCall:
    call: Call = make_call(inputs, *(hosts or ("svc.test",)))
    (planned,) = HttpRequest(lambda: client).plan(call)
    return planned


def test_inputs_that_run_are_valid_by_the_manifest() -> None:
    schema = dict(HttpRequest.manifest.input_schema)
    good: list[dict[str, Any]] = [
        {"url": "https://svc.test/"},
        {"url": "https://svc.test/", "method": "POST", "json": None, "expect": [200, "2xx"]},
        {"url": "https://svc.test/", "auth": {"basic": {"username": "a", "password": "b"}}},
        {"url": "https://svc.test/", "query": {"a": [1, None]}, "max_bytes": 10},
    ]
    bad: list[dict[str, Any]] = [
        {},
        {"url": "https://svc.test/", "json": 1, "body": "x"},
        {"url": "https://svc.test/", "auth": {"bearer": "a", "hmac": {}}},
        {"url": "https://svc.test/", "expect": ["2yy"]},
        {"url": "https://svc.test/", "verify": False},
    ]
    for inputs in good:
        jsonschema.validate(inputs, schema)
    for inputs in bad:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(inputs, schema)


def test_each_secret_place_of_the_manifest_says_so() -> None:
    properties = HttpRequest.manifest.input_schema["properties"]["auth"]["properties"]
    assert properties["bearer"]["x-secret"] is True
    assert properties["api_key"]["properties"]["value"]["x-secret"] is True
    assert properties["basic"]["properties"]["password"]["x-secret"] is True
    assert properties["hmac"]["properties"]["secret"]["x-secret"] is True
