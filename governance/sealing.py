"""Sealing a secret: AES-256-GCM under a data key of its own, wrapped by a key-encryption key.

AES-GCM is NIST SP 800-38D, with a random nonce of 96 bits; a data key seals one value only. The
wrapping is AES key wrap, RFC 3394. What the seal covers besides the value (tenant, name, version)
is its associated data, so a row's ciphertext is no use in another row. Pure.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from governance.keyring import KEY_BYTES, KeyRing
from maestro.kernel.canonical import canonical_bytes
from maestro.kernel.errors import MaestroError

_NONCE_BYTES = 12


class SecretUnreadable(MaestroError):
    """A stored secret can't be opened: its key is not in the ring, or the row was changed."""

    code = "secret_unreadable"
    status = 500
    title = "A stored secret can't be opened"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value, as it is stored."""

    ciphertext: bytes
    nonce: bytes
    wrapped_key: bytes
    key_id: str


def seal(value: str, *, covers: Mapping[str, Any], ring: KeyRing) -> Sealed:
    """Seal `value` together with the JSON object `covers`, under a new data key."""
    data_key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(_NONCE_BYTES)
    return Sealed(
        ciphertext=AESGCM(data_key).encrypt(nonce, value.encode(), canonical_bytes(covers)),
        nonce=nonce,
        wrapped_key=aes_key_wrap(ring.keys[ring.active], data_key),
        key_id=ring.active,
    )


def rewrap(sealed: Sealed, *, ring: KeyRing) -> Sealed:
    """The same sealed value, its data key wrapped by the active key. The value is not opened.

    Raises `SecretUnreadable`.
    """
    try:
        data_key = aes_key_unwrap(_wrapping(sealed, ring), sealed.wrapped_key)
    except (InvalidUnwrap, ValueError):
        raise _does_not_open(sealed) from None
    wrapped = aes_key_wrap(ring.keys[ring.active], data_key)
    return replace(sealed, wrapped_key=wrapped, key_id=ring.active)


def unseal(sealed: Sealed, *, covers: Mapping[str, Any], ring: KeyRing) -> str:
    """The value, if `covers` is what it was sealed with. Raises `SecretUnreadable`."""
    wrapping = _wrapping(sealed, ring)
    try:
        data_key = aes_key_unwrap(wrapping, sealed.wrapped_key)
        raw = AESGCM(data_key).decrypt(sealed.nonce, sealed.ciphertext, canonical_bytes(covers))
    except (InvalidUnwrap, InvalidTag, ValueError):
        # `from None`: nothing of what was tried may get into a traceback's chain.
        raise _does_not_open(sealed) from None
    return raw.decode()


def _wrapping(sealed: Sealed, ring: KeyRing) -> bytes:
    wrapping = ring.keys.get(sealed.key_id)
    if wrapping is None:
        raise SecretUnreadable(
            f"It was sealed with the key {sealed.key_id}, which is not in the key ring.",
            hint="Put that key back into MAESTRO_KEYS or the key file, or set the secret again.",
        )
    return wrapping


def _does_not_open(sealed: Sealed) -> SecretUnreadable:
    return SecretUnreadable(
        f"It does not open with the key {sealed.key_id} of the key ring.",
        hint="That key is another one now, or the row was changed. Set the secret again.",
    )
