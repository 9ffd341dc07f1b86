"""Taking secrets out of text and JSON values before they are stored or shown. Pure Python."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "••••••"

# A shorter secret would blank half of every text; it is masked where it is the whole value.
_ANYWHERE = 4
# A line of a key file, or a piece of base64, says nothing when it is shorter than this.
_PIECE = 8


class Redactor:
    """Replaces each of the given secrets, and its common encodings, by `MASK`.

    Encodings: JSON and HTML escapes, URL quoting, hexadecimal, base64 and base64url, the last two
    also where the secret stands in the middle of what was encoded (as in `user:password`). The
    lines of a secret with several lines are secrets too. Longer forms go first, so that a secret
    that contains another one leaves no rest. One pass over the text, however many secrets. Safe to
    share between threads.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._whole: frozenset[str] = frozenset(secret for secret in secrets if secret)
        forms = {
            form
            for secret in self._whole
            for form in _forms(secret)
            if len(form) >= _ANYWHERE and form != MASK
        }
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """`text` without the secrets."""
        if text in self._whole:
            return MASK
        return self._pattern.sub(MASK, text) if self._pattern else text

    def value(self, value: Any) -> Any:
        """A JSON value without the secrets, keys of objects included; a new value, same shape.

        A number is masked when it is a secret as a whole. Keys that become equal are numbered.
        """
        if not self._whole:
            return value
        return self._value(value)

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return MASK if str(value) in self._whole else value
        if isinstance(value, Mapping):
            clean: dict[str, Any] = {}
            for key, item in value.items():
                name = self.text(str(key))
                while name in clean:
                    name += "+"
                clean[name] = self._value(item)
            return clean
        if isinstance(value, list | tuple):
            return [self._value(item) for item in value]
        return self.text(str(value))


def _forms(secret: str) -> Iterator[str]:
    """The secret, its parts that are secret by themselves, and each of these encoded."""
    if len(secret) < _ANYWHERE:
        return
    parts = {secret, secret.strip()}
    lines = secret.splitlines()
    if len(lines) > 1:
        parts.update(line.strip() for line in lines if len(line.strip()) >= _PIECE)
    for part in parts:
        yield from _encodings(part)


def _encodings(part: str) -> Iterator[str]:
    yield part
    yield json.dumps(part)[1:-1]
    yield json.dumps(part, ensure_ascii=False)[1:-1]
    yield html.escape(part)
    yield html.escape(part, quote=False)
    raw = part.encode("utf-8", "surrogatepass")
    yield from _encoded(raw)
    # As it travels in the headers of HTTP (RFC 9110, § 5.5) the bytes are others.
    with suppress(UnicodeEncodeError):
        if (in_headers := part.encode("latin-1")) != raw:
            yield from _encoded(in_headers)


def _encoded(raw: bytes) -> Iterator[str]:
    yield raw.hex()
    yield raw.hex().upper()
    for safe in ("", "/"):
        quoted = quote(raw, safe=safe)
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match.group().lower(), quoted)
    yield quote_plus(raw)
    yield from _base64(raw)


def _base64(raw: bytes) -> Iterator[str]:
    """Base64 of `raw` at each of the three places a byte can have in a group of three."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        yield encode(raw).decode().rstrip("=")
        for offset in range(3):
            # Of the padded input, the characters that depend on nothing but the secret's bytes.
            first = -(-offset * 8 // 6)
            last = (offset + len(raw)) * 8 // 6
            inner = encode(b"\0" * offset + raw).decode()[first:last]
            if len(inner) >= _PIECE:
                yield inner
