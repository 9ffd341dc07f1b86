"""The messages of `email.send@1`: templates, addresses, and nothing that could begin a header."""

from __future__ import annotations

import base64
import email
import email.policy
from email.message import EmailMessage
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import ErrorClass, SecretValue, TaskError, secrets_in
from connectors.kinds.email import SendEmail
from connectors.kinds.email.message import Mail, addresses, compose
from connectors.kinds.email.templates import render
from tests.connectors.servers import client_for, make_call
from tests.effort import seconds_of_work

CONNECTION = {
    "host": "mail.test",
    "port": 587,
    "sender": "maestro@acme.test",
    "sender_name": "Acme Ops",
}
TEMPLATES = {
    "notice": {
        "subject": "Last day of {{ who }}",
        "text": "{{who}} leaves on {{ day }}. <b>",
        "html": "<p>{{ who }} leaves on {{ day }}.</p>",
    }
}


def composed(inputs: dict[str, Any], **more: Any) -> Mail:
    call = make_call({"to": "ana@acme.test", **inputs}, templates=TEMPLATES, **more)
    return compose(call, CONNECTION)


def parsed(inputs: dict[str, Any], **more: Any) -> EmailMessage:
    message = email.message_from_bytes(composed(inputs, **more).raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def refused(inputs: dict[str, Any]) -> TaskError:
    with pytest.raises(TaskError) as caught:
        composed(inputs)
    assert caught.value.error_class is ErrorClass.INVALID_INPUT
    return caught.value


def content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def test_a_template_is_rendered_and_escaped_in_html_alone() -> None:
    message = parsed({"template": "notice", "vars": {"who": "Ana <i>&", "day": "Friday"}})
    assert message["Subject"] == "Last day of Ana <i>&"
    assert content(message, "plain").strip() == "Ana <i>& leaves on Friday. <b>"
    assert content(message, "html").strip() == "<p>Ana &lt;i&gt;&amp; leaves on Friday.</p>"


def test_a_value_with_braces_in_it_is_not_rendered_again() -> None:
    message = parsed({"template": "notice", "vars": {"who": "{{ day }}", "day": "x"}})
    assert message["Subject"] == "Last day of {{ day }}"


def test_an_unknown_placeholder_is_an_error_that_names_it_and_what_there_is() -> None:
    error = refused({"template": "notice", "vars": {"who": "Ana"}})
    assert "asks for day" in str(error)
    assert "who" in error.hint


@pytest.mark.parametrize("inside", ["who.name", "1+1", "who|safe", "", "__import__('os')", "a b"])
def test_a_placeholder_is_a_name_and_nothing_else(inside: str) -> None:
    with pytest.raises(TaskError, match="is no name"):
        render("{{" + inside + "}}", {"who": "Ana"}, escape=False, where="The text")


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (3, "3"), (1.5, "1.5"), (True, "true"), (None, "")]
)
def test_values_are_written_as_json_writes_them(value: Any, text: str) -> None:
    assert render("{{ a }}", {"a": value}, escape=False, where="The text") == text


@pytest.mark.parametrize("value", [[1], {"a": 1}, SecretValue("t", "canary")])
def test_lists_objects_and_secrets_are_not_rendered(value: Any) -> None:
    with pytest.raises(TaskError) as caught:
        render("{{ a }}", {"a": value}, escape=False, where="The text")
    assert "canary" not in str(caught.value)


