"""Switchboard's marks, times and values, as template tags.

Marks follow one grammar: a status is a glyph and a word, trust is an outline that opens its
evidence, risk is a filled flag. A glyph without a word beside it says its word to a screen reader.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.dateformat import format as written
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_noop, ngettext

from maestro.kernel import clock
from maestro.kernel.redaction import MASK
from maestro.kernel.templatetags.words import in_words, json_html, shortened, value_html

register = template.Library()


@dataclass(frozen=True, slots=True)
class Mark:
    """How a state looks: its glyph in the sprite, its tone, its word in English."""

    glyph: str
    tone: str
    word: str


STATES: Mapping[str, Mark] = {
    "queued": Mark("queued", "off", gettext_noop("Queued")),
    "running": Mark("running", "run", gettext_noop("Running")),
    "waiting": Mark("waiting", "warn", gettext_noop("Waiting")),
    "succeeded": Mark("ok", "ok", gettext_noop("Succeeded")),
    "failed": Mark("failed", "bad", gettext_noop("Failed")),
    "cancelled": Mark("cancelled", "off", gettext_noop("Cancelled")),
    "skipped": Mark("skipped", "off", gettext_noop("Skipped")),
    "paused": Mark("paused", "off", gettext_noop("Paused")),
    "not_started": Mark("queued", "off", gettext_noop("Not started")),
    "allowed": Mark("ok", "ok", gettext_noop("Allowed")),
    "refused": Mark("failed", "bad", gettext_noop("Refused")),
    "needs_approval": Mark("waiting", "warn", gettext_noop("Needs approval")),
    "approved": Mark("ok", "ok", gettext_noop("Approved")),
    "rejected": Mark("failed", "bad", gettext_noop("Rejected")),
    "pending": Mark("waiting", "warn", gettext_noop("Waiting")),
    "expired": Mark("cancelled", "off", gettext_noop("Expired")),
    "verified": Mark("ok", "ok", gettext_noop("Verified")),
    "invalid": Mark("failed", "bad", gettext_noop("Not valid")),
    "done": Mark("ok", "ok", gettext_noop("Done")),
}

_FLAGS: Mapping[str, tuple[str, str, str]] = {  # kind → class, glyph, word
    "certified": ("trust", "seal", gettext_noop("Certified")),
    "trusted": ("trust", "shield", gettext_noop("Trusted")),
    "verified_publisher": ("trust", "publisher", gettext_noop("Verified publisher")),
    "high": ("risk", "risk", gettext_noop("High risk")),
    "breaking": ("risk", "risk", gettext_noop("Breaking")),
    "unhealthy": ("care", "unhealthy", gettext_noop("Unhealthy")),
    "reaches_more": ("care", "unhealthy", gettext_noop("Reaches more")),
    "deprecated": ("gone", "deprecated", gettext_noop("Deprecated")),
    "withdrawn": ("risk", "stop", gettext_noop("Withdrawn")),
    "review_expired": ("care", "risk", gettext_noop("Review expired")),
    "archived": ("gone", "deprecated", gettext_noop("Archived")),
    "medium": ("tag", "", gettext_noop("Medium risk")),
    "low": ("tag", "", gettext_noop("Low risk")),
    "draft": ("tag", "", gettext_noop("Draft")),
    "compatible": ("tag", "", gettext_noop("Compatible")),
}

WORDS = (  # what the filter `words` says besides the states
    *(
        gettext_noop("Viewer"),
        gettext_noop("Operator"),
        gettext_noop("Author"),
        gettext_noop("Admin"),
    ),
    *(
        gettext_noop("Security reviewer"),
        gettext_noop("Performance reviewer"),
        gettext_noop("Docs reviewer"),
    ),
    *(
        gettext_noop("Approver"),
        gettext_noop("Publisher"),
        gettext_noop("Auditor"),
        gettext_noop("Platform admin"),
    ),
)


def mark_of(state: object) -> Mark:
    """How `state` looks; one that is not known looks like nothing in particular."""
    name = str(state)
    return STATES.get(name, Mark("queued", "off", in_words(name)))


@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """A drawing of the sprite. With a `label` it speaks, without one it is for the eye only."""
    said = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" {}><use href="#i-{}"/></svg>',
        f"icon {extra}".strip(),
        mark_safe(said),  # noqa: S308 - built by format_html on the line above
        name,
    )


@register.simple_tag
def status(state: object, word: str = "", *, big: bool = False) -> SafeString:
    """Glyph and word of a state; `word` says more than the state's own."""
    mark = mark_of(state)
    return format_html(
        '<span class="status is-{}{}">{}{}</span>',
        mark.tone,
        " big" if big else "",
        icon(mark.glyph),
        word or gettext(mark.word),
    )


