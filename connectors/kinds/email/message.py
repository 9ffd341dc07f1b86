"""From a step's `with` to the message that it asks for (RFC 5322)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import idna

from connectors.contract import Call, TaskError, secrets_in
from connectors.kinds.email.manifest import MAX_MESSAGE, MAX_RECIPIENTS
from connectors.kinds.email.templates import render, wrong

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
# One mailbox of RFC 5322 and the comma after it, without comments, groups and routes.
_MAILBOX = re.compile(
    r'(?:(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^"<>,@]*))\s*<(?P<angle>[^<>@\s]+@[^<>@\s]+)>'
    r'|(?P<bare>[^<>@\s,"]+@[^<>@\s,"]+))\s*(?:,|$)'
)
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """A message ready to be sent. `recipients` are those of to, cc and bcc, each once."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with the message."""

    filename: str
    media_type: str
    content: bytes


def compose(call: Call, connection: Mapping[str, Any]) -> Mail:
    """The message of a call, sent by the connection's sender.

    Its Message-ID and part boundaries come from the idempotency key, so a repeat is recognised as
    the same message and differs in its Date alone. Raises `TaskError` (`invalid_input`).
    """
    given = call.inputs
    if secrets_in(dict(given)):
        raise wrong("There is a secret in the message.", "Secrets are never sent by mail.")
    own = one_address(connection.get("sender"), "the connection's sender")
    to, cc, bcc = (addresses(given.get(name), name) for name in ("to", "cc", "bcc"))
    recipients = tuple(dict.fromkeys(item.addr_spec for item in [*to, *cc, *bcc]))
    if not to:
        raise wrong("to has no address.", "Give at least one.")
    if len(recipients) > MAX_RECIPIENTS:
        raise wrong(f"There are {len(recipients)} recipients; at most {MAX_RECIPIENTS} are taken.")
    subject, text, html = _texts(call)
    stamp = hashlib.sha256(f"{call.tenant_id}\n{call.idempotency_key}".encode()).hexdigest()
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # no server must know 8BITMIME
    message["From"] = _from(given.get("from"), own, connection.get("sender_name"))
    message["To"] = to
    if cc:
        message["Cc"] = cc
    replies = addresses(given.get("reply_to"), "reply_to")
    if replies:
        message["Reply-To"] = replies
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = message_id = f"<{stamp[:40]}@{own.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office notes, please
    _fill(message, text, html, _attachments(given.get("attachments")))
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"={stamp[:32]}-{number}=")
    raw = message.as_bytes()
    if len(raw) > MAX_MESSAGE:
        raise wrong(
            f"The message has {len(raw):,} bytes; at most {MAX_MESSAGE:,} are sent.",
            "Send a link to large files.",
        )
    return Mail(own.addr_spec, recipients, subject, message_id, raw)


def addresses(given: Any, where: str) -> list[Address]:
    """The addresses in a text or a list of texts. Raises `TaskError` (`invalid_input`)."""
    if given is None:
        return []
    texts = given if isinstance(given, list | tuple) else [given]
    return [address for text in texts for address in _parsed(text, where)]


def one_address(given: Any, where: str) -> Address:
    """Exactly one address. Raises `TaskError` (`invalid_input`)."""
    found = addresses(given, where)
    if len(found) != 1:
        raise wrong(f"{where} is not one address.", "Write it like ana@acme.test.")
    return found[0]


def _parsed(text: Any, where: str) -> Iterable[Address]:
    if not isinstance(text, str) or len(text) > 1000:
        raise wrong(f"{where} has something in it that is no address.")
    rest = _one_line(text, where).strip()
    while rest:
        match = _MAILBOX.match(rest)
        if match is None:
            raise _no_address(text, where)
        name = match["plain"] or re.sub(r"\\(.)", r"\1", match["quoted"] or "")
        yield _address(name.strip(), match["angle"] or match["bare"], text, where)
        rest = rest[match.end() :].lstrip()
    if not text.strip():
        raise _no_address(text, where)


def _address(name: str, written: str, text: str, where: str) -> Address:
    local, _, domain = written.partition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except UnicodeError:
            domain = ""
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    if dotted or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise _no_address(text, where)
    return Address(name, local, domain.lower())


