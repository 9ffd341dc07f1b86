"""Canonical bytes and digests. RFC 8785 (JCS) makes one JSON value one string of bytes."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785


def canonical_bytes(value: Any) -> bytes:
    """The RFC 8785 bytes of a JSON value.

    Raises `rfc8785.CanonicalizationError` for what JSON can't say: NaN, integers beyond ±(2^53-1).
    """
    return rfc8785.dumps(value)


def digest_bytes(raw: bytes) -> str:
    """`sha256:` and the lower-case hexadecimal SHA-256 of `raw`."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def digest(value: Any) -> str:
    """The digest of a JSON value, taken over its canonical bytes."""
    return digest_bytes(canonical_bytes(value))