@register.simple_tag
def glyph(state: object, word: str = "", kind: str = "") -> SafeString:
    """The glyph of a state by itself, with its word for a screen reader."""
    mark = mark_of(state)
    classes = f"{kind} is-{mark.tone}".strip()
    return format_html(
        '<span class="{}">{}</span>', classes, icon(mark.glyph, word or gettext(mark.word))
    )


@register.simple_tag
def badge(kind: object, word: str = "", href: str = "") -> SafeString:
    """A badge. With `href` it links to the evidence; a kind that is not known is a plain tag."""
    style, drawing, known = _FLAGS.get(str(kind), ("tag", "", in_words(str(kind))))
    inside = format_html("{}{}", icon(drawing) if drawing else "", word or gettext(known))
    if href:
        return format_html('<a class="badge {}" href="{}">{}</a>', style, href, inside)
    return format_html('<span class="badge {}">{}</span>', style, inside)


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime | None, nothing: str = "") -> SafeString:
    """“14 min ago” up to a day, then the date, in the viewer's zone."""
    if moment is None:
        return _no_time(nothing)
    present = _present(context)
    return _time(moment, _relative(present - moment) or _dated(moment, present))


@register.simple_tag(takes_context=True)
def at(context: Context, moment: datetime | None, nothing: str = "") -> SafeString:
    """The time of today with its seconds, else the date and the time, in the viewer's zone."""
    if moment is None:
        return _no_time(nothing)
    present = _present(context)
    local = timezone.localtime(moment)
    if local.date() == timezone.localtime(present).date():
        return _time(moment, written(local, "H:i:s"))
    return _time(moment, _dated(moment, present))


@register.simple_tag
def day(moment: datetime | date | None, nothing: str = "") -> SafeString:
    """The date in full: 4 November 2026."""
    if moment is None:
        return _no_time(nothing)
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return _time(moment, written(local, "j F Y"))


@register.simple_tag(takes_context=True)
def since(context: Context, moment: datetime | None) -> SafeString:
    """How long it has been going on. It counts up in the page while the page is open."""
    if moment is None:
        return SafeString("")
    length = max((_present(context) - moment).total_seconds(), 0.0)
    return format_html(
        '<span data-since="{}">{}</span>', _iso(moment), duration(timedelta(seconds=int(length)))
    )


@register.simple_tag(takes_context=True)
def page_time(context: Context) -> str:
    """The moment at which the page was made, by the server's clock."""
    return _iso(_present(context))


@register.filter
def duration(length: timedelta | float | None) -> str:
    """`2.1 s`, `1 min 32 s`, `3 h 5 min`. A plain number is in seconds."""
    if length is None:
        return ""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    seconds = max(seconds, 0.0)
    if 0 < seconds < 0.9995:
        return f"{max(round(seconds * 1000), 1)} ms"
    if seconds < 59.95:
        return f"{seconds:.0f} s" if seconds == int(seconds) else f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, size, less, smaller in (
        ("days", 86400, "h", 3600),
        ("h", 3600, "min", 60),
        ("min", 60, "s", 1),
    ):
        if whole >= size:
            count, rest = divmod(whole, size)
            name = ngettext("day", "days", count) if unit == "days" else unit
            return (
                f"{count} {name} {rest // smaller} {less}" if rest >= smaller else f"{count} {name}"
            )
    return f"{whole} s"


@register.filter
def short_digest(digest: str | None) -> str:
    """`sha256:41c07e9b…d83a`: enough to compare by eye, the whole is elsewhere on the page."""
    return shortened(digest or "")


@register.filter
def short_id(identifier: object) -> str:
    """The last eight signs of an id: those of a UUIDv7 that differ."""
    return str(identifier)[-8:]


@register.filter
def pretty_json(value: Any) -> SafeString:
    """JSON over several lines, for a `pre`; what is masked is said to be so."""
    return json_html(value, lines=True)


