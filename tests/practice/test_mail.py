"""The mail sink: what is sent over SMTP is kept whole and shown safely."""

from __future__ import annotations

import hashlib
import smtplib
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro.practice.mail import KEPT, Mailbox
from tests.practice.conftest import Practice


def message(subject: str = "Last day of Änä", to: str = "payroll@acme.test") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "it@acme.test", to, subject
    mail.set_content("Hëllo payroll\n")
    mail.add_alternative("<h1>Hi</h1><script>alert(1)</script>", subtype="html")
    mail.add_attachment(b"\x00\x01csv", maintype="text", subtype="csv", filename="<list>.csv")
    return mail


def send(practice: Practice, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", practice.smtp_port, timeout=10) as client:
        client.send_message(mail)


def test_a_mail_is_kept_with_both_texts_and_its_file(practice: Practice) -> None:
    send(practice, message())
    (mail,) = practice.get("/mail.json").json()
    assert (mail["from"], mail["to"]) == ("it@acme.test", ["payroll@acme.test"])
    assert (mail["subject"], mail["text"].strip()) == ("Last day of Änä", "Hëllo payroll")
    assert "<h1>Hi</h1>" in mail["html"]
    (file,) = mail["attachments"]
    assert (file["name"], file["size"]) == ("<list>.csv", 5)
    assert file["sha256"] == hashlib.sha256(b"\x00\x01csv").hexdigest()


def test_a_file_comes_back_byte_for_byte_and_only_as_a_download(practice: Practice) -> None:
    send(practice, message())
    answer = practice.get("/mail/1/attachments/1")
    assert answer.content == b"\x00\x01csv"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert practice.get("/mail/1/attachments/2").status_code == 404


def test_the_page_shows_html_as_text(practice: Practice) -> None:
    send(practice, message(subject="<script>alert(2)</script>"))
    for page in (practice.get("/mail").text, practice.get("/mail/1").text):
        assert "<script" not in page
        assert "&lt;script&gt;alert(2)" in page
    assert "&lt;h1&gt;Hi" in practice.get("/mail/1").text
    assert practice.get("/mail/1/raw").headers["Content-Type"].startswith("text/plain")


def test_an_empty_sink_says_what_to_do(practice: Practice) -> None:
    assert "No mail yet" in practice.get("/mail").text


@pytest.mark.parametrize(("mailbox", "code"), [("rejected", 550), ("busy", 451)])
def test_some_mailboxes_refuse(practice: Practice, mailbox: str, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(practice, message(to=f"{mailbox}@acme.test"))
    assert refusal.value.recipients[f"{mailbox}@acme.test"][0] == code
    assert practice.mailbox.newest_first() == []


def test_only_the_last_ones_are_kept() -> None:
    mailbox = Mailbox()
    for nth in range(KEPT + 5):
        mailbox.keep("a@x.test", ("b@x.test",), f"Subject: {nth}\n\nhi".encode())
    mails = mailbox.newest_first()
    assert (len(mails), mails[0].subject, mailbox.get(1)) == (KEPT, str(KEPT + 4), None)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Content-Type: text/plain; charset=nonsense\n\nhi",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"Content-Transfer-Encoding: base64\n\n!!!",
        b"Subject: =?utf-8?b?broken\nFrom: <\n\nhi",
    ],
)
def test_a_broken_mail_is_kept_too(raw: bytes) -> None:
    mail = Mailbox().keep("a@x.test", ("b@x.test",), raw)
    assert mail.raw == raw
    assert mail.as_json()["size"] == len(raw)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["From", "To", "Subject", "Content-Type", "Content-Disposition"]),
            st.sampled_from(["<", "multipart/mixed; boundary=", "text/plain; charset*=x''%", '"'])
            | st.text(max_size=20),
        )
    ),
    st.binary(max_size=50),
)
def test_no_mail_is_too_broken_to_be_kept(headers: list[tuple[str, str]], body: bytes) -> None:
    head = "\n".join(f"{name}: {value}" for name, value in headers).encode("utf-8", "replace")
    mail = Mailbox().keep("a@x.test", ("b@x.test",), head + b"\n\n" + body)
    assert mail.as_json()["number"] == 1
