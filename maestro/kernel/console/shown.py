"""How values are shown in the admin: links, JSON, states, times. Text is always escaped."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

LONGEST = 60_000  # characters of JSON that a page shows
NOTHING = "—"

_TONES = {
    "succeeded": "good", "approved": "good", "approve": "good", "active": "good", "allowed": "good",
    "failed": "bad", "rejected": "bad", "reject": "bad", "denied": "bad", "revoked": "bad",
    "high": "bad",
    "waiting": "warn", "pending": "warn", "expired": "warn", "deprecated": "warn", "medium": "warn",
    "running": "busy", "queued": "busy",
}  # fmt: skip


def _path(label: str, page: str) -> str:
    return f"admin:{label.lower().replace('.', '_')}_{page}"


def address(label: str, pk: object) -> str:
    """The page of one row of `app.Model`."""
    return reverse(_path(label, "change"), args=[quote(str(pk))])


def listing(label: str, **lookups: object) -> str:
    """The list of `app.Model`, narrowed."""
    url = reverse(_path(label, "changelist"))
    return f"{url}?{urlencode(lookups)}" if lookups else url


def link(label: str, pk: object, text: object = "") -> SafeString:
    """A link to one row of `app.Model`; a dash for none."""
    if not pk:
        return SafeString(NOTHING)
    return anchor(address(label, pk), str(text) or short(pk))


def anchor(url: str, text: object) -> SafeString:
    """A link to anywhere in the console."""
    return format_html('<a class="console-link" href="{}">{}</a>', url, text)


def joined(*items: Any, between: str = " · ") -> SafeString:
    """Several values in a row, each escaped unless it is safe."""
    return format_html_join(between, "{}", ((one,) for one in items))


def short(pk: object) -> str:
    """An id as a person can tell it from others on a page: its end, where UUIDv7s differ."""
    text = str(pk)
    return f"…{text[-8:]}" if len(text) > 12 else text


def pill(value: object, text: object = "") -> SafeString:
    """A state, coloured by what it means."""
    if not value:
        return SafeString(NOTHING)
    tone = _TONES.get(str(value), "plain")
    return format_html(
        '<span class="console-pill console-{}">{}</span>', tone, str(text) or str(value)
    )


def pretty(value: Any) -> SafeString:
    """A JSON value, indented; a long one is cut, and says so."""
    if value in (None, "", {}, []):
        return SafeString(NOTHING)
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return code(text)


def code(text: str) -> SafeString:
    """Text as it was written."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n… {len(text) - LONGEST:,} more characters are not shown"
    return format_html('<pre class="console-code" tabindex="0">{}</pre>', text)


def when(moment: datetime | None) -> SafeString:
    """A time in the viewer's zone, and how long ago."""
    if moment is None:
        return SafeString(NOTHING)
    local = timezone.localtime(moment)
    now = timezone.now()
    if moment > now:
        distance = f"in {timesince(now, moment, depth=1)}"
    else:
        distance = f"{timesince(moment, now, depth=1)} ago"
    return format_html(
        '<time class="console-time" datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="milliseconds"),
        distance,
        date_format(local, "Y-m-d H:i:s"),
    )


def duration(began: datetime | None, ended: datetime | None) -> str:
    """How long something took, in the unit that fits."""
    if began is None or ended is None:
        return NOTHING
    seconds = (ended - began).total_seconds()
    if seconds < 1:
        return f"{round(seconds * 1000)}\N{NO-BREAK SPACE}ms"
    if seconds < 120:
        return f"{seconds:.1f}\N{NO-BREAK SPACE}s"
    return f"{round(seconds / 60)}\N{NO-BREAK SPACE}min"
