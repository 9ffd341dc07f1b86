"""Switchboard's template tags: marks, times, values, and the query of the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from maestro.kernel.redaction import MASK
from maestro.kernel.templatetags.marks import badge, glyph, icon, status
from maestro.kernel.templatetags.times import ago, at, day, duration, iso, page_time, since
from maestro.kernel.templatetags.words import in_words, json_html, shortened, value_html

register = template.Library()
register.simple_tag(icon)
register.simple_tag(status)
register.simple_tag(glyph)
register.simple_tag(badge)
register.simple_tag(day)
register.simple_tag(ago, takes_context=True)
register.simple_tag(at, takes_context=True)
register.simple_tag(since, takes_context=True)
register.simple_tag(page_time, takes_context=True)
register.filter(duration)
register.filter(iso)


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


@register.simple_tag
def columns(*titles: str, actions: bool = False) -> SafeString:
    """The head of a table whose rows become cards on a small screen; with `actions`, buttons are in
    its last column."""
    shown = [*titles]
    if actions:
        shown.append(format_html('<span class="vh">{}</span>', gettext("Actions")))
    cells = format_html_join(
        "", '<th scope="col" role="columnheader">{}</th>', ((title,) for title in shown)
    )
    return format_html('<thead role="rowgroup"><tr role="row">{}</tr></thead>', cells)


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
