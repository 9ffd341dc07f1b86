"""The keys with which this Maestro signs: in a file, or in the environment; never in the database."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from governance.private_files import make_private, read_private, replace_private
from governance.trust.keys import KeyUnusable, SigningRing, new_key, read_ring, rotated


def signing_ring() -> SigningRing:
    """The ring of this process: `MAESTRO_SIGNING_KEYS`, PEM, or the file
    `MAESTRO_SIGNING_KEY_FILE`, made when missing. A file that was changed is read again.

    Raises `ImproperlyConfigured` when there is neither, when it holds no key that signs, or when
    others may read the file.
    """
    if settings.MAESTRO_SIGNING_KEYS:
        return _read(settings.MAESTRO_SIGNING_KEYS.encode())
    path = _file()
    if not path.exists():
        make_private(path, new_key().pem())
    return _read_file(path, path.stat().st_mtime_ns)


def rotated_ring() -> tuple[bytes, SigningRing]:
    """The ring as it will be with a new key that signs, as PEM and read; nothing is changed yet.

    Raises `ImproperlyConfigured` where the keys are not in a file: rotate them where they are kept.
    """
    if settings.MAESTRO_SIGNING_KEYS:
        raise ImproperlyConfigured(
            "The keys are in MAESTRO_SIGNING_KEYS. Put a new private key in front of them there, and"
            " keep the public halves of the former ones behind it."
        )
    signing_ring()  # makes the file when there is none
    pem = rotated(read_private(_file()))
    return pem, _read(pem)


def put_in_force(pem: bytes) -> None:
    """Sign with this ring from now on, in every process that reads the file."""
    replace_private(_file(), pem)


def _file() -> Path:
    if not settings.MAESTRO_SIGNING_KEY_FILE:
        raise ImproperlyConfigured(
            "Set MAESTRO_SIGNING_KEYS, the keys that receipts are signed by."
        )
    return Path(settings.MAESTRO_SIGNING_KEY_FILE)


@lru_cache(maxsize=8)
def _read_file(path: Path, changed: int) -> SigningRing:
    del changed  # it tells a file from the one that was there before
    return _read(read_private(path))


@lru_cache(maxsize=8)
def _read(pem: bytes) -> SigningRing:
    try:
        return read_ring(pem)
    except KeyUnusable as problem:
        raise ImproperlyConfigured(f"The signing keys can't be used. {problem}") from None