def _no_address(text: str, where: str) -> TaskError:
    return wrong(f"{where}: {text!r} is no address.", "Write it like ana@acme.test.")


def _one_line(text: str, where: str) -> str:
    """`text`, unless it could begin another header."""
    if _CONTROL.search(text):
        raise wrong(
            f"{where} has a line break or control character in it.",
            "Take it out of the value that it comes from.",
        )
    return text


def _from(given: Any, own: Address, name: Any) -> Address:
    if given is None:
        shown = _one_line(str(name), "the connection's sender name") if name else own.display_name
        return Address(shown, addr_spec=own.addr_spec)
    asked = one_address(given, "from")
    if asked.domain != own.domain:
        raise wrong(
            f"from is in {asked.domain}; this connection sends for {own.domain}.",
            "Use an address of that domain, or leave from out.",
        )
    return asked


def _texts(call: Call) -> tuple[str, str | None, str | None]:
    """Subject, text and HTML, rendered."""
    given = call.inputs
    found: dict[str, str] = {}
    if given.get("template") is not None:
        name = given["template"]
        template = call.templates.get(name) if isinstance(name, str) else None
        if template is None:
            known = ", ".join(sorted(call.templates)) or "none"
            raise wrong(f"The workflow has no template {name!r}.", f"It has: {known}.")
        variables = given.get("vars") or {}
        if not isinstance(variables, Mapping):
            raise wrong("vars is not an object.")
        for part in ("subject", "text", "html"):
            if template.get(part) is not None:
                where = f"The {part} of template {name}"
                escape = part == "html"
                found[part] = render(template[part], variables, escape=escape, where=where)
    for part in ("subject", "text", "html"):
        if given.get(part) is not None:
            if not isinstance(given[part], str):
                raise wrong(f"{part} is not a text.")
            found[part] = given[part]
    if "text" not in found and "html" not in found:
        raise wrong("The message has no body.", "Give a template, text or html.")
    subject = _one_line(found.get("subject", ""), "subject")
    return subject, found.get("text"), found.get("html")


def _fill(
    message: EmailMessage, text: str | None, html: str | None, files: list[Attachment]
) -> None:
    try:
        if text is not None:
            message.set_content(text)
        if html is not None and text is not None:
            message.add_alternative(html, subtype="html")
        elif html is not None:
            message.set_content(html, subtype="html")
    except UnicodeEncodeError:
        raise wrong("The text has half a character in it.") from None
    for file in files:
        main, _, sub = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.filename)


def _attachments(given: Any) -> list[Attachment]:
    if given is None:
        return []
    if not isinstance(given, list | tuple):
        raise wrong("attachments is not a list.")
    return [_attachment(item, f"attachments/{at}") for at, item in enumerate(given)]


def _attachment(given: Any, where: str) -> Attachment:
    if not isinstance(given, Mapping) or not isinstance(given.get("filename"), str):
        raise wrong(f"{where} has no filename.")
    filename = _one_line(given["filename"], f"{where}/filename")
    if not filename.strip() or "/" in filename or "\\" in filename:
        raise wrong(f"{where}/filename is no plain file name.")
    text, encoded = given.get("content"), given.get("content_base64")
    if (text is None) == (encoded is None):
        raise wrong(f"{where} needs either content or content_base64.")
    try:
        if encoded is not None:
            content = base64.b64decode(encoded, validate=True)
        elif isinstance(text, str):
            content = text.encode()
        else:
            raise wrong(f"{where}/content is not a text.", "Use content_base64 for bytes.")
    except (binascii.Error, TypeError, UnicodeError, ValueError):
        raise wrong(f"{where} can't be read as text or base64.") from None
    guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    media_type = given.get("media_type") or guessed
    if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type):
        raise wrong(f"{where}/media_type is no media type.", "Write it like application/pdf.")
    if media_type.lower().startswith(("multipart/", "message/")):
        raise wrong(f"{where}/media_type can't be {media_type}.", "Use application/octet-stream.")
    return Attachment(filename, media_type, content)
