"""`email.send@1` over real SMTP: what arrives, and which error each failure is."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import ErrorClass, MadeCall, SecretValue, TaskError
from connectors.kinds.email import SendEmail
from tests.connectors.mail import (
    PASSWORD,
    Box,
    OnAnyPort,
    authenticator,
    connection,
    deliver,
    failing,
    mail_server,
)
from tests.connectors.servers import (
    Names,
    certificate,
    client_for,
    make_call,
)


def test_a_mail_with_an_attachment_arrives_byte_for_byte() -> None:
    box, raw = Box(), os.urandom(300_000) + b"\r\n.\r\n.\n"
    inputs = {
        "template": "notice",
        "vars": {"who": "Ana & Bo"},
        "subject": None,
        "text": None,
        "attachments": [
            {"filename": "Bericht ü.pdf", "content_base64": base64.b64encode(raw).decode()},
            {"filename": "a.csv", "content": "é;1\r\n", "media_type": "text/csv"},
        ],
    }
    templates = {"notice": {"subject": "{{ who }}", "text": ".\n{{ who }}", "html": "{{ who }}"}}
    with mail_server(box) as port:
        output = deliver(connection(port), inputs, templates=templates)
    message = box.message()
    first, second = message.iter_attachments()
    assert first.get_content() == raw
    assert first.get_filename() == "Bericht ü.pdf"
    assert first.get_content_type() == "application/pdf"
    assert second.get_payload(decode=True) == "é;1\r\n".encode()
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content().splitlines() == [".", "Ana & Bo"]
    assert html.get_content().strip() == "Ana &amp; Bo"
    content = box.envelopes[0].content
    assert output["bytes"] == len(content)
    assert output["digest"] == "sha256:" + hashlib.sha256(content).hexdigest()
    assert output["message_id"] == message["Message-ID"]
    assert output["accepted"] == ["ana@acme.test"]
    assert output["refused"] == {}


def test_a_delivery_is_told_as_a_call_without_who_it_is_for() -> None:
    box, made = Box(), list[MadeCall]()
    with mail_server(box) as port:
        output = deliver(connection(port), {}, note=made.append)
    (call,) = made
    assert (call.kind, call.method, call.host, call.path) == (
        "smtp",
        "DATA",
        f"127.0.0.1:{port}",
        "",
    )
    assert (call.status, call.size) == ("250", output["bytes"])
    assert call.request_id == output["message_id"]
    assert "ana@acme.test" not in repr(call)


def test_the_envelope_has_every_recipient_and_the_connections_sender() -> None:
    box = Box()
    with mail_server(box) as port:
        deliver(connection(port), {"cc": "bo@acme.test", "bcc": "cy@acme.test"})
    envelope = box.envelopes[0]
    assert envelope.mail_from == "maestro@acme.test"
    assert envelope.rcpt_tos == ["ana@acme.test", "bo@acme.test", "cy@acme.test"]
    assert "Bcc" not in box.message()


def test_a_refused_recipient_among_others_is_said_in_the_output() -> None:
    box = Box()
    with mail_server(box) as port:
        output = deliver(connection(port), {"to": ["nobody@acme.test", "ana@acme.test"]})
    assert output["accepted"] == ["ana@acme.test"]
    assert output["refused"]["nobody@acme.test"]["code"] == 550
    assert box.envelopes[0].rcpt_tos == ["ana@acme.test"]


def test_a_mail_that_nobody_is_taken_for_is_rejected() -> None:
    box = Box()
    with mail_server(box) as port:
        error = failing(connection(port), inputs={"to": "nobody@acme.test"})
    assert error.error_class is ErrorClass.REJECTED
    assert "nobody@acme.test" in error.details["refused"]
    assert box.envelopes == []


def test_starttls_is_verified_and_the_log_in_goes_through_it(tmp_path: Path) -> None:
    box, made = Box(), certificate(tmp_path, "svc.test")
    options = {"tls_context": made.server, "require_starttls": True, "auth_required": True}
    with mail_server(box, **options, authenticator=authenticator(box)) as port:
        smtp = connection(
            port,
            host="svc.test",
            tls="starttls",
            username="ana",
            password=SecretValue("smtp", PASSWORD),
        )
        deliver(smtp, ca_file=made.ca_file)
        assert box.logins == [(b"ana", PASSWORD.encode())]
        assert len(box.envelopes) == 1
        untrusted = failing(smtp)
        wrong_name = failing({**smtp, "host": "other.test"}, ca_file=made.ca_file)
        wrong_password = failing({**smtp, "password": "wrong"}, ca_file=made.ca_file)
    assert untrusted.error_class is wrong_name.error_class is ErrorClass.REJECTED
    assert "certificate" in str(untrusted)
    assert wrong_password.error_class is ErrorClass.AUTH_FAILED
    assert len(box.envelopes) == 1


def test_implicit_tls_is_verified(tmp_path: Path) -> None:
    box, made = Box(), certificate(tmp_path, "svc.test")
    with tls_proxy(box, made.server) as port:
        smtp = connection(port, host="svc.test", tls="implicit")
        deliver(smtp, ca_file=made.ca_file)
        error = failing(smtp)
    assert len(box.envelopes) == 1
    assert error.error_class is ErrorClass.REJECTED


@contextmanager
def tls_proxy(box: Box, tls: Any) -> Iterator[int]:
    """A mail server whose port speaks TLS from the first byte."""
    controller = OnAnyPort(box, hostname="127.0.0.1", port=0)
    loop = controller.loop

    async def serve() -> Any:
        return await loop.create_server(controller.factory, "127.0.0.1", 0, ssl=tls)

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_server_without_starttls_is_rejected_and_gets_no_password() -> None:
    box = Box()
    with mail_server(box) as port:
        error = failing(connection(port, tls="starttls", username="ana", password=PASSWORD))
    assert error.error_class is ErrorClass.REJECTED
    assert "STARTTLS" in str(error)
    assert box.envelopes == []


@pytest.mark.parametrize(
    "host",
    [
        *["169.254.169.254", "10.0.0.1", "127.0.0.1", "localhost", "2130706433", "0x7f.1", "::1"],
        *["rebound.test", "[::ffff:7f00:1]", "/var/run/smtp.sock", "a@b", "mail.test,127.0.0.1"],
    ],
)
def test_a_mail_host_passes_the_address_guard(host: str) -> None:
    names = Names(rebound_test=[["10.0.0.1"]], localhost=[["127.0.0.1"]])
    client = client_for(resolver=names)
    smtp = connection(587, host=host)
    with pytest.raises(TaskError) as caught:
        SendEmail(lambda: client).execute(
            make_call({"to": "ana@acme.test", "text": "x"}, connections={"smtp": smtp})
        )
    assert caught.value.error_class is ErrorClass.ADDRESS_REFUSED


@pytest.mark.parametrize(
    "wrong",
    [
        *[{"port": 0}, {"port": "587"}, {"tls": "maybe"}, {"host": ""}, {"sender": "nobody"}],
        *[{"host": None}, {"sender": "a@x.test\r\nBcc: b@x.test"}],
    ],
    ids=repr,
)
def test_a_connection_that_can_not_be_used_is_said(wrong: dict[str, Any]) -> None:
    client = client_for()
    with pytest.raises(TaskError) as caught:
        SendEmail(lambda: client).execute(
            make_call(
                {"to": "ana@acme.test", "text": "x"},
                connections={"smtp": connection(587) | wrong},
            )
        )
    assert caught.value.error_class is ErrorClass.INVALID_INPUT
