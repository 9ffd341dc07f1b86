"""The key-encryption keys: in a file, or in the environment; never in the database."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from governance.private_files import make_private, read_private, replace_private

_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys of 256 bits by their ids. New secrets are wrapped by `active`; the others still open."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)


def parse_key_ring(text: str) -> KeyRing:
    """A ring from its text: JSON `{"active": id, "keys": {id: base64}}`, or `id:base64` words, one
    a line or separated by commas, the first of them the active one.

    Raises `ImproperlyConfigured`, saying what is wrong and showing no key.
    """
    text = text.strip()
    active: object
    named: Mapping[str, object]
    if text.startswith("{"):
        try:
            document = json.loads(text)
            active, named = document["active"], dict(document["keys"])
        except (ValueError, KeyError, TypeError):
            # `from None`: the error's own text would quote the document.
            raise ImproperlyConfigured(
                'The key ring is no JSON of the form {"active": id, "keys": {id: base64}}.'
            ) from None
    else:
        words = [word for word in re.split(r"[\s,]+", text) if word]
        named = dict(word.split(":", 1) for word in words if ":" in word)
        active = next(iter(named), None)
        if not words or len(named) != len(words):
            raise ImproperlyConfigured(
                "The key ring must be words of the form id:base64, each id once."
            )
    keys = {key_id: _key(key_id, value) for key_id, value in named.items()}
    if not isinstance(active, str) or active not in keys:
        raise ImproperlyConfigured("The key ring's active key is not in it.")
    return KeyRing(active=active, keys=keys)


def _key(key_id: str, value: object) -> bytes:
    if not _KEY_ID.fullmatch(key_id):
        raise ImproperlyConfigured("A key's id is letters, digits, dots, hyphens and underscores.")
    try:
        key = base64.b64decode(str(value), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"The key {key_id} is not {KEY_BYTES} bytes in base64.")
    return key


def key_ring() -> KeyRing:
    """The ring of this process: `MAESTRO_KEYS`, or the file `MAESTRO_KEY_FILE`, made when missing.
    A file that was changed is read again.

    Raises `ImproperlyConfigured` when there is neither, or when others may read the file.
    """
    if text := getattr(settings, "MAESTRO_KEYS", ""):
        return _parsed(text)
    path = _file()
    if not path.exists():
        make_private(path, _written(_added({})))
    return _read_file(path, path.stat().st_mtime_ns)


def rotate_key() -> KeyRing:
    """Wrap new secrets by a new key from now on; the former ones still open what they wrapped.

    Raises `ImproperlyConfigured` where the keys are not in a file: rotate them where they are kept.
    """
    if getattr(settings, "MAESTRO_KEYS", ""):
        raise ImproperlyConfigured(
            "The keys are in MAESTRO_KEYS. Put a new one in front of them there: id:base64, of 32"
            " random bytes. Keep the former ones until every secret is wrapped anew."
        )
    ring, path = key_ring(), _file()
    replace_private(path, _written(_added(ring.keys)))
    return key_ring()


def _file() -> Path:
    if not getattr(settings, "MAESTRO_KEY_FILE", ""):
        raise ImproperlyConfigured("Set MAESTRO_KEYS, the keys that secrets are wrapped by.")
    return Path(settings.MAESTRO_KEY_FILE)


@lru_cache(maxsize=8)
def _read_file(path: Path, changed: int) -> KeyRing:
    del changed  # it tells a file from the one that was there before
    return _parsed(read_private(path).decode())


@lru_cache(maxsize=8)
def _parsed(text: str) -> KeyRing:
    return parse_key_ring(text)


def _added(keys: Mapping[str, bytes]) -> KeyRing:
    """These keys and a new one, which is the active one."""
    number = next(number for number in count(len(keys) + 1) if f"k{number}" not in keys)
    new = f"k{number}"
    return KeyRing(active=new, keys={**keys, new: secrets.token_bytes(KEY_BYTES)})


def _written(ring: KeyRing) -> bytes:
    keys = {key_id: base64.b64encode(key).decode() for key_id, key in ring.keys.items()}
    return json.dumps({"active": ring.active, "keys": keys}).encode()
