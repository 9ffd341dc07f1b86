"""How Switchboard writes values. Holds no tags itself; `switchboard` does."""

from __future__ import annotations

import json
from typing import Any

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from maestro.kernel.redaction import MASK


def _masked() -> SafeString:
    return format_html(
        '<span class="mask" aria-hidden="true">{}</span><span class="vh">{}</span>',
        MASK,
        gettext("masked"),
    )


def in_words(name: str) -> str:
    """`rate_limited` as “Rate limited”."""
    text = name.replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]


def shortened(digest: str) -> str:
    """A digest with its middle left out; anything shorter than that as it is."""
    kind, colon, hexadecimal = digest.rpartition(":")
    if len(hexadecimal) <= 16:
        return digest
    return f"{kind}{colon}{hexadecimal[:8]}…{hexadecimal[-4:]}"


def json_html(value: Any, *, lines: bool) -> SafeString:
    """A JSON value as escaped text, each mask drawn as one. A text by itself has no quotes."""
    if isinstance(value, str):
        text = value
    else:
        text = json.dumps(value, indent=2 if lines else None, ensure_ascii=False, default=str)
    return mark_safe(str(escape(text)).replace(MASK, _masked()))  # noqa: S308 - escaped just here


def value_html(value: Any) -> SafeString:
    """A value for a line of facts: texts as they are, flat objects line by line, else JSON."""
    if isinstance(value, dict) and all(
        not isinstance(each, dict | list) for each in value.values()
    ):
        lines = format_html_join(
            mark_safe("<br>"),
            "{}: {}",
            ((name, json_html(each, lines=False)) for name, each in value.items()),
        )
        return format_html("<code>{}</code>", lines)
    if isinstance(value, dict | list):
        return format_html('<code class="json">{}</code>', json_html(value, lines=True))
    return format_html("<code>{}</code>", json_html(value, lines=False))