@register.filter
def json_value(value: Any) -> SafeString:
    """A value for a line of facts: texts and numbers as they are, the rest as JSON."""
    if value is None or value in ("", [], {}):
        return format_html(
            '<span class="mute">{}</span>', gettext("none") if value is None else gettext("empty")
        )
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return format_html_join(", ", "{}", ((json_value(each),) for each in value))
    return value_html(value)


@register.filter
def log_lines(lines: Iterable[tuple[datetime, str, bool]]) -> SafeString:
    """The lines of a log for a `pre`: time to the millisecond, text, what went wrong marked."""
    return format_html_join(
        "\n",
        "{}",
        (
            (
                format_html(
                    "<mark>{} {}</mark>" if bad else "{} {}",
                    timezone.localtime(moment).isoformat(timespec="milliseconds")[11:23],
                    json_html(text, lines=False),
                ),
            )
            for moment, text, bad in lines
        ),
    )


@register.simple_tag
def masked() -> SafeString:
    """A value that nobody sees."""
    return json_html(MASK, lines=False)


@register.filter
def words(value: object) -> str:
    """`rate_limited` as “Rate limited”."""
    return gettext(in_words(str(value)))


@register.filter
def coded(sentence: object) -> SafeString:
    """A sentence with names in backticks, as what checks and comparisons say: they become code."""
    parts = str(sentence).split("`")
    if len(parts) % 2 == 0:  # one is left over: it is no pair, and is shown as it is
        parts[-2:] = ["`".join(parts[-2:])]
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", p) if n % 2 else p,) for n, p in enumerate(parts)),
    )


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as `1.2 %`."""
    if share is None:
        return ""
    number = share * 100
    return f"{number:.0f} %" if number >= 10 or number == int(number) else f"{number:.1f} %"


@register.simple_tag(takes_context=True)
def query_without(context: Context, name: str, value: object = None) -> str:
    """The page's query without one filter, or without one value of it; starts again at page one."""
    query = context["request"].GET.copy()
    kept = [] if value is None else [each for each in query.getlist(name) if each != str(value)]
    query.setlist(name, kept)
    return _first_page(query)


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: object) -> str:
    """The page's query with some parameters set; None takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def if_none_match(etag: str) -> SafeString:
    """The header with which a live region asks whether anything is new, as an attribute for HTMX.

    A browser that is told this header by the page leaves its own cache out of it, so HTMX sees the
    304 and swaps nothing.
    """
    return format_html('data-hx-headers="{}"', json.dumps({"If-None-Match": etag}))


@register.filter
def iso(moment: datetime | date | None) -> str:
    """RFC 3339, for attributes that programs read."""
    return _iso(moment) if moment else ""


@register.simple_tag
def html_attrs(attributes: Mapping[str, str]) -> SafeString:
    """Attributes of an element; one with an empty value stands by itself."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html(' {}="{}"', name, value) if value else format_html(" {}", name),)
            for name, value in attributes.items()
        ),
    )


def _first_page(query: Any) -> str:
    for name in ("page", "cursor", "after"):
        query.pop(name, None)
    for name in [name for name, texts in query.lists() if not any(texts)]:
        del query[name]
    return f"?{query.urlencode()}" if query else "?"


def _present(context: Context) -> datetime:
    """The time of the page: `now` from the view, else asked for once a page."""
    present = context.get("now")
    if not isinstance(present, datetime):
        present = clock.now()
        context.dicts[0]["now"] = present
    return present


def _relative(length: timedelta) -> str:
    seconds = length.total_seconds()
    past, seconds = seconds >= 0, abs(seconds)
    form = gettext("{} ago") if past else gettext("in {}")
    if seconds < 10:
        return gettext("just now") if past else gettext("now")
    if seconds < 60:
        return form.format(f"{int(seconds)} s")
    if seconds < 3600:
        return form.format(f"{int(seconds // 60)} min")
    return form.format(f"{int(seconds // 3600)} h") if seconds < 86400 else ""


def _dated(moment: datetime, present: datetime) -> str:
    local, today = timezone.localtime(moment), timezone.localtime(present)
    return written(local, "j F, H:i" if local.year == today.year else "j F Y, H:i")


def _no_time(nothing: str) -> SafeString:
    return format_html('<span class="mute">{}</span>', nothing or gettext("never"))


def _iso(moment: datetime | date) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return moment.isoformat()


def _time(moment: datetime | date, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', _iso(moment), text)
