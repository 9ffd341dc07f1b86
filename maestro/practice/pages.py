"""The pages for people: what there is, and the mail that arrived. Nothing in them is unescaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from maestro.practice.mail import REFUSALS, Mail

FOLDER = Path(__file__).parent / "html"

Row = Sequence[str]


def index(token: str, *, maintenance: bool) -> str:
    """Everything that can be asked for, and the two switches."""
    services = "".join(
        f"<section><h2>{escape(title)}</h2>{_table(('Call', 'What it does'), rows)}</section>"
        for title, rows in _SERVICES.items()
    )
    refusals = ", ".join(f"<code>{name}@</code> ({text[:3]})" for name, text in REFUSALS.items())
    return _page(
        "index",
        "Practice world",
        token=escape(token),
        services=services,
        refusals=refusals,
        maintenance="on: it answers 503" if maintenance else "off: it answers 200",
        switch="Switch it off" if maintenance else "Switch it on",
    )


def mail_list(mails: Sequence[Mail]) -> str:
    """The sink, newest first."""
    rows = [
        (
            f'<a href="/mail/{mail.number}">{escape(mail.subject) or "(no subject)"}</a>',
            escape(mail.sender),
            escape(", ".join(mail.recipients)),
            _when(mail),
            str(len(mail.attachments) or ""),
        )
        for mail in mails
    ]
    columns = ("Subject", "From", "To", "Arrived", "Files")
    empty = '<p class="empty">No mail yet. Run a workflow that sends one, then reload.</p>'
    content = _table(columns, rows) if rows else empty
    return _page("mails", f"Mail ({len(mails)})", content=content)


def mail(message: Mail) -> str:
    """One message; its HTML is shown as source, never rendered."""
    files = [
        (
            f'<a href="/mail/{message.number}/attachments/{nth}">{escape(file.name)}</a>',
            escape(file.content_type),
            f"{len(file.data):,} bytes",
            f"<code>{file.sha256}</code>",
        )
        for nth, file in enumerate(message.attachments, 1)
    ]
    parts = [("Text", message.text), ("HTML source", message.html)]
    return _page(
        "mail",
        message.subject or "(no subject)",
        number=str(message.number),
        sender=escape(message.sender),
        recipients=escape(", ".join(message.recipients)),
        arrived=_when(message),
        headers=_table(
            ("Header", "Value"), [(escape(name), escape(value)) for name, value in message.headers]
        ),
        parts="".join(
            f"<section><h2>{title}</h2><pre tabindex=0>{escape(content)}</pre></section>"
            for title, content in parts
            if content
        ),
        files=(
            "<section><h2>Files</h2>"
            + _table(("Name", "Type", "Size", "SHA-256"), files)
            + "</section>"
            if files
            else ""
        ),
    )


@cache
def stylesheet() -> bytes:
    """The one style sheet."""
    return (FOLDER / "practice.css").read_bytes()


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / f"{name}.html").read_text())


def _page(name: str, title: str, **values: str) -> str:
    main = _template(name).substitute(values, title=escape(title))
    return _template("page").substitute(title=escape(title), main=main)


def _table(columns: Row, rows: Iterable[Row]) -> str:
    head = "".join(f"<th scope=col>{column}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex=0><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _when(message: Mail) -> str:
    moment = message.received_at
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M:%S} UTC</time>'


def _call(method: str, path: str, *, link: str = "") -> str:
    code = f"<code>{method} {escape(path)}</code>"
    return f'<a href="{escape(link)}">{code}</a>' if link else code


_SERVICES: dict[str, list[Row]] = {
    "People directory": [
        (_call("GET", "/people", link="/people"), "Everybody. Ana is leaving, Tom has left."),
        (_call("GET", "/people/<email>", link="/people/ana@acme.test"), "One person."),
        (
            _call("GET", "/people/<email>/accounts", link="/people/ana@acme.test/accounts"),
            "A list of their accounts in directory, cloud and chat.",
        ),
        (_call("POST", "/accounts/<id>/suspend"), "Closes an account. Closed stays closed."),
        (
            _call("GET", "/access/<system>", link="/access/cloud"),
            "Who may enter <code>directory</code>, <code>cloud</code> or <code>chat</code>.",
        ),
    ],
    "Cloud cost": [
        (
            _call("GET", "/cost?team=&days=", link="/cost?team=data&days=14"),
            """Daily cost of <code>data</code>, <code>platform</code> or <code>sales</code> in EUR,
            1-90 days. The data team has an anomaly three days ago.""",
        ),
    ],
    "Tickets": [
        (_call("GET", "/tickets?status=", link="/tickets"), "All, or those of one status."),
        (_call("GET", "/tickets/<id>", link="/tickets/T-101"), "One ticket."),
        (
            _call("POST", "/tickets"),
            """Opens one: <code>title</code>, and <code>description</code>, <code>requester</code>,
            <code>assignee</code>, <code>priority</code> (low, normal, high).""",
        ),
        (
            _call("POST", "/tickets/<id>/transition"),
            """Moves it: <code>to</code> is open, in_progress, done or cancelled. Being there
            already is fine, a way that isn't one answers 409.""",
        ),
    ],
    "Credentials": [
        (_call("GET", "/credentials", link="/credentials"), "Their names and ages."),
        (_call("POST", "/credentials/<name>/rotate"), "Makes a new version."),
    ],
    "Things that go wrong": [
        (
            _call("GET", "/flaky?key=K&fail=2"),
            "Fails the first calls of a key with 503 and <code>Retry-After</code>, then succeeds.",
        ),
        (_call("GET", "/maintenance"), "Answers 503 until the maintenance is switched off."),
        (_call("POST", "/maintenance"), "Switches it: <code>on</code> is true or false."),
        (_call("POST", "/reset"), "Puts everything back to the first day."),
    ],
}