@given(st.text(max_size=80), st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_any_template_renders_or_is_a_typed_error(template: str, variables: dict[str, str]) -> None:
    try:
        render(template, variables, escape=True, where="The text")
    except TaskError as error:
        assert error.error_class is ErrorClass.INVALID_INPUT  # noqa: PT017


def test_text_given_here_takes_the_place_of_the_templates() -> None:
    message = parsed(
        {"template": "notice", "vars": {"who": "Ana", "day": "x"}, "subject": "Other {{ who }}"}
    )
    assert message["Subject"] == "Other {{ who }}"


INJECTIONS = ["\r\nBcc: eve@evil.test", "\nX: 1", "\rX: 1", "\x00", "\u2028X: 1", "\x85X", "\x0bX"]


@pytest.mark.parametrize("tail", INJECTIONS, ids=repr)
@pytest.mark.parametrize("field", ["subject", "to", "cc", "bcc", "reply_to", "from"])
def test_what_could_begin_a_header_is_refused(field: str, tail: str) -> None:
    value = "Subject" if field == "subject" else "ana@acme.test"
    assert "control character" in str(refused({"text": "x", field: value + tail}))


@pytest.mark.parametrize("tail", INJECTIONS, ids=repr)
def test_a_variable_can_not_begin_a_header_through_the_subject(tail: str) -> None:
    refused({"template": "notice", "vars": {"who": f"Ana{tail}", "day": "x"}})


@pytest.mark.parametrize("tail", INJECTIONS, ids=repr)
def test_an_attachments_name_and_type_can_not_begin_a_header(tail: str) -> None:
    refused({"text": "x", "attachments": [{"filename": f"a.txt{tail}", "content": "x"}]})
    refused(
        {
            "text": "x",
            "attachments": [
                {"filename": "a.txt", "content": "x", "media_type": f"text/plain{tail}"}
            ],
        }
    )


def test_a_name_may_be_quoted_and_hold_a_comma_and_quotes() -> None:
    message = parsed({"to": r'"Doe, \"Jo\"" <jo@acme.test>, <ana@acme.test>', "text": "x"})
    first, second = message["To"].addresses
    assert (first.display_name, first.addr_spec) == ('Doe, "Jo"', "jo@acme.test")
    assert (second.display_name, second.addr_spec) == ("", "ana@acme.test")


def test_recipients_are_each_named_once_and_blind_copies_are_in_no_header() -> None:
    inputs = {
        "to": ["Ana <ana@acme.test>", "bob@acme.test, cy@acme.test"],
        "cc": "ana@ACME.test",
        "bcc": ["eve@acme.test"],
        "text": "x",
    }
    mail = composed(inputs)
    assert mail.recipients == ("ana@acme.test", "bob@acme.test", "cy@acme.test", "eve@acme.test")
    assert b"eve@" not in mail.raw
    message = parsed(inputs)
    assert message["To"] == "Ana <ana@acme.test>, bob@acme.test, cy@acme.test"


def test_international_names_and_domains_are_written_in_ascii() -> None:
    mail = composed({"to": "Zoë Ünal <zoe@bücher.example>", "subject": "Grüße ☃", "text": "ü"})
    assert mail.recipients == ("zoe@xn--bcher-kva.example",)
    assert mail.raw.isascii()
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert message["Subject"] == "Grüße ☃"
    assert message["To"].addresses[0].display_name == "Zoë Ünal"


@pytest.mark.parametrize(
    "address",
    [
        *[
            "",
            " ",
            "ana",
            "ana@",
            "@acme.test",
            "ana@acme..test",
            "a b@acme.test",
            "ana@-",
            "a,b@c",
        ],
        *[
            "ana@acme.test>",
            "<ana@acme.test",
            "ü@acme.test",
            "ana@[127.0.0.1]",
            "group: ;",
            "a,b@c",
        ],
        *["a@b@c", ".a@acme.test", "x" * 65 + "@acme.test", "(" * 900, "Ana <a@b> c", 7, None, {}],
    ],
)
def test_what_is_no_address_is_refused(address: Any) -> None:
    refused({"to": [address], "text": "x"})


@given(st.text(max_size=40))
def test_any_text_is_addresses_or_a_typed_error(text: str) -> None:
    for value in (text, f"a{text}@acme.test", f"{text} <a@acme.test>"):
        try:
            found = addresses(value, "to")
        except TaskError:
            continue
        assert all(item.addr_spec.isascii() and "\n" not in str(item) for item in found)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=200))
def test_any_subject_name_and_text_make_a_message_or_a_typed_error(
    name: str, subject: str, text: str
) -> None:
    try:
        mail = composed({"to": f"{name} <a@acme.test>", "subject": subject, "text": text})
    except TaskError:
        return
    assert mail.recipients == ("a@acme.test",)
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert sorted(set(message.keys())) == sorted(message.keys()), "no header began another"
    assert [item.addr_spec for item in message["To"].addresses] == ["a@acme.test"]


def test_the_sender_is_the_connections_own() -> None:
    assert parsed({"text": "x"})["From"] == "Acme Ops <maestro@acme.test>"
    mail = composed({"text": "x", "from": "People <people@acme.test>"})
    assert mail.sender == "maestro@acme.test", "the envelope stays the connection's"
    assert b"From: People <people@acme.test>" in mail.raw


def test_another_domains_sender_is_refused() -> None:
    error = refused({"text": "x", "from": "ceo@bank.test"})
    assert "acme.test" in str(error)


def test_a_repeat_is_the_same_message_but_for_its_date() -> None:
    inputs = {"text": "x", "html": "<p>x", "attachments": [{"filename": "a", "content": "b"}]}

    def timeless(mail: Mail) -> list[bytes]:
        return [line for line in mail.raw.splitlines() if not line.startswith(b"Date:")]

    first, second = composed(inputs, attempt=1), composed(inputs, attempt=2)
    assert timeless(first) == timeless(second)
    assert first.message_id == second.message_id
    assert first.message_id.endswith("@acme.test>")
    assert composed(inputs, idempotency_key="run-2:step-1").message_id != first.message_id
    assert composed(inputs, tenant_id="tenant-2").message_id != first.message_id


@pytest.mark.parametrize(
    "attachment",
    [
        {"filename": "a.txt"},
        {"filename": "a.txt", "content": "x", "content_base64": "eA=="},
        {"filename": "a.txt", "content_base64": "not base64!"},
        {"filename": "a.txt", "content_base64": 7},
        {"filename": "a.txt", "content": 7},
        {"filename": "../a.txt", "content": "x"},
        {"filename": "", "content": "x"},
        {"content": "x"},
        {"filename": "a", "content": "x", "media_type": "multipart/mixed"},
        {"filename": "a", "content": "x", "media_type": "nonsense"},
        "a.txt",
    ],
    ids=repr,
)
def test_an_attachment_that_can_not_be_read_is_refused(attachment: Any) -> None:
    refused({"text": "x", "attachments": [attachment]})


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"template": "nothing"},
        {"template": "notice", "vars": [1]},
        {"text": 7},
        {"text": "\ud800"},
        {"text": "x", "subject": "\ud800"},
        {"text": "x", "to": []},
        {"text": "x", "to": [f"p{n}@acme.test" for n in range(101)]},
        {"text": SecretValue("t", "canary")},
        {"text": "x", "attachments": "a.txt"},
    ],
    ids=lambda inputs: repr(inputs)[:40],
)
def test_what_can_not_be_sent_is_refused(inputs: dict[str, Any]) -> None:
    error = refused(inputs)
    assert "canary" not in str(error)
    assert ("secret" in str(error)) == bool(secrets_in(inputs))


def test_a_message_that_is_too_large_is_refused() -> None:
    big = base64.b64encode(b"x" * 20_000_000).decode()
    error = refused({"text": "x", "attachments": [{"filename": "a", "content_base64": big}]})
    assert "bytes" in str(error)


def test_a_plan_says_who_gets_what_and_reaches_nothing() -> None:
    call = make_call(
        {"to": ["ana@acme.test"], "template": "notice", "vars": {"who": "Ana", "day": "x"}},
        templates=TEMPLATES,
        connections={"smtp": {**CONNECTION, "password": SecretValue("p", "canary")}},
    )
    (planned,) = SendEmail(client_for).plan(call)
    assert planned.summary == "Sends “Last day of Ana” to ana@acme.test"
    assert planned.host == "mail.test:587"
    assert planned.detail["recipients"] == ["ana@acme.test"]
    assert "canary" not in repr(planned)


def test_without_a_mail_connection_a_plan_says_so() -> None:
    with pytest.raises(TaskError, match="no mail connection"):
        SendEmail(client_for).plan(make_call({"to": "ana@acme.test", "text": "x"}))


def test_inputs_that_run_are_valid_by_the_manifest() -> None:
    schema = dict(SendEmail.manifest.input_schema)
    attachment = {"filename": "a.txt", "content": "x", "media_type": "text/plain"}
    jsonschema.validate({"to": "ana@acme.test", "text": "x", "attachments": [attachment]}, schema)
    jsonschema.validate({"to": ["ana@acme.test"], "template": "t", "vars": {"a": None}}, schema)
    for wrong in ({"to": "ana@acme.test"}, {"text": "x"}, {"to": 7, "text": "x"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_braces_that_nothing_closes_stay_and_are_looked_at_once() -> None:
    assert render("{{ a }} {{ b", {"a": "1"}, escape=False, where="text") == "1 {{ b"
    text = "{{" * 100_000
    with seconds_of_work(20):
        assert render(text, {}, escape=False, where="text") == text
